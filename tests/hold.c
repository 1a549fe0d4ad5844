/*
 * hold: many POP3 or SMTP clients at once, against a daemon of the tests. Shares no code with it.
 *
 *   hold PORT N [USER SECRET]   opens N connections, from 127.0.0.2 on with 50 from each address,
 * and logs each in to a mailbox of its own (USER1, USER2, ...); then says "held". Each line of
 * standard input goes to all of them; "ok" when all have answered it with +OK; after QUIT all must
 * close as well. hold storm PORT N AT_ONCE   N sessions of greeting and QUIT, so many at a time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PER_SOURCE 50
#define PATIENCE 60000 /* ms for one answer */

static const char usage[] = "usage: hold PORT N [USER SECRET] | hold storm PORT N AT_ONCE\n";

static struct sockaddr_in server = {.sin_family = AF_INET};

__attribute__((format(printf, 1, 2))) static _Noreturn void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* The i-th connection, from an address that no other 50 share. */
static int open_client(unsigned i)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in own = {.sin_family = AF_INET};

	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + i / PER_SOURCE);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof own) < 0 ||
		connect(fd, (struct sockaddr *)&server, sizeof server) < 0)
		fail("connection %u: %s", i, strerror(errno));
	return fd;
}

/* One line must come, and be +OK (or, by SMTP, 2yz). Lines are short, and no more than one is under
 * way. */
static void expect_ok(int fd, unsigned i)
{
	char line[600] = "";
	size_t len = 0;

	while (!memchr(line, '\n', len)) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n = poll(&p, 1, PATIENCE) > 0 ? read(fd, line + len, sizeof line - 1 - len)
						      : -1;

		if (n <= 0)
			fail("connection %u: %s after \"%s\"", i, n < 0 ? "nothing" : "the end",
				line);
		len += (size_t)n;
	}
	if (strncmp(line, "+OK", 3) != 0 && line[0] != '2')
		fail("connection %u: %s", i, line);
}

static void expect_end(int fd, unsigned i)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char c;

	if (poll(&p, 1, PATIENCE) <= 0 || read(fd, &c, 1) != 0)
		fail("connection %u: not closed", i);
	close(fd);
}

static void say(int fd, unsigned i, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
		fail("connection %u: %s", i, strerror(errno));
}

/* Says it on all, so that they work at the same time, and then waits for all answers. */
static void all_say(const int *fds, unsigned n, const char *line, bool numbered)
{
	for (unsigned i = 0; i < n; i++) {
		char number[16] = "", text[600];

		if (numbered)
			snprintf(number, sizeof number, "%u", i + 1);
		snprintf(text, sizeof text, "%s%s\r\n", line, number);
		say(fds[i], i, text);
	}
	for (unsigned i = 0; i < n; i++)
		expect_ok(fds[i], i);
}

/* "USER name1", "USER name2", ...; "PASS secret" */
static void log_in(const int *fds, unsigned n, const char *user, const char *secret)
{
	char line[500];

	snprintf(line, sizeof line, "USER %s", user);
	all_say(fds, n, line, true);
	snprintf(line, sizeof line, "PASS %s", secret);
	all_say(fds, n, line, false);
}

static void obey_input(const int *fds, unsigned n)
{
	char line[500];

	puts("held");
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\r\n")] = 0;
		all_say(fds, n, line, false);
		if (strcasecmp(line, "QUIT") == 0)
			for (unsigned i = 0; i < n; i++)
				expect_end(fds[i], i);
		puts("ok");
	}
}

static void hold(unsigned n, const char *user, const char *secret)
{
	int *fds = calloc(n, sizeof *fds);

	if (!fds)
		fail("no memory");
	for (unsigned i = 0; i < n; i++) {
		fds[i] = open_client(i);
		expect_ok(fds[i], i);
	}
	if (user)
		log_in(fds, n, user, secret);
	obey_input(fds, n);
	free(fds);
}

static void storm(unsigned n, unsigned at_once)
{
	for (unsigned done = 0; done < n; done += at_once) {
		int fds[PER_SOURCE];

		for (unsigned i = 0; i < at_once; i++) {
			fds[i] = open_client(i);
			say(fds[i], i,
				"QUIT\r\n"); /* before the greeting, as a hasty client might */
		}
		for (unsigned i = 0; i < at_once; i++) {
			char all[600];
			size_t len = 0;
			ssize_t got;

			while ((got = read(fds[i], all + len, sizeof all - 1 - len)) > 0)
				len += (size_t)got;
			all[len] = 0;
			if (got < 0 || strncmp(all, "+OK ", 4) != 0 || !strstr(all, "\r\n+OK"))
				fail("session %u: %s", done + i, got < 0 ? strerror(errno) : all);
			close(fds[i]);
		}
	}
	puts("ok");
}

/* As many descriptors as we may have. */
static void raise_limit(void)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

int main(int argc, char **argv)
{
	bool stormy = argc == 5 && strcmp(argv[1], "storm") == 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3 && argc != 5) {
		fputs(usage, stderr);
		return 64;
	}
	raise_limit();
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.sin_port = htons((unsigned short)atoi(argv[1 + stormy]));
	if (stormy && atoi(argv[4]) > 0 && atoi(argv[4]) <= PER_SOURCE)
		storm((unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]));
	else
		hold((unsigned)atoi(argv[2]), argc == 5 ? argv[3] : NULL, argv[argc - 1]);
	return 0;
}
