/*
 * load: what the load generators share; see load.h. Run as anybody.
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 30000 /* ms in which something must happen */
#define RAMP 4 /* first clients that come unasked; each first word brings one more */

_Noreturn void load_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("load: ", stderr);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

double load_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void load_report(double count, double seconds)
{
	printf("%.6f %.6f\n", count, seconds);
}

unsigned long load_number(const char *word)
{
	char *end;
	unsigned long n = strtoul(word, &end, 10);

	if (*end || n == 0)
		load_fail("not a number: %s", word);
	return n;
}

int load_connect(const char *port, bool wait)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (wait ? 0 : SOCK_NONBLOCK), 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((unsigned short)load_number(port));
	if (fd < 0 || (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS))
		load_fail("port %s: %s", port, strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return fd;
}

void load_raise_limit(void)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

/* Sends what the connection takes now. */
static void send_some(struct load_client *c)
{
	ssize_t n = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		load_fail("session %lu: %s", c->session, strerror(errno));
	if (n > 0) {
		c->out += n;
		c->out_len -= (size_t)n;
	}
}

void load_say(struct load_client *c, const char *octets, size_t n)
{
	if (c->out_len)
		load_fail("session %lu: says two things at once", c->session);
	c->out = octets;
	c->out_len = n;
	send_some(c);
}

void load_sayf(struct load_client *c, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(c->own, sizeof c->own, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof c->own)
		load_fail("too long to say");
	load_say(c, c->own, (size_t)n);
}

static void take_lines(const struct load *load, struct load_client *c)
{
	char *at = c->in, *end = c->in + c->have, *lf;

	while ((lf = memchr(at, '\n', (size_t)(end - at)))) {
		*lf = 0;
		if (lf > at && lf[-1] == '\r')
			lf[-1] = 0;
		load->line(c, at);
		at = lf + 1;
	}
	c->have = (size_t)(end - at);
	memmove(c->in, at, c->have);
}

/* False: the session has ended, as it should. */
static bool take_input(const struct load *load, struct load_client *c)
{
	ssize_t n = recv(c->fd, c->in + c->have, sizeof c->in - c->have, 0);

	if (n < 0 && errno == EAGAIN)
		return true;
	if (n == 0 && c->over)
		return false;
	if (n <= 0)
		load_fail("session %lu, step %u: %s", c->session, c->step,
			n < 0 ? strerror(errno) : "closed, or a line too long");
	c->heard = true;
	c->have += (size_t)n;
	take_lines(load, c);
	return true;
}

struct run {
	const struct load *load;
	struct load_client *clients;
	struct pollfd *polls;
	unsigned open; /* places: clients that have come, and who follows them */
	unsigned long begun, ended;
};

static void open_session(
	const struct load *load, struct load_client *c, struct pollfd *p, unsigned long session)
{
	unsigned number = c->number;

	*c = (struct load_client){.number = number, .session = session};
	c->fd = load_connect(load->port, false);
	*p = (struct pollfd){.fd = c->fd, .events = POLLIN};
}

/* One client's turn; true: its session has ended, and its place is free. */
static bool serve_client(const struct load *load, struct load_client *c, struct pollfd *p)
{
	if (p->revents & POLLOUT)
		send_some(c);
	if (p->revents & (POLLIN | POLLHUP | POLLERR) && !take_input(load, c)) {
		close(c->fd);
		p->fd = -1;
		return true;
	}
	p->events = (short)(c->out_len ? POLLIN | POLLOUT : POLLIN);
	return false;
}

static void open_next(struct run *run, unsigned place)
{
	if (run->begun < run->load->sessions)
		open_session(run->load, &run->clients[place], &run->polls[place], run->begun++);
}

/* One place's turn. */
static void serve_place(struct run *run, unsigned place)
{
	struct load_client *c = &run->clients[place];
	bool heard = c->heard;

	if (serve_client(run->load, c, &run->polls[place])) {
		run->ended++;
		open_next(run, place);
	}
	if (!heard && c->heard && run->open < run->load->at_once)
		open_next(run, run->open++);
}

double load_run(const struct load *load)
{
	struct run run = {.load = load,
		.clients = calloc(load->at_once, sizeof *run.clients),
		.polls = calloc(load->at_once, sizeof *run.polls)};
	double start = load_clock();

	if (!run.clients || !run.polls)
		load_fail("no memory");
	load_raise_limit();
	for (unsigned i = 0; i < load->at_once; i++) {
		run.clients[i].number = i;
		run.polls[i].fd = -1;
	}
	while (run.open < RAMP && run.open < load->at_once)
		open_next(&run, run.open++);
	while (run.ended < load->sessions) {
		if (poll(run.polls, run.open, PATIENCE) <= 0)
			load_fail("nothing happens after %lu sessions", run.ended);
		for (unsigned i = 0; i < run.open; i++)
			if (run.polls[i].revents)
				serve_place(&run, i);
	}
	free(run.clients);
	free(run.polls);
	return load_clock() - start;
}

void load_hold(unsigned long count, int (*begin)(unsigned long which), void (*end)(int fd))
{
	int *fds = calloc(count, sizeof *fds);

	if (!fds)
		load_fail("no memory");
	load_raise_limit();
	for (unsigned long i = 0; i < count; i++)
		fds[i] = begin(i);
	puts("held");
	fflush(stdout);
	while (getchar() != '\n' && !feof(stdin))
		;
	for (unsigned long i = 0; i < count; i++)
		end(fds[i]);
	free(fds);
}
