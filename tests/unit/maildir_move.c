/*
 * maildir_move: lib/maildir_move in a folder of its own: flags in their order, .Trash and what is
 * removed from it, and nothing overwritten.
 */
#include "maildir_folder.h"

#include <time.h>

static bool there(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

static void test_see(const struct maildir *m)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"M/new/1", "M/cur/1:2,S"},
		{"M/new/2:2,", "M/cur/2:2,S"},
		{"M/cur/3:2,", "M/cur/3:2,S"},
		{"M/cur/4:2,FRT", "M/cur/4:2,FRST"},
		{"M/cur/5:2,T", "M/cur/5:2,ST"},
		{"M/cur/6:2,DFR", "M/cur/6:2,DFRS"},
		{"M/cur/7:2,ST", "M/cur/7:2,ST"},
		{"M/new/8:2,S", "M/cur/8:2,S"},
		{"M/cur/9:1,x", "M/cur/9:1,x"},
		{"M/cur/10:2,Ra", "M/cur/10:2,RSa"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum maildir_folder folder = cases[i].from[2] == 'n' ? MAILDIR_NEW : MAILDIR_CUR;
		put(AT_FDCWD, cases[i].from, "");
		CHECK(maildir_see(m, folder, cases[i].from + 6) == 0);
		CHECK(there(cases[i].to));
		CHECK(strcmp(cases[i].from, cases[i].to) == 0 || !there(cases[i].from));
	}
	put(AT_FDCWD, "M/new/8:2,S", ""); /* another message has its place */
	CHECK(maildir_see(m, MAILDIR_NEW, "8:2,S") == -1 && errno == EEXIST);
	CHECK(maildir_see(m, MAILDIR_NEW, "none") == -1 && errno == ENOENT);
}

static void test_trash(const struct maildir *m)
{
	time_t now = time(NULL);
	CHECK(maildir_expire(m, now) == 0); /* there is none yet */
	put(AT_FDCWD, "M/new/20", "");
	put(AT_FDCWD, "M/cur/21:2,S", "");
	put(AT_FDCWD, "M/cur/22:1,x", "");
	CHECK(maildir_trash(m, MAILDIR_NEW, "none") == -1 && errno == ENOENT);
	CHECK(maildir_trash(m, MAILDIR_NEW, "20") == 0 && there("M/.Trash/cur/20:2,"));
	CHECK(maildir_trash(m, MAILDIR_CUR, "21:2,S") == 0 && there("M/.Trash/cur/21:2,S"));
	CHECK(maildir_trash(m, MAILDIR_CUR, "22:1,x") == 0 && there("M/.Trash/cur/22:1,x"));
	CHECK(!there("M/new/20") && !there("M/cur/21:2,S") && there("M/.Trash/maildirfolder"));
	put(AT_FDCWD, "M/new/20", "");
	CHECK(maildir_trash(m, MAILDIR_NEW, "20") == -1 && errno == EEXIST && there("M/new/20"));
	put(AT_FDCWD, "M/.Trash/new/23", "");
	CHECK(mkdir("M/.Trash/cur/24", 0700) == 0 && symlink("none", "M/.Trash/cur/25") == 0);
	CHECK(maildir_expire(m, now) == 0 && there("M/.Trash/cur/20:2,"));
	CHECK(maildir_expire(m, now + 60) == 0 && !there("M/.Trash/cur/20:2,"));
	CHECK(!there("M/.Trash/new/23") && there("M/.Trash/cur/24") && there("M/.Trash/cur/25"));
	CHECK(there("M/new/20") && there("M/cur/1:2,S"));
}

int main(void)
{
	char path[300];
	folder_enter();
	snprintf(path, sizeof path, "%s/M", test_folder);
	struct maildir m = fresh(path);
	test_see(&m);
	test_trash(&m);
	maildir_close(&m);
	folder_leave();
	return unit_end();
}
