/*
 * pair: an io over one end of a socket pair, for its unit tests. A pair that keeps the borders of
 * records stands for a network: what is one record here arrives by one read.
 */
#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"
#include "unit.h"

#define ROOM 8192

static struct io io;
static int far; /* the client's end */
static char buf[3 * ROOM], obuf[ROOM];

static inline void open_io(int type, size_t cap, size_t ocap, int stall)
{
	int ends[2];
	if (socketpair(AF_UNIX, type, 0, ends) < 0)
		abort();
	far = ends[0];
	memset(buf, '#', sizeof buf);
	io_open(&io, ends[1], ends[1], buf, cap, obuf, ocap, stall);
	io_deadline(&io, 20);
}

static inline void arrive(const char *octets, size_t n)
{
	if (n > 0 && write(far, octets, n) != (ssize_t)n)
		abort();
}

static inline void arrives_no_more(void)
{
	close(far);
	far = -1;
}

static inline void close_io(void)
{
	close(io.in);
	if (far >= 0)
		arrives_no_more();
}

/* What the client has got up to now, as one text. */
static inline const char *got(void)
{
	static char text[ROOM];
	ssize_t n = recv(far, text, sizeof text - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

#endif
