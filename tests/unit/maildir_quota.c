/*
 * maildir_quota: maildirsize as Maildir++ has it: read, counted anew, added to; by a clock of the
 * test's own, and with a delivery in the middle of the counting.
 */
#include <dirent.h>
#include <stdio.h>
#include <time.h>

static time_t test_clock(time_t *at);
static struct dirent *test_readdir(DIR *dir);
static int test_rename(int from, const char *name, int to, const char *as);
#define time test_clock
#define readdir test_readdir
#define renameat test_rename
#include "../../lib/maildir_quota.c"
#undef time
#undef readdir
#undef renameat

#include "maildir_folder.h"

static long ahead; /* seconds */
static const struct maildir *disturbed; /* gets a message while it is counted */

static time_t test_clock(time_t *at)
{
	(void)at;
	return time(NULL) + ahead;
}

static bool unreadable; /* the folder that the Maildir's folders are in */

static struct dirent *test_readdir(DIR *dir)
{
	if (!unreadable)
		return readdir(dir);
	errno = EIO;
	return NULL;
}

static int test_rename(int from, const char *name, int to, const char *as)
{
	if (disturbed)
		put(disturbed->folder[MAILDIR_NEW], "meanwhile", "12345678");
	return renameat(from, name, to, as);
}

static void write_size(const struct maildir *m, const char *text)
{
	unlinkat(m->root, SIZE_FILE, 0);
	put(m->root, SIZE_FILE, text);
}

static const char *size_text(const struct maildir *m)
{
	static char text[LARGEST + 100];
	int fd = openat(m->root, SIZE_FILE, O_RDONLY);
	if (fd < 0)
		return "none";
	ssize_t n = read(fd, text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return text;
}

static bool has(const struct maildir *m, const char *text)
{
	bool same = strcmp(size_text(m), text) == 0;
	if (!same)
		fprintf(stderr, "wanted %s, got %s\n", text, size_text(m));
	return same;
}

static int room(const struct maildir *m, uint64_t quota, uint64_t octets)
{
	return maildir_room(m, "host", quota, octets);
}

/* 3 messages of 5, 7 and 1000 octets; and what does not count. */
static struct maildir furnished(const char *path)
{
	struct maildir m = fresh(path), folder, trash;
	char below[64];
	put(m.folder[MAILDIR_NEW], "1", "12345");
	put(m.folder[MAILDIR_CUR], "2:2,S", "1234567");
	put(m.folder[MAILDIR_CUR], "3:2,ST", "123");
	put(m.folder[MAILDIR_CUR], ".hidden", "123");
	put(m.folder[MAILDIR_TMP], "4", "123");
	CHECK(symlinkat("/etc/passwd", m.folder[MAILDIR_NEW], "5") == 0);
	snprintf(below, sizeof below, "%s/.Old.Mail", path);
	folder = fresh(below);
	put(folder.folder[MAILDIR_CUR], "6,S=1000,W=1010:2,", "1");
	snprintf(below, sizeof below, "%s/.Trash", path);
	trash = fresh(below);
	put(trash.folder[MAILDIR_CUR], "7", "123");
	snprintf(below, sizeof below, "%s/other", path);
	CHECK(mkdir(below, 0700) == 0 && symlinkat(".Old.Mail", m.root, ".Link") == 0);
	put(m.root, ".file", "");
	maildir_close(&folder);
	maildir_close(&trash);
	return m;
}

static void counted(void)
{
	struct maildir m = furnished("counted");
	CHECK(room(&m, 1012, 0) == 1 && has(&m, "1012S\n1012 3\n"));
	CHECK(room(&m, 1012, 1) == 0);
	CHECK(room(&m, 1013, 1) == 1 && has(&m, "1013S\n1012 3\n"));
	maildir_account(&m, 100, 1);
	CHECK(has(&m, "1013S\n1012 3\n100 1\n"));
	/* About to refuse by a sum: counted anew, and there is room. */
	CHECK(room(&m, 1013, 1) == 1 && has(&m, "1013S\n1012 3\n"));
	/* With cur not open, as in a delivery. */
	struct maildir narrow;
	CHECK(maildir_open_to_deliver(&narrow, "counted") == 0);
	unlinkat(m.root, SIZE_FILE, 0);
	CHECK(room(&narrow, 1013, 2) == 0 && has(&m, "1013S\n1012 3\n"));
	maildir_close(&narrow);
	maildir_close(&m);
}

/* What cannot be believed is counted anew, and a limit of messages stays. */
static void doubtful(void)
{
	static const char *const bad[] = {"", "2000S", "2000S\n", "2000\n9 1\n", "2000S\n9\n",
		"2000S\nx 1\n", "2000S\n9 1x\n", "2000S\n-9 -1\n", "2000S\n9 -1\n", "2000X\n9 1\n",
		"S\n9 1\n", "2000S\n99999999999999999999 1\n", "2001S\n9 1\n"};
	struct maildir m = furnished("doubtful");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		write_size(&m, bad[i]);
		CHECK(room(&m, 2000, 1) == 1 && has(&m, "2000S\n1012 3\n"));
	}
	write_size(&m, "3000S,50C\n9 1\n");
	CHECK(room(&m, 2000, 1) == 1 && has(&m, "2000S,50C\n1012 3\n"));
	unlinkat(m.root, SIZE_FILE, 0);
	CHECK(symlinkat("/etc/passwd", m.root, SIZE_FILE) == 0);
	CHECK(room(&m, 2000, 1) == 1 && has(&m, "2000S\n1012 3\n"));
	maildir_close(&m);
}

