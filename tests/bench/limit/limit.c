/*
 * limit: a bare server that forks once for each client; see limit.h.
 */
#include "limit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "net.h"

_Noreturn void limit_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static int open_listener(void)
{
	struct net_addr at;
	char text[NET_TEXT];
	int fd;

	net_parse("127.0.0.1:0", 0, &at);
	fd = net_listen(&at, SOCK_STREAM);
	if (fd < 0 || fcntl(fd, F_SETFL, 0) < 0)
		limit_fail("cannot listen: %s", strerror(errno));
	net_local(fd, &at);
	fprintf(stderr, "listening on %s\n", net_text(&at, text));
	return fd;
}

_Noreturn void limit_serve(void (*session)(int client))
{
	int listener = open_listener();

	for (;;) {
		int client = accept(listener, NULL, NULL);

		if (client < 0)
			limit_fail("accept: %s", strerror(errno));
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (fork() == 0) {
			close(listener);
			setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
			session(client);
			_exit(0);
		}
		close(client);
	}
}

char *limit_line(int fd, struct limit_input *in)
{
	char *line = in->octets + in->start, *lf;

	while (!(lf = memchr(line, '\n', in->have - in->start))) {
		ssize_t n;

		in->have -= in->start;
		memmove(in->octets, line, in->have);
		in->start = 0;
		line = in->octets;
		n = read(fd, line + in->have, sizeof in->octets - in->have);
		if (n <= 0)
			_exit(0);
		in->have += (size_t)n;
	}
	in->start = (size_t)(lf + 1 - in->octets);
	*lf = 0;
	if (lf > line && lf[-1] == '\r')
		lf[-1] = 0;
	return line;
}

void limit_write(int fd, const char *octets, size_t n)
{
	if (write_all(fd, octets, n) < 0)
		_exit(1);
}

void limit_say(int fd, const char *text)
{
	limit_write(fd, text, strlen(text));
}
