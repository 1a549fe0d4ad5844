/*
 * maildir_tidy: which files of tmp/ are removed, by a clock of the test's own; lines of
 * maildirsize.
 */
#include <time.h>

static time_t test_clock(time_t *at);
#define time test_clock
#include "../../lib/maildir_tidy.c"
#undef time

#include "maildir_folder.h"

static long ahead; /* hours */

static time_t test_clock(time_t *at)
{
	(void)at;
	return time(NULL) + ahead * 3600;
}

static bool lies(const struct maildir *m, const char *name)
{
	struct stat st;
	return fstatat(m->folder[MAILDIR_TMP], name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void tidy(const struct maildir *m)
{
	int tmp = m->folder[MAILDIR_TMP];
	struct timespec later[2] = {
		{.tv_sec = time(NULL) + 2 * 3600}, {.tv_sec = time(NULL) + 2 * 3600}};
	put(tmp, "old", "");
	put(tmp, "written", "");
	put(tmp, ".hidden", "");
	CHECK(futimens(openat(tmp, "written", O_WRONLY), later) == 0);
	CHECK(mkdirat(tmp, "folder", 0700) == 0 && mkfifoat(tmp, "fifo", 0600) == 0);
	CHECK(symlinkat("old", tmp, "link") == 0);
	ahead = 35;
	maildir_tidy(m);
	CHECK(lies(m, "old") && lies(m, "written"));
	ahead = 37;
	maildir_tidy(m);
	CHECK(!lies(m, "old") && lies(m, "written"));
	ahead = 39;
	maildir_tidy(m);
	CHECK(!lies(m, "written"));
	CHECK(lies(m, "folder") && lies(m, "fifo") && lies(m, "link") && lies(m, ".hidden"));
}

static void account(const struct maildir *m)
{
	char text[64] = "";
	maildir_account(m, -5, -1);
	CHECK(!maildir_accounts(m));
	put(m->root, "maildirsize", "9S\n");
	CHECK(maildir_accounts(m));
	maildir_account(m, -5000000000, -1);
	maildir_account(m, 0, -2);
	int fd = maildir_file(m, "maildirsize", O_RDONLY);
	CHECK(read(fd, text, sizeof text - 1) > 0);
	CHECK_TEXT(text, "9S\n-5000000000 -1\n0 -2\n");
}

int main(void)
{
	folder_enter();
	struct maildir m = fresh("box");
	tidy(&m);
	account(&m);
	maildir_close(&m);
	folder_leave();
	return unit_end();
}