static void believed(void)
{
	struct maildir m = furnished("believed");
	write_size(&m, "2000S,50C\n   1500   4\n-600 -1\n");
	CHECK(room(&m, 2000, 1100) == 1 && has(&m, "2000S,50C\n   1500   4\n-600 -1\n"));
	/* One line of its own time refuses; when it is old, it is looked after. */
	write_size(&m, "2000S\n2000 1\n");
	CHECK(room(&m, 2000, 1) == 0 && has(&m, "2000S\n2000 1\n"));
	ahead = STALE + 5;
	CHECK(room(&m, 2000, 1) == 1 && has(&m, "2000S\n1012 3\n"));
	ahead = 0;
	maildir_close(&m);
}

static void long_file(void)
{
	struct maildir m = furnished("long");
	char text[LARGEST + 8] = "2000S\n9 1\n";
	while (strlen(text) + 4 < LARGEST)
		strcat(text, "0 0\n");
	write_size(&m, text);
	CHECK(room(&m, 2000, 1) == 1 && has(&m, text));
	strcat(text, "0 0\n");
	write_size(&m, text);
	CHECK(strlen(text) >= LARGEST);
	CHECK(room(&m, 2000, 1) == 1 && has(&m, "2000S\n1012 3\n"));
	maildir_close(&m);
}

/* The sum may lack the message that came meanwhile, so it is not kept. */
static void meanwhile(void)
{
	struct maildir m = furnished("meanwhile");
	disturbed = &m;
	CHECK(room(&m, 2000, 1) == 1 && has(&m, "none"));
	disturbed = NULL;
	CHECK(room(&m, 2000, 1) == 1 && has(&m, "2000S\n1020 4\n"));
	maildir_close(&m);
}

/* Of a part, nothing is said. */
static void in_part(void)
{
	struct maildir m = furnished("in_part");
	unreadable = true;
	errno = 0;
	CHECK(room(&m, 2000, 1) == -1 && errno == EIO && has(&m, "none"));
	unreadable = false;
	CHECK(room(&m, 2000, 1) == 1 && has(&m, "2000S\n1012 3\n"));
	maildir_close(&m);
}

static void gains(void)
{
	struct maildir m = fresh("gains");
	maildir_account(&m, 5, 1);
	CHECK(has(&m, "none"));
	write_size(&m, "9S\n");
	maildir_account(&m, 5000000000, 1);
	CHECK(has(&m, "9S\n5000000000 1\n"));
	unlinkat(m.root, SIZE_FILE, 0);
	CHECK(mkfifoat(m.root, SIZE_FILE, 0600) == 0);
	maildir_account(&m, 5, 1);
	CHECK(has(&m, "none"));
	maildir_close(&m);
}

int main(void)
{
	folder_enter();
	int before = lowest_fd();
	counted();
	doubtful();
	believed();
	long_file();
	meanwhile();
	in_part();
	gains();
	CHECK(lowest_fd() == before);
	folder_leave();
	return unit_end();
}
