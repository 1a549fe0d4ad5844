/*
 * account: names, the keys of an account file, which files are believed, logging in, storing and
 * listing. Works in a folder of its own below the current one.
 */
#include "account.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "scram.h"
#include "settings.h"
#include "str.h"
#include "unit.h"

#define PENCIL                                                                                     \
	"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=" \
	":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

static char logged[LOG_LINE]; /* the last line */

static void keep_line(int priority, const char *line, size_t len)
{
	(void)priority;
	(void)len;
	str_copy(logged, sizeof logged, line);
}

static void write_octets(const char *name, const char *octets, size_t n)
{
	char path[ACCOUNT_PATH];
	snprintf(path, sizeof path, "%s/%s", settings.accounts, name);
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0 && write(fd, octets, n) == (ssize_t)n);
	close(fd);
}

static void write_text(const char *name, const char *text)
{
	write_octets(name, text, strlen(text));
}

static void check_names(void)
{
	static const char *const good[][2] = {{"alice", "alice"},
		{"Alice@Example.ORG", "alice@example.org"}, {"a", "a"}, {"#1", "#1"},
		{"a..b", "a..b"}, {"~", "~"}, {"!", "!"}};
	static const char *const bad[] = {"", ".", "..", ".alice", "a/b", "/", "../alice", "a:b",
		"a b", " a", "a\t", "a\n", "a\x7f", "\xc3\xa4", "a\x01"};
	char name[200];
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		strcpy(name, good[i][0]);
		CHECK(account_name(name));
		CHECK_TEXT(name, good[i][1]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		strcpy(name, bad[i]);
		unit_check(!account_name(name), bad[i], __FILE__, __LINE__);
	}
	memset(name, 'a', sizeof name);
	name[128] = '\0';
	CHECK(account_name(name));
	name[128] = 'a', name[129] = '\0';
	CHECK(!account_name(name));
}

static void check_keys(void)
{
	struct account a;
	write_text("full", "# comment\n\n  password\t" PENCIL " \r\nname  Alice  Ä. Example\n"
			   "maildir /srv/mail/alice\nuid 1001\ngid 1002\nquota 500M\nrevoked\n"
			   "forward a@example.org b@example.org\n\t# end\nnot read\n");
	CHECK(account_find("full", &a) == ACCOUNT_TROUBLE && errno == EINVAL);
	CHECK(strstr(logged, "/full:12: wrong not: expected password, name, "));
	write_text("full", "# comment\n\n  password\t" PENCIL " \r\nname  Alice  Ä. Example\n"
			   "maildir /srv/mail/alice\nuid 1001\ngid 1002\nquota 500M\nrevoked\n"
			   "forward a@example.org b@example.org\n\t# no line end");
	CHECK(account_find("FULL", &a) == ACCOUNT_OK);
	CHECK_TEXT(a.name, "full");
	CHECK_TEXT(a.password, PENCIL);
	CHECK_TEXT(a.full_name, "Alice  Ä. Example");
	CHECK_TEXT(a.maildir, "/srv/mail/alice");
	CHECK_TEXT(a.forward, "a@example.org b@example.org");
	CHECK(a.has_uid && a.uid == 1001 && a.has_gid && a.gid == 1002 && a.revoked);
	CHECK(a.quota == 500 * 1024 * 1024);
	write_text("empty", "");
	CHECK(account_find("empty", &a) == ACCOUNT_OK);
	CHECK(!a.password[0] && !a.maildir[0] && !a.has_uid && !a.has_gid && !a.revoked &&
		!a.quota);
}

