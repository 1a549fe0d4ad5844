/*
 * load: what the load generators share: a clock, connections to a port of 127.0.0.1, and many
 * clients at once in dialogues of lines, on one poll loop. Run as anybody, beside any server.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#define LOAD_LINE 1024 /* octets of the longest reply line */

/* Dies with status 1: a load whose server does not do as it should has no figures. */
_Noreturn void load_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Seconds of the monotonic clock. */
double load_clock(void);

/* The one line of figures on standard output: so many operations (or megabytes) in so many
 * seconds. */
void load_report(double count, double seconds);

/* A number of the command line, at least 1. */
unsigned long load_number(const char *word);

/* A connected socket with TCP_NODELAY; `wait` false: a non-blocking one, connected soon. */
int load_connect(const char *port, bool wait);

/* As many descriptors as we may have. */
void load_raise_limit(void);

struct load_client {
	unsigned number; /* 0 .. at_once - 1 */
	unsigned long session; /* of all, from 0 on */
	unsigned step, part; /* the dialogue's own; 0 at the start of a session */
	bool over; /* set by the dialogue: the server is to close now */
	int fd; /* what follows is the loop's own */
	bool heard; /* anything */
	const char *out;
	size_t out_len, have;
	char own[512], in[LOAD_LINE];
};

struct load {
	const char *port;
	unsigned at_once;
	unsigned long sessions; /* in all */
	void (*line)(struct load_client *c, const char *line); /* one has come, without its CRLF */
};

/* What a client says: `octets` must stay as they are until they are sent; one thing at a time. */
void load_say(struct load_client *c, const char *octets, size_t n);
void load_sayf(struct load_client *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Plays all sessions, so many at once; returns the seconds from the first to the end of the last.
 * They do not all come in one moment, which a server with a short queue of listen() would not
 * stand.
 */
double load_run(const struct load *load);

/*
 * Begins so many sessions, one after the other, says "held", and when there is a line on standard
 * input, or its end, ends them.
 */
void load_hold(unsigned long count, int (*begin)(unsigned long which), void (*end)(int fd));

#endif
