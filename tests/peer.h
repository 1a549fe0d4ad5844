/*
 * peer: the server that a transcript is played against: reached, or started as a superserver would.
 *
 * Part of talk.c, which defines fail(). What waits to be sent and what has come lies in memory, and
 * one wait serves both ways, so that neither side can block the other.
 */
#ifndef TESTS_PEER_H
#define TESTS_PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Reports, ends the program, and exits 1. */
__attribute__((format(printf, 1, 2))) static _Noreturn void fail(const char *format, ...);

struct octets {
	char *at;
	size_t from, len, cap; /* [at + from, at + from + len) */
};

static struct {
	int in, out; /* -1: closed by us */
	bool ended; /* the server has closed */
	pid_t program; /* 0: none */
	int stop; /* the signal that ends the program, 0: it ends by itself */
	size_t piece; /* octets of a write at most, 0: any */
	unsigned pauses;
	int seconds;
	int64_t deadline;
	const char *log; /* for the program's standard error, or NULL */
	struct octets got, queue;
} peer = {.in = -1, .out = -1, .seconds = 30};

static inline char *head(const struct octets *o)
{
	return o->at + o->from;
}

static inline void add(struct octets *o, const char *text, size_t len)
{
	if (o->from + o->len + len >= o->cap) {
		o->cap = (o->from + o->len + len + 1) * 2;
		o->at = realloc(o->at, o->cap);
		if (!o->at)
			fail("no memory");
	}
	if (len > 0)
		memcpy(head(o) + o->len, text, len);
	o->len += len;
	head(o)[o->len] = 0;
}

static inline void drop(struct octets *o, size_t len)
{
	o->len -= len;
	o->from = o->len > 0 ? o->from + len : 0;
}

static inline int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void peer_pull(void)
{
	char buffer[65536];
	ssize_t n = read(peer.in, buffer, sizeof buffer);

	if (n > 0)
		add(&peer.got, buffer, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		peer.ended = true;
}

static inline void peer_push(void)
{
	size_t len = peer.piece > 0 && peer.queue.len > peer.piece ? peer.piece : peer.queue.len;
	ssize_t n = write(peer.out, head(&peer.queue), len);

	if (n > 0)
		drop(&peer.queue, (size_t)n);
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		drop(&peer.queue, peer.queue.len); /* it has closed: what it said tells why */
	/* A moment, so that the server finds this piece by itself; not for ever in long lines. */
	if (peer.piece > 0 && peer.pauses++ < 5000)
		ppoll(NULL, 0, &(struct timespec){.tv_nsec = 20000}, NULL);
}

/* One wait: sends some of what is queued and takes what has come. */
static inline void peer_pump(void)
{
	struct pollfd fds[] = {{.fd = peer.ended ? -1 : peer.in, .events = POLLIN},
		{.fd = peer.queue.len > 0 ? peer.out : -1, .events = POLLOUT}};
	int64_t left = peer.deadline - now();

	if (left <= 0 || poll(fds, 2, (int)left) == 0)
		fail("time is up: %d seconds", peer.seconds);
	if (fds[0].revents)
		peer_pull();
	if (fds[1].revents)
		peer_push();
}

static inline void peer_send(void)
{
	while (peer.queue.len > 0)
		peer_pump();
}

static inline int check(int result, const char *what)
{
	if (result < 0)
		fail("%s: %s", what, strerror(errno));
	return result;
}

static inline int tcp_socket(int family)
{
	int fd = check(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return fd;
}

/* A listening socket on a port of the kernel's choice, and where it is. */
static inline int tcp_listener(struct sockaddr_in *at)
{
	int fd = tcp_socket(AF_INET);
	socklen_t size = sizeof *at;

	*at = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	check(bind(fd, (struct sockaddr *)at, size), "bind");
	check(listen(fd, 5), "listen");
	check(getsockname(fd, (struct sockaddr *)at, &size), "getsockname");
	return fd;
}

static inline int tcp_connect(const void *to, socklen_t size)
{
	int fd = tcp_socket(((const struct sockaddr *)to)->sa_family);

	check(connect(fd, to, size), "connect");
	return fd;
}

static inline void peer_connect(const char *host, const char *port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = v4.sin_port};

	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
		peer.in = tcp_connect(&v4, sizeof v4);
	else if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1)
		peer.in = tcp_connect(&v6, sizeof v6);
	else
		fail("%s: not an address", host);
	peer.out = peer.in;
}

