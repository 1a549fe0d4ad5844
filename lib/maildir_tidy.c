/*
 * maildir_tidy: what a Maildir needs now and then, beside reading and delivery. Runs with the ids
 * of the mailbox's owner.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "maildir.h"

#define STALE (36 * 60 * 60) /* seconds */
#define MOST 1000

static void remove_stale(int tmp, const char *name, time_t now)
{
	struct stat st;
	if (fstatat(tmp, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return;
	if (st.st_mtime < now - STALE && st.st_ctime < now - STALE)
		unlinkat(tmp, name, 0);
}

void maildir_tidy(const struct maildir *m)
{
	int tmp = m->folder[MAILDIR_TMP];
	int fd = openat(tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	time_t now = time(NULL);
	for (int i = 0; i < MOST && (entry = readdir(dir)) != NULL; i++)
		if (entry->d_name[0] != '.')
			remove_stale(tmp, entry->d_name, now);
	closedir(dir);
}

bool maildir_accounts(const struct maildir *m)
{
	struct stat st;
	if (fstatat(m->root, "maildirsize", &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno != ENOENT;
	return S_ISREG(st.st_mode);
}

void maildir_recount(const struct maildir *m)
{
	unlinkat(m->root, "maildirsize", 0);
}

/* One write, at the end, as others add lines at the same time. */
void maildir_account(const struct maildir *m, uint64_t octets, uint64_t messages)
{
	char line[64];
	int n = snprintf(line, sizeof line, "-%llu -%llu\n", (unsigned long long)octets,
		(unsigned long long)messages);
	int fd = maildir_file(m, "maildirsize", O_WRONLY | O_APPEND);
	if (fd < 0 || write(fd, line, (size_t)n) != n)
		maildir_recount(m);
	if (fd >= 0)
		close(fd);
}