static void check_bad_lines(void)
{
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{"passwd x", ":1: wrong passwd: expected password, name, maildir, "},
		{"\n\nPassword x", ":3: wrong Password: expected password, "},
		{"password", ":1: wrong password: expected a hash"},
		{"name a\x01", ":1: wrong name: expected a person's name"},
		{"maildir mail/x", ":1: wrong maildir: expected an absolute path"},
		{"uid alice", ":1: wrong uid: expected the number of a user"},
		{"uid -1", ":1: wrong uid: "},
		{"uid 4294967295", ":1: wrong uid: "},
		{"uid 4294967297", ":1: wrong uid: "},
		{"uid 1\nuid 1", ":2: wrong uid: expected it only once"},
		{"gid", ":1: wrong gid: expected the number of a group"},
		{"quota 5x", ":1: wrong quota: expected a number of octets, such as 500M"},
		{"quota 0", ":1: wrong quota: "},
		{"quota 99999999999G", ":1: wrong quota: "},
		{"revoked no", ":1: wrong revoked: expected the word alone"},
		{"[section]", ":1: wrong [section]: "},
	};
	struct account a;
	char text[600];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		write_text("bad", rows[i].text);
		logged[0] = '\0';
		CHECK(account_find("bad", &a) == ACCOUNT_TROUBLE && errno == EINVAL);
		unit_check(strstr(logged, rows[i].complaint) != NULL, logged, __FILE__, __LINE__);
	}
	memset(text, 'x', sizeof text);
	memcpy(text, "name ", 5);
	text[5 + 511] = '\0';
	write_text("bad", text);
	CHECK(account_find("bad", &a) == ACCOUNT_OK && strlen(a.full_name) == 511);
	text[5 + 511] = 'x', text[5 + 512] = '\0';
	write_text("bad", text);
	CHECK(account_find("bad", &a) == ACCOUNT_TROUBLE);
	write_octets("bad", "name a\0b", 8);
	CHECK(account_find("bad", &a) == ACCOUNT_TROUBLE && strstr(logged, "/bad: holds a NUL"));
}

static void check_sizes(void)
{
	static char text[8193];
	struct account a;
	memset(text, '\n', sizeof text);
	write_octets("large", text, 8192);
	CHECK(account_find("large", &a) == ACCOUNT_OK);
	write_octets("large", text, 8193);
	CHECK(account_find("large", &a) == ACCOUNT_TROUBLE);
	CHECK(strstr(logged, "/large: larger than 8192 octets"));
}

/* What is no file of the administrator's alone is not believed. */
static void check_trust(void)
{
	struct account a;
	int folder = open(settings.accounts, O_RDONLY | O_DIRECTORY);
	CHECK(account_find("nobody", &a) == ACCOUNT_NONE);
	CHECK(account_find("../accounts/full", &a) == ACCOUNT_NONE);
	CHECK(symlinkat("full", folder, "link") == 0);
	CHECK(account_find("link", &a) == ACCOUNT_TROUBLE && strstr(logged, "a symbolic link"));
	CHECK(mkfifoat(folder, "fifo", 0600) == 0);
	CHECK(account_find("fifo", &a) == ACCOUNT_TROUBLE && strstr(logged, "not a regular file"));
	CHECK(mkdirat(folder, "folder", 0700) == 0);
	CHECK(account_find("folder", &a) == ACCOUNT_TROUBLE &&
		strstr(logged, "not a regular file"));
	write_text("shared", "password " PENCIL "\n");
	CHECK(fchmodat(folder, "shared", 0620, 0) == 0);
	CHECK(account_find("shared", &a) == ACCOUNT_TROUBLE && strstr(logged, "not believed"));
	CHECK(fchmodat(folder, "shared", 0602, 0) == 0);
	CHECK(account_find("shared", &a) == ACCOUNT_TROUBLE && strstr(logged, "not believed"));
	CHECK(fchmodat(folder, "shared", 0644, 0) == 0);
	CHECK(account_find("shared", &a) == ACCOUNT_OK);
	CHECK(fchmod(folder, 0770) == 0);
	CHECK(account_find("shared", &a) == ACCOUNT_TROUBLE && strstr(logged, "not believed"));
	CHECK(account_login("shared", "pencil", &a) == ACCOUNT_TROUBLE);
	CHECK(account_store(&a, false) == ACCOUNT_TROUBLE);
	CHECK(account_remove("shared") == ACCOUNT_TROUBLE);
	CHECK(fchmod(folder, 0700) == 0);
	CHECK(unlinkat(folder, "link", 0) == 0 && unlinkat(folder, "fifo", 0) == 0);
	CHECK(unlinkat(folder, "folder", AT_REMOVEDIR) == 0);
	close(folder);
}

