/*
 * What is shown of a message on a terminal, and which terminals take it: with terminals of this
 * test's own, and a utmp file of its own where the C library reads one.
 */
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <termios.h>

#include "child.h"

#include "../../smtpd/logins.c"
#include "../../smtpd/path.c"
#include "../../smtpd/terminal.c"

/* What is shown of a text, but for its first line. */
static const char *shown(const char *text, size_t size)
{
	static char room[TERMINAL_TEXT];
	struct path from = {.local = "a b", .domain = "example.net"};
	struct terminal_message m = {.from = &from, .ip = "192.0.2.7", .text = text, .size = size};
	struct str s;
	str_init(&s, room, sizeof room);
	terminal_text(&m, &s);
	CHECK(!s.cut);
	const char begin[] = "\r\n\aMessage from <\"a b\"@example.net> [192.0.2.7] at ";
	CHECK(strncmp(room, begin, sizeof begin - 1) == 0);
	return strchr(room + 2, '\n') + 1;
}

static const struct {
	const char *text, *shown;
} texts[] = {
	{"Subject: lunch\n\nNow?\n", "Subject: lunch\r\n\r\nNow?\r\n\r\nEOF\r\n"},
	{"From: a@example.net\nsubject: one\n\ttwo\nTo: you\n\nText\n",
		"subject: one\r\n\ttwo\r\n\r\nText\r\n\r\nEOF\r\n"},
	{"To: you\n\n", "\r\n\r\nEOF\r\n"},
	/* No header. */
	{"Lunch: now?\nOr later\n", "Lunch: now?\r\nOr later\r\n\r\nEOF\r\n"},
	{"Subject: lunch\nnow\n\n", "Subject: lunch\r\nnow\r\n\r\n\r\nEOF\r\n"},
	{"\nSubject: x\n", "\r\nSubject: x\r\n\r\nEOF\r\n"},
	{"", "\r\nEOF\r\n"},
	{"no end", "no end\r\nEOF\r\n"},
	/* Nothing that a terminal obeys. */
	{"a\033[2J\b\a\177\r\v\f\016\x9b"
	 "c\n",
		"a?[2J????????c\r\n\r\nEOF\r\n"},
	{"Subject: \033]0;x\a\n\nb\n", "Subject: ?]0;x?\r\n\r\nb\r\n\r\nEOF\r\n"},
	{"a\tb\n", "a\tb\r\n\r\nEOF\r\n"},
	/* A character is one column; Latin-1 is not UTF-8. */
	{"\303\251t\303\251|\342\202\254|\360\237\231\202|\n", "?t?|?|?|\r\n\r\nEOF\r\n"},
	{"\344\366\374|\n", "???|\r\n\r\nEOF\r\n"},
};

static void check_texts(void)
{
	static char large[20000];
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		CHECK_TEXT(shown(texts[i].text, strlen(texts[i].text)), texts[i].shown);
	CHECK_TEXT(shown("a\0b", 3), "a?b\r\nEOF\r\n");
	memset(large, 'x', sizeof large);
	for (size_t n = TERMINAL_TEXT - 200; n < TERMINAL_TEXT + 10; n++) {
		const char *text = shown(large, n);
		CHECK(str_ends(text, "\r\nEOF\r\n"));
		size_t whole = strspn(text, "x");
		CHECK(whole == n || strcmp(text + whole, "\r\n[...]\r\nEOF\r\n") == 0);
	}
	memset(large, '\n', sizeof large);
	CHECK(str_ends(shown(large, sizeof large), "\r\n[...]\r\nEOF\r\n"));
}

/* A terminal; returns where what is shown on it comes out. */
static int open_terminal(struct logins *l, int *slave)
{
	int master;
	char name[64];
	struct termios raw;
	CHECK(openpty(&master, slave, name, NULL, NULL) == 0);
	CHECK(tcgetattr(*slave, &raw) == 0);
	cfmakeraw(&raw);
	CHECK(tcsetattr(*slave, TCSANOW, &raw) == 0);
	CHECK(fchmod(*slave, 0620) == 0 && fcntl(master, F_SETFL, O_NONBLOCK) == 0);
	add_login(l, name + strlen("/dev/"));
	return master;
}

