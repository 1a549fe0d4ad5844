/*
 * limit: what the limit programs share: a bare server that forks once for each client. They hold a
 * server's dialogue, with answers that stand ready, and do nothing else.
 */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

#include <stddef.h>

/* Dies with status 1. */
_Noreturn void limit_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Listens on a port of 127.0.0.1, says "listening on 127.0.0.1:PORT" on standard error, and serves
 * each client in a child. Until a signal ends it. */
_Noreturn void limit_serve(void (*session)(int client));

struct limit_input {
	size_t start, have;
	char octets[4096];
};

/* The next line, without its CRLF; the end of input ends the process. */
char *limit_line(int fd, struct limit_input *in);

void limit_say(int fd, const char *text);
void limit_write(
	int fd, const char *octets, size_t n); /* the end of the connection ends the process */

#endif