/* As root: who owns a file otherwise has no say in uid, gid, maildir and programs. */
static void check_foreign_owner(void)
{
	char path[ACCOUNT_PATH];
	struct account a;
	if (geteuid() != 0)
		return;
	write_text("foreign", "password " PENCIL "\nuid 1001\ngid 1001\nmaildir /root\nquota 5\n"
			      "forward |/bin/sh\n");
	snprintf(path, sizeof path, "%s/foreign", settings.accounts);
	CHECK(account_find("foreign", &a) == ACCOUNT_OK && a.has_uid && a.has_gid);
	CHECK(chown(path, 4242, 4242) == 0);
	CHECK(account_find("foreign", &a) == ACCOUNT_OK);
	CHECK(!a.has_uid && !a.has_gid && !a.maildir[0] && !a.forward[0] && a.quota == 5);
	CHECK_TEXT(a.password, PENCIL);
	CHECK(strstr(logged, "since uid 4242 owns it"));
	CHECK(account_store(&a, false) == ACCOUNT_OK);
	struct stat st;
	CHECK(stat(path, &st) == 0 && st.st_uid == 4242 && st.st_gid == 4242);
	CHECK(account_remove("foreign") == ACCOUNT_OK);
}

static void check_login(void)
{
	struct account a;
	write_text("alice", "password " PENCIL "\nname Alice\n");
	CHECK(account_login("Alice", "pencil", &a) == ACCOUNT_OK);
	CHECK_TEXT(a.full_name, "Alice");
	CHECK_TEXT(a.password, "");
	CHECK(account_login("alice", "Pencil", &a) == ACCOUNT_NONE);
	CHECK(account_login("alice", "", &a) == ACCOUNT_NONE);
	CHECK(account_login("bob", "pencil", &a) == ACCOUNT_NONE);
	CHECK(account_login("../alice", "pencil", &a) == ACCOUNT_NONE);
	CHECK(account_login("empty", "", &a) == ACCOUNT_NONE);
	CHECK(account_login("full", "pencil", &a) == ACCOUNT_NONE); /* revoked */
	CHECK_TEXT(a.password, "");
	write_text("old", "password {MD5}hash\n");
	CHECK(account_login("old", "pencil", &a) == ACCOUNT_TROUBLE && errno == EINVAL);
	CHECK(strstr(logged, "account old: password is of no scheme") && !strstr(logged, "MD5"));
	write_text("old", "password pencil\n");
	CHECK(account_login("old", "pencil", &a) == ACCOUNT_TROUBLE);
	CHECK(!strstr(logged, "pencil"));
}

/* Processor time of one try, in microseconds. */
static long cost(const char *name)
{
	struct account a;
	struct timespec t[2];
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[0]);
	CHECK(account_login(name, "wrong", &a) == ACCOUNT_NONE);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[1]);
	return (t[1].tv_sec - t[0].tv_sec) * 1000000 + (t[1].tv_nsec - t[0].tv_nsec) / 1000;
}

/* The least that each name costs: tried in turn, so that a busy machine slows both, and, while it
 * does, again. */
static bool cost_alike(const char *one, const char *other)
{
	long x = LONG_MAX, y = LONG_MAX;
	for (int i = 0; i < 40; i++) {
		long a = cost(one), b = cost(other);
		x = a < x ? a : x;
		y = b < y ? b : y;
		if (i >= 4 && y > x / 2 && y < x * 2)
			return true;
	}
	return false;
}

