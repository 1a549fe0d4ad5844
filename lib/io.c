/*
 * io: one buffered connection with absolute deadlines. Runs in fronts (in the jail) and keepers;
 * never allocates.
 */
#include "io.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "memory.h"
#include "str.h"

static volatile sig_atomic_t stop_asked;
static sigset_t busy_mask, idle_mask; /* of signals, while waiting in a message and for a command */

static void note_stop(int signal)
{
	(void)signal;
	stop_asked = 1;
}

void io_heed_stop(void)
{
	struct sigaction act = {.sa_handler = note_stop};
	sigset_t term;
	sigemptyset(&act.sa_mask);
	sigaction(SIGTERM, &act, NULL);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &idle_mask);
	busy_mask = idle_mask;
	sigdelset(&idle_mask, SIGTERM);
	sigaddset(&busy_mask, SIGTERM);
}

static bool is_socket(int fd)
{
	int type;
	socklen_t n = sizeof type;
	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0;
}

void io_open(
	struct io *io, int in, int out, char *buf, size_t cap, char *obuf, size_t ocap, int stall)
{
	*io = (struct io){.in = in,
		.out = out,
		.in_socket = is_socket(in),
		.out_socket = is_socket(out),
		.buf = buf,
		.cap = cap,
		.obuf = obuf,
		.ocap = ocap,
		.stall = stall};
}

void io_deadline(struct io *io, int seconds)
{
	io->deadline = now_ms() + (int64_t)seconds * 1000;
}

/* Waits for `events` on fd until the deadline. With `idle`, a SIGTERM ends the wait. */
static enum io_result wait_for(int fd, short events, int64_t deadline, bool idle)
{
	for (;;) {
		if (idle && stop_asked)
			return IO_STOP;
		int64_t left = deadline - now_ms();
		if (left <= 0) /* also when there is something to read: a flood is no excuse */
			return IO_TIMEOUT;
		struct timespec t = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
		struct pollfd p = {.fd = fd, .events = events};
		int n = ppoll(&p, 1, &t, idle ? &idle_mask : &busy_mask);
		if (n > 0)
			return IO_OK;
		if (n == 0)
			return IO_TIMEOUT;
		if (errno != EINTR)
			return IO_ERROR;
	}
}

