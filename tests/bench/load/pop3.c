/*
 * pop3: loads a POP3 server: whole sessions, listings, messages, and sessions that are held. Run as
 * anybody. RFC 1939.
 *
 * Every password is "secret". What the server should not have said ends the program with status 1.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "load.h"
#include "str.h"

#define BLOCK ((size_t)256 * 1024)

static const char usage[] =
	"usage: pop3 login PORT NAME USERS SESSIONS AT_ONCE   USER, PASS, STAT, QUIT; NAME1, "
	"NAME2, ...\n"
	"       pop3 list PORT USER SESSIONS                  LIST and UIDL; counts messages\n"
	"       pop3 retr PORT USER lock-step|pipelined TIMES all messages; counts megabytes\n"
	"       pop3 dele PORT USER lock-step|pipelined TIMES all messages, then RSET; counts "
	"messages\n"
	"       pop3 hold PORT NAME USERS                     until a line comes on standard "
	"input\n";

static const char *port, *name;
static unsigned long users;

/* One blocking connection. */
static struct {
	int fd;
	size_t have;
	char in[BLOCK];
} server;

static void expect_ok(unsigned long session, const char *line)
{
	if (!str_begins(line, "+OK"))
		load_fail("session %lu: %s", session, line);
}

/* The next line is to be sent when the reply to the last one has come. */
static void login_line(struct load_client *c, const char *line)
{
	expect_ok(c->session, line);
	switch (c->step++) {
	case 0:
		load_sayf(c, "USER %s%lu\r\n", name, c->session % users + 1);
		break;
	case 1:
		load_sayf(c, "PASS secret\r\n");
		break;
	case 2:
		load_sayf(c, "STAT\r\n");
		break;
	case 3:
		load_sayf(c, "QUIT\r\n");
		break;
	default:
		c->over = true;
	}
}

static void login(char **args)
{
	struct load load = {.port = port, .line = login_line};

	name = args[0];
	users = load_number(args[1]);
	load.sessions = load_number(args[2]);
	load.at_once = (unsigned)load_number(args[3]);
	load_report((double)load.sessions, load_run(&load));
}

static void say(const char *text)
{
	if (write_all(server.fd, text, strlen(text)) < 0)
		load_fail("%s: the connection is gone", text);
}

/* Behind what there is. */
static size_t hear_more(void)
{
	ssize_t n = read(server.fd, server.in + server.have, BLOCK - server.have);

	if (n <= 0)
		load_fail("the server has closed");
	server.have += (size_t)n;
	return (size_t)n;
}

static void used(size_t n)
{
	server.have -= n;
	memmove(server.in, server.in + n, server.have);
}

/* A line, and what is left stays; its number behind "+OK " if there is one. */
static unsigned long hear_ok(void)
{
	char *lf;
	unsigned long number;

	while (!(lf = memchr(server.in, '\n', server.have)))
		hear_more();
	*lf = 0;
	expect_ok(0, server.in);
	number = strtoul(server.in + 3, NULL, 10);
	used((size_t)(lf + 1 - server.in));
	return number;
}

static void session_open(const char *user)
{
	char line[600];

	server.fd = load_connect(port, true);
	server.have = 0;
	hear_ok();
	snprintf(line, sizeof line, "USER %s\r\n", user);
	say(line);
	hear_ok();
	say("PASS secret\r\n");
	hear_ok();
}

static void session_close(void)
{
	char c;

	say("QUIT\r\n");
	hear_ok();
	if (read(server.fd, &c, 1) != 0)
		load_fail("not closed after QUIT");
	close(server.fd);
}

/* Dots that are a line of their own in what has come; the last four octets stay for the next look.
 */
static unsigned long final_dots(void)
{
	unsigned long found = 0;
	char *at = server.in, *end = server.in + server.have;

	while (end - at >= 5 && (at = memchr(at + 2, '.', (size_t)(end - at) - 4))) {
		found += memcmp(at - 2, "\r\n.\r\n", 5) == 0;
		at -= 1;
	}
	return found;
}

/*
 * So many replies of many lines; returns their octets, with the status lines. The end is where the
 * server has nothing more to say, so what is looked through may be thrown away.
 */