/* A difference that a client could measure would be a factor: without the hash it is over 100. */
static void check_cost(void)
{
	static const char *const names[] = {"nobody", "empty", "revoked", "../x", ""};
	struct account a;
	settings.iterations = 20000;
	a = (struct account){.name = "alice"};
	CHECK(scram_hash("secret", 20000, a.password) && account_store(&a, false) == ACCOUNT_OK);
	strcpy(a.name, "revoked");
	a.revoked = true;
	CHECK(account_store(&a, true) == ACCOUNT_OK);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		CHECK(cost_alike("alice", names[i]));
}

static void add_name(void *context, const char *name)
{
	struct str *all = context;
	str_addf(all, "%s ", name);
}

static void check_store(void)
{
	struct account a = {.name = "Carol",
		.password = PENCIL,
		.full_name = "C",
		.uid = 7,
		.has_uid = true,
		.gid = 8,
		.has_gid = true,
		.quota = 1048577,
		.revoked = true,
		.maildir = "/m",
		.forward = "x@y"};
	struct account b;
	CHECK(account_store(&a, true) == ACCOUNT_OK);
	CHECK(account_store(&a, true) == ACCOUNT_EXISTS);
	CHECK(account_find("carol", &b) == ACCOUNT_OK);
	CHECK(b.uid == 7 && b.gid == 8 && b.has_uid && b.has_gid && b.revoked &&
		b.quota == 1048577);
	CHECK_TEXT(b.password, PENCIL);
	CHECK_TEXT(b.full_name, "C");
	CHECK_TEXT(b.maildir, "/m");
	CHECK_TEXT(b.forward, "x@y");
	b.revoked = false;
	CHECK(account_store(&b, false) == ACCOUNT_OK);
	CHECK(account_find("carol", &a) == ACCOUNT_OK && !a.revoked && a.uid == 7);
	strcpy(b.full_name, "C\nuid 0");
	CHECK(account_store(&b, false) == ACCOUNT_TROUBLE);
	strcpy(b.full_name, " C");
	CHECK(account_store(&b, false) == ACCOUNT_TROUBLE);
	CHECK(account_find("carol", &a) == ACCOUNT_OK);
	CHECK_TEXT(a.full_name, "C");
	CHECK(account_remove("CAROL") == ACCOUNT_OK);
	CHECK(account_remove("carol") == ACCOUNT_NONE);
	CHECK(account_remove("../x") == ACCOUNT_NONE);
}

static void check_list(void)
{
	char text[200];
	struct str all;
	write_text(".draft", "");
	write_text("Upper", "");
	write_text("a b", "");
	str_init(&all, text, sizeof text);
	CHECK(account_list(add_name, &all) == ACCOUNT_OK);
	CHECK_TEXT(text, "alice bad empty full large old revoked shared ");
	settings.accounts = "/nowhere/accounts";
	struct account a;
	CHECK(account_list(add_name, &all) == ACCOUNT_TROUBLE && errno == ENOENT);
	CHECK(account_find("alice", &a) == ACCOUNT_TROUBLE && errno == ENOENT);
	CHECK_TEXT(logged, "account folder /nowhere/accounts: No such file or directory");
}

int main(void)
{
	char work[] = "account.XXXXXX", accounts[ACCOUNT_PATH] = "";
	log_divert(keep_line);
	CHECK(mkdtemp(work) && chdir(work) == 0 && mkdir("accounts", 0700) == 0);
	CHECK(getcwd(accounts, sizeof accounts - 10) != NULL);
	strcat(accounts, "/accounts");
	settings.accounts = accounts;
	settings.iterations = 10;
	check_names();
	check_keys();
	check_bad_lines();
	check_sizes();
	check_trust();
	check_foreign_owner();
	check_login();
	check_store();
	check_cost();
	check_list();
	return unit_end();
}