/* A pipe or a terminal that poll() calls writable takes this much without blocking. */
static ssize_t write_some(const struct io *io, const char *octets, size_t n)
{
	if (io->out_socket)
		return send(io->out, octets, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(io->out, octets, n < PIPE_BUF ? n : PIPE_BUF);
}

/* A socket is tried first and waited for when it is full; anything else the other way round. */
static enum io_result send_all(struct io *io, const char *octets, size_t n)
{
	bool wait = !io->out_socket;
	while (n > 0) {
		enum io_result r = IO_OK;
		if (wait)
			r = wait_for(io->out, POLLOUT, now_ms() + io->stall, false);
		if (r != IO_OK) {
			errno = r == IO_TIMEOUT ? ETIMEDOUT : errno;
			return r;
		}
		ssize_t done = write_some(io, octets, n);
		wait = !io->out_socket || done < 0;
		if (done < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (done < 0)
			return IO_ERROR;
		octets += done;
		n -= (size_t)done;
		io->sent += (uint64_t)done;
	}
	return IO_OK;
}

bool io_flush(struct io *io)
{
	size_t n = io->olen;
	io->olen = 0;
	if (n > 0 && io->error == 0 && send_all(io, io->obuf, n) != IO_OK)
		io->error = errno ? errno : EIO;
	return io->error == 0;
}

void io_pause(struct io *io, int milliseconds)
{
	io_flush(io);
	wait_for(-1, 0, now_ms() + milliseconds, true);
}

char *io_room(struct io *io, size_t least, size_t *room)
{
	if (io->ocap - io->olen < least)
		io_flush(io);
	*room = io->ocap - io->olen;
	return io->obuf + io->olen;
}

void io_wrote(struct io *io, size_t n)
{
	io->olen += n;
}

void io_putn(struct io *io, const char *octets, size_t n)
{
	while (n > 0) {
		size_t room;
		char *to = io_room(io, 1, &room);
		size_t part = n < room ? n : room;
		memcpy(to, octets, part);
		io_wrote(io, part);
		octets += part;
		n -= part;
	}
}

void io_put(struct io *io, const char *text)
{
	io_putn(io, text, strlen(text));
}

void io_putf(struct io *io, const char *format, ...)
{
	char line[1024];
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	if (n > 0)
		io_putn(io, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

/* A client that is idle for a while finds buffers that are used by nobody. */
static enum io_result wait_for_input(struct io *io, bool idle)
{
	int64_t soon = now_ms() + MEMORY_REST;
	if (!idle || io->end > 0 || io->deadline <= soon)
		return wait_for(io->in, POLLIN, io->deadline, idle);
	enum io_result r = wait_for(io->in, POLLIN, soon, idle);
	if (r != IO_TIMEOUT)
		return r;
	memory_rest(io->buf, io->cap);
	memory_rest(io->obuf, io->ocap);
	memory_rest_stack();
	return wait_for(io->in, POLLIN, io->deadline, idle);
}

/* Reads what there is behind `end`; what waits to be sent goes out first. */
static enum io_result fill(struct io *io, bool idle)
{
	if (!io_flush(io))
		return IO_ERROR;
	if (io->start > 0) {
		memmove(io->buf, io->buf + io->start, io->end - io->start);
		io->end -= io->start;
		io->start = 0;
	}
	for (;;) {
		enum io_result r = wait_for_input(io, idle);
		if (r != IO_OK)
			return r;
		char *to = io->buf + io->end;
		size_t room = io->cap - io->end;
		ssize_t n = io->in_socket ? recv(io->in, to, room, MSG_DONTWAIT)
					  : read(io->in, to, room);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return n == 0 ? IO_EOF : IO_ERROR;
		io->end += (size_t)n;
		io->received += (uint64_t)n;
		return IO_OK;
	}
}

/* The rest of a line that is too long, up to its LF, goes nowhere. */
static enum io_result discard_line(struct io *io)
{
	for (;;) {
		char *at = io->buf + io->start;
		char *lf = memchr(at, '\n', io->end - io->start);
		if (lf) {
			io_take(io, (size_t)(lf - at) + 1);
			return IO_LONG;
		}
		io->start = io->end = 0;
		enum io_result r = fill(io, true);
		if (r != IO_OK)
			return r;
	}
}

enum io_result io_line(struct io *io, size_t max, char **line, size_t *len)
{
	char *at, *lf;
	for (;;) {
		at = io->buf + io->start;
		lf = memchr(at, '\n', io->end - io->start);
		if (lf)
			break;
		if (io->end - io->start >= max)
			return discard_line(io);
		enum io_result r = fill(io, true);
		if (r != IO_OK)
			return r;
	}
	size_t n = (size_t)(lf - at);
	io_take(io, n + 1);
	if (n + 1 > max)
		return IO_LONG;
	if (memchr(at, '\0', n))
		return IO_NUL;
	if (n > 0 && at[n - 1] == '\r')
		n--;
	at[n] = '\0';
	*line = at;
	*len = n;
	return IO_OK;
}

enum io_result io_first(struct io *io, char **at, size_t *n)
{
	while (io->start == io->end) {
		enum io_result r = fill(io, true);
		if (r != IO_OK)
			return r;
	}
	*at = io->buf + io->start;
	*n = io->end - io->start;
	return IO_OK;
}

bool io_talks(const struct io *io, int seconds)
{
	struct pollfd p = {.fd = io->in, .events = POLLIN};
	struct timespec t = {.tv_sec = seconds};
	return io->start < io->end || ppoll(&p, 1, &t, &idle_mask) > 0;
}

enum io_result io_want(struct io *io, size_t want, char **at, size_t *n)
{
	if (want > io->cap)
		want = io->cap;
	while (io->end - io->start < want) {
		enum io_result r = fill(io, false);
		if (r != IO_OK)
			return r;
	}
	*at = io->buf + io->start;
	*n = io->end - io->start;
	return IO_OK;
}

enum io_result io_span(struct io *io, char **at, size_t *n)
{
	return io_want(io, 1, at, n);
}

void io_take(struct io *io, size_t n)
{
	io->start += n;
	if (io->start == io->end)
		io->start = io->end = 0;
}

int write_all(int fd, const void *octets, size_t n)
{
	const char *at = octets;
	while (n > 0) {
		ssize_t done = write(fd, at, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}
