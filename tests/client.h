/*
 * client: what the clients of the demonstration share.
 */
#ifndef TESTS_CLIENT_H
#define TESTS_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHOWN 3 /* lines, or packets, printed of what is long */

__attribute__((format(printf, 1, 2))) static inline _Noreturn void fail(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("client: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static inline FILE *file_open(const char *path, const char *mode)
{
	FILE *f = fopen(path, mode);

	if (!f)
		fail("%s: %s", path, strerror(errno));
	return f;
}

/* What was written is on its way to the disk, or the program ends. */
static inline void file_close(FILE *f, const char *path)
{
	if (fflush(f) != 0 || ferror(f) || fclose(f) != 0)
		fail("%s: cannot write", path);
}

static inline struct sockaddr_in loopback(const char *port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

#endif