static void check_terminals(void)
{
	struct logins l = {.count = 0};
	struct priv_ids me = {.uid = geteuid(), .gid = getegid()},
			other = {.uid = 4242, .gid = 4242};
	char got[64];
	int slave[2], one = open_terminal(&l, &slave[0]), two = open_terminal(&l, &slave[1]);
	add_login(&l, "null");
	add_login(&l, "pts/nowhere");
	CHECK(l.count == 4);
	CHECK(terminal_write(me, &l, "") == 2);
	CHECK(terminal_write(me, &l, "Hello") == 2);
	CHECK(read(one, got, sizeof got) == 5 && memcmp(got, "Hello", 5) == 0);
	CHECK(read(two, got, sizeof got) == 5);
	/* mesg n */
	CHECK(fchmod(slave[1], 0600) == 0);
	CHECK(terminal_write(me, &l, "Hello") == 1);
	CHECK(read(one, got, sizeof got) == 5 && read(two, got, sizeof got) < 0);
	/* Stopped: nobody waits. */
	CHECK(tcflow(slave[0], TCOOFF) == 0);
	CHECK(terminal_write(me, &l, "Hello") == 0);
	CHECK(tcflow(slave[0], TCOON) == 0);
	CHECK(terminal_write(me, &l, "Hello") == 1);
	/* Whose they are not. */
	CHECK(terminal_write(other, &l, "Hello") == 0);
	CHECK(geteuid() == me.uid);
	for (int i = 0; i < 2; i++)
		close(slave[i]);
	close(one);
	close(two);
}

static void check_names(void)
{
	struct logins l = {.count = 0};
	static const char *const bad[] = {"", ":0", "/etc/passwd", "../etc/passwd", "pts/../../x",
		"a-name-that-is-longer-than-any-that-can-stand-in-a-record-of-utmp"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		add_login(&l, bad[i]);
	CHECK(l.count == 0);
	add_login(&l, "pts/1");
	add_login(&l, "pts/1");
	CHECK(l.count == 1);
	for (int i = 0; i < 2 * LOGINS_MOST; i++) {
		char name[16];
		snprintf(name, sizeof name, "pts/%d", i);
		add_login(&l, name);
	}
	CHECK(l.count == LOGINS_MOST);
}

static void enter_login(short type, const char *user, const char *line)
{
	struct utmpx e = {.ut_type = type};
	memcpy(e.ut_user, user, strlen(user));
	memcpy(e.ut_line, line, strlen(line));
	memcpy(e.ut_id, line + strlen(line) - 1, 1);
	setutxent();
	pututxline(&e);
	endutxent();
}

static void check_utmp(void)
{
	struct logins l, mine = {.count = 0};
	int slave, master = open_terminal(&mine, &slave);
	char path[4200];
	snprintf(path, sizeof path, "%s/utmp", folder);
	CHECK(close(open(path, O_WRONLY | O_CREAT, 0600)) == 0);
	utmpxname(path);
	/* It knows nobody: whose is the terminal? */
	logins_find("alice", geteuid(), &l);
	bool found = false;
	for (size_t i = 0; i < l.count; i++)
		found = found || strcmp(l.line[i], mine.line[0]) == 0;
	CHECK(found);
	logins_find("alice", 4242, &l);
	CHECK(l.count == 0);
	enter_login(USER_PROCESS, "alice", "pts/801");
	enter_login(USER_PROCESS, "bob", "pts/802");
	enter_login(USER_PROCESS, "alice", ":3");
	enter_login(USER_PROCESS, "alice", "pts/804");
	enter_login(DEAD_PROCESS, "alice", "pts/805");
	enter_login(USER_PROCESS, "alicea", "pts/806");
	logins_find("alice", 4242, &l);
	struct stat st;
	if (stat(path, &st) == 0 && st.st_size > 0) {
		CHECK(l.count == 2);
		CHECK_TEXT(l.line[0], "pts/801");
		CHECK_TEXT(l.line[1], "pts/804");
		logins_find("carol", geteuid(), &l);
		CHECK(l.count == 0);
	}
	close(slave);
	close(master);
}

int main(void)
{
	folder_make();
	check_texts();
	check_terminals();
	check_names();
	check_utmp();
	folder_remove();
	return unit_end();
}