static uint64_t hear_replies(unsigned long count)
{
	uint64_t octets = 0;

	for (unsigned long found = 0; found < count;) {
		octets += hear_more();
		found += final_dots();
		if (server.have > 4)
			used(server.have - 4);
	}
	server.have = 0;
	return octets;
}

/* Lines of a reply of many lines, without the first and the last. */
static unsigned long hear_lines(void)
{
	unsigned long lines = 0;
	bool over = false;

	hear_ok();
	while (!over) {
		char *at = server.in, *end, *lf;

		if (server.have == 0 || !memchr(server.in, '\n', server.have))
			hear_more();
		for (end = server.in + server.have;
			!over && (lf = memchr(at, '\n', (size_t)(end - at))); at = lf + 1) {
			over = lf - at == 2 && *at == '.';
			lines += !over;
		}
		used((size_t)(at - server.in));
	}
	return lines;
}

static void list(char **args)
{
	unsigned long times = load_number(args[1]), messages = 0;
	double start = load_clock();

	for (unsigned long i = 0; i < times; i++) {
		unsigned long n;

		session_open(args[0]);
		say("LIST\r\n");
		n = hear_lines();
		say("UIDL\r\n");
		if (hear_lines() != n)
			load_fail("LIST and UIDL differ");
		session_close();
		messages += n;
	}
	load_report((double)messages, load_clock() - start);
}

/* "VERB 1" to "VERB count", as one text. */
static char *commands(const char *verb, unsigned long count)
{
	struct str s;
	size_t cap = count * 32 + 1;
	char *text = malloc(cap);

	if (text)
		str_init(&s, text, cap);
	else
		load_fail("no memory");
	for (unsigned long i = 1; i <= count; i++)
		str_addf(&s, "%s %lu\r\n", verb, i);
	return text;
}

/* One after the other: each when the last one's reply has come whole. */
static double lock_step(char *text, unsigned long count, bool body)
{
	double octets = 0;
	char *at = text;

	for (unsigned long i = 0; i < count; i++) {
		char *next = strchr(at, '\n') + 1, first = *next;

		*next = 0;
		say(at);
		*next = first;
		at = next;
		if (body)
			octets += (double)hear_replies(1);
		else
			hear_ok();
	}
	return octets;
}

static double pipelined(char *text, unsigned long count, bool body)
{
	say(text);
	if (body)
		return (double)hear_replies(count);
	for (unsigned long i = 0; i < count; i++)
		hear_ok();
	return 0;
}

/* In one session, for so many times; the login is not counted. */
static void all_messages(char **args, const char *verb)
{
	bool body = str_same(verb, "RETR"), pipes = str_same(args[1], "pipelined");
	unsigned long times = load_number(args[2]), count;
	double octets = 0, start;
	char *text;

	if (!pipes && !str_same(args[1], "lock-step"))
		load_fail("what is %s", args[1]);
	session_open(args[0]);
	say("STAT\r\n");
	count = hear_ok();
	text = commands(verb, count);
	start = load_clock();
	for (unsigned long i = 0; i < times; i++) {
		octets += pipes ? pipelined(text, count, body) : lock_step(text, count, body);
		if (!body) {
			say("RSET\r\n");
			hear_ok();
		}
	}
	load_report(body ? octets / 1e6 : (double)(count * times), load_clock() - start);
	session_close();
	free(text);
}

static void retr(char **args)
{
	all_messages(args, "RETR");
}

static void dele(char **args)
{
	all_messages(args, "DELE");
}

static int log_in(unsigned long which)
{
	char user[64];

	snprintf(user, sizeof user, "%s%lu", name, which + 1);
	session_open(user);
	return server.fd;
}

static void log_out(int fd)
{
	server.fd = fd;
	session_close();
}

/* All are logged in. */
static void hold(char **args)
{
	name = args[0];
	load_hold(load_number(args[1]), log_in, log_out);
}

static const struct {
	const char *name;
	int arguments;
	void (*run)(char **args);
} works[] = {
	{"login", 4, login},
	{"list", 2, list},
	{"retr", 3, retr},
	{"dele", 3, dele},
	{"hold", 2, hold},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
		if (argc < 3 || strcmp(argv[1], works[i].name) != 0 ||
			argc - 3 != works[i].arguments)
			continue;
		port = argv[2];
		works[i].run(argv + 3);
		return 0;
	}
	fputs(usage, stderr);
	return 64;
}
