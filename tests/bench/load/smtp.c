/*
 * smtp: the load for SMTP servers: messages over many connections at once; or sessions held idle.
 * Run as anybody.
 */
#include "load.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "str.h"

#define USERS 100 /* u0@example.org to u99@example.org */
#define ARRIVALS 16000 /* the kernel remembers about so many that nobody has asked for */
#define PATIENCE 30000 /* ms in which something must happen */
#define HELLO "EHLO client.example.net\r\n"

static const char usage[] =
	"usage: smtp send PORT CONNECTIONS MESSAGES OCTETS RECIPIENTS [MAIL]\n"
	"                                 the messages, shared out among the connections, to the\n"
	"                                 users in turn; done when answered with 250 and, with "
	"the\n"
	"                                 folder of the users' Maildirs, when each is in new/\n"
	"       smtp send PORT CONNECTIONS MESSAGES envelope RECIPIENTS\n"
	"                                 no message behind the envelopes, but RSET\n"
	"       smtp hold PORT SESSIONS   until a line comes on standard input\n";

enum step { GREETING, HELLO_SAID, ENVELOPE, TEXT, LEAVING };

static struct {
	const char *port;
	unsigned long messages, begun, recipients;
	char *text; /* NULL: envelopes alone, which RSET ends */
	size_t text_len;
	char *envelope[USERS]; /* by the first recipient */
	bool *pipelines; /* by connection: RFC 2920 is announced */
	size_t *said; /* by connection: octets of its envelope */
	unsigned long *message; /* by connection */
} load;

/* A header, and lines of 72 octets; the dot behind them does not count. */
static void make_text(size_t octets)
{
	static const char head[] = "From: <load@example.net>\r\nTo: <u@example.org>\r\n"
				   "Subject: load\r\n\r\n";
	size_t at = sizeof head - 1;
	load.text = malloc(octets + 3);
	if (!load.text || octets < at + 76)
		load_fail("no message of %zu octets", octets);
	memcpy(load.text, head, at);
	for (size_t line = 0; at < octets - 2; line = (line + 1) % 74)
		load.text[at++] = line == 72 ? '\r' : line == 73 ? '\n' : 'a';
	if (load.text[at - 1] == '\r')
		load.text[at - 1] = 'a';
	memcpy(load.text + at, "\r\n.\r\n", 5);
	load.text_len = octets + 3;
}

static char *make_envelope(unsigned long first)
{
	size_t room = 64 + load.recipients * 32, n = 0;
	char *at = malloc(room);
	if (at)
		n = (size_t)snprintf(at, room, "MAIL FROM:<load@example.net>\r\n");
	else
		load_fail("no memory");
	for (unsigned long i = 0; i < load.recipients; i++)
		n += (size_t)snprintf(
			at + n, room - n, "RCPT TO:<u%lu@example.org>\r\n", (first + i) % USERS);
	snprintf(at + n, room - n, load.text ? "DATA\r\n" : "RSET\r\n");
	return at;
}

/* The rest of the envelope, or one command of it. */
static void say_envelope(struct load_client *c)
{
	unsigned long first = load.message[c->number] * load.recipients % USERS;
	if (!load.envelope[first])
		load.envelope[first] = make_envelope(first);
	const char *at = load.envelope[first] + load.said[c->number];
	size_t n = load.pipelines[c->number] ? strlen(at) : strcspn(at, "\n") + 1;
	load.said[c->number] += n;
	load_say(c, at, n);
}

static void begin_message(struct load_client *c)
{
	if (load.begun == load.messages) {
		c->step = LEAVING;
		load_sayf(c, "QUIT\r\n");
		return;
	}
	load.message[c->number] = load.begun++;
	load.said[c->number] = 0;
	c->step = ENVELOPE;
	c->part = 0;
	say_envelope(c);
}

static const char *expected(const struct load_client *c, bool last)
{
	if (c->step == GREETING)
		return "220";
	if (c->step == LEAVING)
		return "221";
	return c->step == ENVELOPE && last && load.text ? "354" : "250";
}