/* What the program gets as its descriptors from 0 on; -1: /dev/null below 2, our own standard error
 * as 2. */
struct gift {
	int fd[4];
	bool systemd;
};

static inline struct gift give_tcp(void)
{
	struct sockaddr_in at;
	int listener = tcp_listener(&at), fd;

	peer.in = peer.out = tcp_connect(&at, sizeof at);
	fd = check(accept(listener, NULL, NULL), "accept");
	close(listener);
	return (struct gift){.fd = {fd, fd, fd, -1}};
}

static inline struct gift give_accepted(void)
{
	return (struct gift){.fd = {-1, -1, -1, give_tcp().fd[0]}, .systemd = true};
}

static inline struct gift give_listener(void)
{
	struct sockaddr_in at;
	int fd = tcp_listener(&at);

	peer.in = peer.out = tcp_connect(&at, sizeof at);
	peer.stop = SIGTERM;
	return (struct gift){.fd = {-1, -1, -1, fd}, .systemd = true};
}

static inline struct gift give_unix(void)
{
	int pair[2];

	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), "socketpair");
	peer.in = peer.out = pair[0];
	return (struct gift){.fd = {pair[1], pair[1], -1, -1}};
}

static inline struct gift give_pipe(void)
{
	int to[2], from[2];

	check(pipe2(to, O_CLOEXEC), "pipe");
	check(pipe2(from, O_CLOEXEC), "pipe");
	peer.in = from[0];
	peer.out = to[1];
	return (struct gift){.fd = {to[0], from[1], -1, -1}};
}

static const struct {
	const char *how;
	struct gift (*give)(void);
} gifts[] = {
	{"inetd", give_tcp},
	{"pipe", give_pipe},
	{"unix", give_unix},
	{"accepted", give_accepted},
	{"listener", give_listener},
};

static inline _Noreturn void become(const struct gift *gift, char **argv)
{
	for (int i = 0; i < 4; i++) {
		int fd = gift->fd[i];

		if (fd < 0 && i < 2)
			fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (i == 2 && peer.log)
			fd = open(peer.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		if (fd == i)
			fcntl(fd, F_SETFD, 0);
		else if (fd >= 0)
			dup2(fd, i);
	}
	if (gift->systemd) {
		char text[16];

		snprintf(text, sizeof text, "%d", (int)getpid());
		setenv("LISTEN_PID", text, 1);
		setenv("LISTEN_FDS", "1", 1);
	}
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	_exit(127);
}

/* Starts argv[1] in the way that argv[0] names; false: there is no such way. */
static inline bool peer_start(char **argv)
{
	for (size_t i = 0; i < sizeof gifts / sizeof *gifts; i++) {
		struct gift gift;

		if (strcmp(argv[0], gifts[i].how) != 0)
			continue;
		gift = gifts[i].give();
		peer.program = check(fork(), "fork");
		if (peer.program == 0)
			become(&gift, argv + 1);
		for (int fd = 0; fd < 4; fd++)
			if (gift.fd[fd] >= 0)
				close(gift.fd[fd]);
		return true;
	}
	return false;
}

static void out_of_time(int signal)
{
	(void)signal;
}

/* After the talk: the program ends, with status 0. */
static inline void peer_wait(void)
{
	struct sigaction action = {.sa_handler = out_of_time};
	int64_t left = peer.deadline - now();
	int status = 0;

	close(peer.in);
	if (peer.program == 0)
		return;
	if (peer.stop)
		kill(peer.program, peer.stop);
	sigaction(SIGALRM, &action, NULL); /* interrupts waitpid */
	alarm(left > 1000 ? (unsigned)(left / 1000) : 1);
	if (waitpid(peer.program, &status, 0) < 0)
		fail("the program has not ended");
	peer.program = 0;
	if (WIFSIGNALED(status))
		fail("the program died of signal %d", WTERMSIG(status));
	if (status != 0)
		fail("the program ended with status %d", WEXITSTATUS(status));
}

#endif
