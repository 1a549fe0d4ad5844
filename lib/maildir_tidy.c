/*
 * maildir_tidy: what a Maildir needs now and then, beside reading and delivery. Runs with the ids
 * of the mailbox's owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "entries.h"
#include "maildir.h"

#define STALE (36 * 60 * 60) /* seconds */
#define MOST 1000

struct sweep {
	int tmp;
	time_t now;
	int count;
};

static bool remove_stale(void *context, const char *name, unsigned char type)
{
	struct sweep *s = context;
	struct stat st;
	(void)type;
	if (fstatat(s->tmp, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		st.st_mtime < s->now - STALE && st.st_ctime < s->now - STALE)
		unlinkat(s->tmp, name, 0);
	return ++s->count < MOST;
}

void maildir_tidy(const struct maildir *m)
{
	struct sweep s = {.tmp = m->folder[MAILDIR_TMP], .now = time(NULL)};
	entries_each(s.tmp, remove_stale, &s);
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
void maildir_account(const struct maildir *m, int64_t octets, int64_t messages)
{
	char line[64];
	int n = snprintf(line, sizeof line, "%lld %lld\n", (long long)octets, (long long)messages);
	int fd = maildir_file(m, "maildirsize", O_WRONLY | O_APPEND);
	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0 || write(fd, line, (size_t)n) != n)
		maildir_recount(m);
	if (fd >= 0)
		close(fd);
}
