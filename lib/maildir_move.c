/*
 * maildir_move: messages that move, to cur with the flag S, or to the folder .Trash (Maildir++).
 * Runs with the ids of the mailbox's owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maildir.h"
#include "str.h"

/* rename(), but a message that has the place is never lost. */
static int move(int from, const char *name, int to, const char *as)
{
	struct stat st;
	if (fstatat(to, as, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(from, name, to, as) : -1;
}

/* The name with one more flag in its place, since they stand in order of their letters (0: none).
 */
static bool flagged(char as[MAILDIR_NAME], const char *name, char flag)
{
	struct str s;
	size_t base = maildir_base(name);
	const char *flags = name + base;
	flags += strncmp(flags, ":2,", 3) == 0 ? 3 : 0;
	str_init(&s, as, MAILDIR_NAME);
	str_addn(&s, name, base);
	str_add(&s, ":2,");
	size_t before = 0;
	while (flag && flags[before] && flags[before] < flag)
		before++;
	str_addn(&s, flags, before);
	if (flag && flags[before] != flag)
		str_addn(&s, &flag, 1);
	str_add(&s, flags + before);
	errno = ENAMETOOLONG;
	return !s.cut;
}

/* Information that is not of the form ":2,flags" is not ours to change. */
static bool foreign(const char *name)
{
	const char *flags = name + maildir_base(name);
	return *flags && strncmp(flags, ":2,", 3) != 0;
}

int maildir_see(const struct maildir *m, enum maildir_folder folder, const char *name)
{
	char as[MAILDIR_NAME];
	if (foreign(name))
		return 0;
	if (!flagged(as, name, 'S'))
		return -1;
	if (folder == MAILDIR_CUR && strcmp(as, name) == 0)
		return 0;
	return move(m->folder[folder], name, m->folder[MAILDIR_CUR], as);
}

#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* The empty file tells other readers of Maildir++ that this is a folder of a Maildir. */
static void furnish(int trash)
{
	mkdirat(trash, "tmp", 0700);
	mkdirat(trash, "new", 0700);
	mkdirat(trash, "cur", 0700);
	int mark = openat(trash, "maildirfolder",
		O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (mark >= 0)
		close(mark);
}

/* .Trash as a Maildir of its own; a folder that is missing in it is -1. */
static int open_trash(const struct maildir *m, bool make, struct maildir *trash)
{
	if (make)
		mkdirat(m->root, ".Trash", 0700);
	*trash = (struct maildir){openat(m->root, ".Trash", OPEN_FOLDER), {-1, -1, -1}};
	if (trash->root < 0)
		return -1;
	if (make)
		furnish(trash->root);
	trash->folder[MAILDIR_NEW] = openat(trash->root, "new", OPEN_FOLDER);
	trash->folder[MAILDIR_CUR] = openat(trash->root, "cur", OPEN_FOLDER);
	return 0;
}

int maildir_trash(const struct maildir *m, enum maildir_folder folder, const char *name)
{
	char as[MAILDIR_NAME];
	struct maildir trash;
	if (!(foreign(name) ? str_copy(as, sizeof as, name) : flagged(as, name, 0)))
		return -1;
	if (open_trash(m, false, &trash) < 0 || trash.folder[MAILDIR_CUR] < 0) {
		maildir_close(&trash);
		if (open_trash(m, true, &trash) < 0)
			return errno = EIO, -1; /* ENOENT would be the message */
	}
	int result = move(m->folder[folder], name, trash.folder[MAILDIR_CUR], as);
	int error = errno;
	maildir_close(&trash);
	errno = error;
	return result;
}

struct expiry {
	const struct maildir *trash;
	time_t before;
};

/* The change of status is the moving to .Trash, or a later change of flags. */
static void expire(void *context, enum maildir_folder folder, const char *name)
{
	const struct expiry *e = context;
	struct stat st;
	int dir = e->trash->folder[folder];
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		st.st_ctime < e->before)
		unlinkat(dir, name, 0);
}

int maildir_expire(const struct maildir *m, time_t before)
{
	struct maildir trash;
	if (open_trash(m, false, &trash) < 0)
		return errno == ENOENT ? 0 : -1;
	struct expiry e = {&trash, before};
	int result = maildir_scan(&trash, expire, &e);
	maildir_close(&trash);
	return result;
}
