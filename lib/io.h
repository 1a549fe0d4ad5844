/*
 * io: one buffered connection with absolute deadlines.
 *
 * Output collects in a buffer and leaves exactly when the reader is about to block, or when the
 * buffer is full; so the replies to pipelined commands share a packet and no handler flushes. The
 * first write error sticks: what is written after it goes nowhere, and the next read reports it.
 */
#ifndef LIB_IO_H
#define LIB_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum io_result {
	IO_OK,
	IO_LONG, /* a line was longer than allowed; all of it is discarded */
	IO_NUL, /* a line held a NUL; discarded */
	IO_EOF, /* the client closed; an unterminated last line is discarded */
	IO_TIMEOUT, /* the deadline passed */
	IO_STOP, /* the daemon was asked to end (SIGTERM) while the client was idle */
	IO_ERROR /* read or write failed: the connection is gone */
};

struct io {
	int in, out; /* may be the same; owned by the caller */
	bool in_socket, out_socket;
	char *buf; /* input: [start, end) is read but not used */
	size_t cap, start, end;
	char *obuf; /* output: [0, olen) waits */
	size_t ocap, olen;
	int64_t deadline; /* when the current read gives up, now_ms() */
	int stall; /* milliseconds without progress after which a write gives up */
	int error; /* errno of the first write that failed, or 0 */
	uint64_t received, sent; /* octets */
};

/* Buffers belong to the caller; static ones cost nothing until they are touched. `stall` in ms. */
void io_open(
	struct io *io, int in, int out, char *buf, size_t cap, char *obuf, size_t ocap, int stall);

/* Reads from now on give up `seconds` from now, however the octets drip in. */
void io_deadline(struct io *io, int seconds);

/* SIGTERM makes a waiting read return IO_STOP from now on. Called once, before the first read. */
void io_heed_stop(void);

/*
 * The next line: NUL-terminated in place, without its CRLF or LF, at most `max` octets counting the
 * line end; valid until the next read. A CR elsewhere is an ordinary octet.
 */
enum io_result io_line(struct io *io, size_t max, char **line, size_t *len);

/* At least one octet of input as it comes: *at and *n are what is there. Then io_take() what was
 * used. */
enum io_result io_span(struct io *io, char **at, size_t *n);
void io_take(struct io *io, size_t n);

/* The same before a line: a SIGTERM ends the wait. */
enum io_result io_first(struct io *io, char **at, size_t *n);

/* Whether the client talks, or leaves, within so many seconds. Reads nothing. */
bool io_talks(const struct io *io, int seconds);

/* Waits for a full buffer or `want` octets, whichever is less, before returning as io_span does. */
enum io_result io_want(struct io *io, size_t want, char **at, size_t *n);

void io_put(struct io *io, const char *text);
void io_putn(struct io *io, const char *octets, size_t n);
void io_putf(struct io *io, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Free room in the output buffer, at least `least` octets (which must be <= ocap): flushes if need
 * be. */
char *io_room(struct io *io, size_t least, size_t *room);
void io_wrote(struct io *io, size_t n); /* so many octets of it are used now */

bool io_flush(struct io *io); /* false: the connection is gone */

/* Flushes, and then waits; a SIGTERM that is heeded ends that, and is told by the next read. */
void io_pause(struct io *io, int milliseconds);

/* The only write loop for files and pipes in the tree. -1 and errno. */
int write_all(int fd, const void *octets, size_t n);

#endif
