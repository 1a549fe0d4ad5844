/*
 * lines: a file's lines, one after the other. Not by stdio, of whose memory every session would
 * keep some pages as its own.
 */
#ifndef LIB_LINES_H
#define LIB_LINES_H

#include <stdbool.h>
#include <stddef.h>

#define LINES_MAX 2048 /* octets of a line, its LF and a NUL: a longer one comes in parts */

struct lines {
	int fd; /* the caller's */
	size_t start, end;
	bool failed; /* read() has */
	char text[LINES_MAX];
};

void lines_begin(struct lines *l, int fd);

/*
 * The next one, until the call after it; NULL: no more. The LF that it ended with is cut off and
 * `whole` set; the last line of a file may lack it, and so do parts.
 */
char *lines_next(struct lines *l, bool *whole);

#endif