static void take_line(struct load_client *c, const char *line)
{
	bool last = c->step == ENVELOPE && c->part == load.recipients + 1;
	if (!str_begins(line, expected(c, last)))
		load_fail("session %lu: expected %s, got %s", c->session, expected(c, last), line);
	if (c->step == HELLO_SAID && strcmp(line + 4, "PIPELINING") == 0)
		load.pipelines[c->number] = true;
	if (line[3] == '-')
		return;
	if (c->step == GREETING) {
		c->step = HELLO_SAID;
		load_sayf(c, HELLO);
	} else if (c->step == HELLO_SAID || c->step == TEXT || (last && !load.text))
		begin_message(c);
	else if (c->step == LEAVING)
		c->over = true;
	else if (last) {
		c->step = TEXT;
		load_say(c, load.text, load.text_len);
	} else if (++c->part && !load.pipelines[c->number])
		say_envelope(c);
}

/* Every Maildir's new/, from now on. */
static int watch(const char *mail)
{
	int fd = inotify_init1(IN_CLOEXEC);
	for (unsigned u = 0; u < USERS; u++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/u%u/new", mail, u);
		if (inotify_add_watch(fd, path, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
			load_fail("%s: %s", path, strerror(errno));
	}
	return fd;
}

static unsigned long read_arrivals(int fd)
{
	_Alignas(struct inotify_event) static char events[256 * 1024];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	unsigned long count = 0;
	ssize_t n = poll(&p, 1, PATIENCE) > 0 ? read(fd, events, sizeof events) : -1;
	if (n <= 0)
		load_fail("messages are missing");
	for (char *at = events; at < events + n; count++) {
		const struct inotify_event *e = (const void *)at;
		if (e->mask & IN_Q_OVERFLOW)
			load_fail("too many arrivals");
		at += sizeof *e + e->len;
	}
	return count;
}

static void send_messages(char **args)
{
	struct load run = {.port = args[0], .line = take_line};
	int arrivals = -1;
	run.sessions = load_number(args[1]);
	run.at_once = (unsigned)run.sessions;
	load.messages = load_number(args[2]);
	if (strcmp(args[3], "envelope") != 0)
		make_text(load_number(args[3]));
	load.recipients = load_number(args[4]);
	load.pipelines = calloc(run.sessions, sizeof *load.pipelines);
	load.said = calloc(run.sessions, sizeof *load.said);
	load.message = calloc(run.sessions, sizeof *load.message);
	if (!load.pipelines || !load.said || !load.message || load.recipients > USERS)
		load_fail("too much at once");
	if (args[5] && load.messages * load.recipients > ARRIVALS)
		load_fail("more than %d arrivals", ARRIVALS);
	if (args[5])
		arrivals = watch(args[5]);
	double start = load_clock(), took = load_run(&run);
	unsigned long wanted = load.messages * load.recipients, arrived = 0;
	while (arrivals >= 0 && arrived < wanted) {
		arrived += read_arrivals(arrivals);
		took = load_clock() - start;
	}
	load_report((double)load.messages, took);
}

/* Up to the end of a reply. */
static void hear(int fd, const char *code)
{
	char reply[4096];
	size_t have = 0;
	const char *last = NULL;
	while (!last) {
		ssize_t n = read(fd, reply + have, sizeof reply - 1 - have);
		if (n <= 0)
			load_fail("closed, where %s was expected", code);
		have += (size_t)n;
		reply[have] = '\0';
		const char *line = reply, *lf;
		for (; (lf = strchr(line, '\n')) != NULL; line = lf + 1)
			if (str_begins(line, code) && line[3] == ' ')
				last = line;
	}
}

static int greet(unsigned long which)
{
	int fd = load_connect(load.port, true);
	(void)which;
	hear(fd, "220");
	if (write(fd, HELLO, sizeof HELLO - 1) < 0)
		load_fail("write: %s", strerror(errno));
	hear(fd, "250");
	return fd;
}

static void leave(int fd)
{
	if (write(fd, "QUIT\r\n", 6) < 0)
		load_fail("write: %s", strerror(errno));
	hear(fd, "221");
	close(fd);
}

static void hold(char **args)
{
	load.port = args[0];
	load_hold(load_number(args[1]), greet, leave);
}

int main(int argc, char **argv)
{
	if ((argc == 7 || argc == 8) && strcmp(argv[1], "send") == 0)
		send_messages(argv + 2);
	else if (argc == 4 && strcmp(argv[1], "hold") == 0)
		hold(argv + 2);
	else {
		fputs(usage, stderr);
		return 64;
	}
	return 0;
}
