/*
 * writeback: a large file begins to go to the disk while it is still written, so that the fsync()
 * at its end finds little left to do. It is that fsync() which promises something, and tells of
 * errors.
 *
 * One file for each system: writeback_linux.c and writeback_posix.c, which knows no such thing.
 */
#ifndef LIB_WRITEBACK_H
#define LIB_WRITEBACK_H

#include <stddef.h>
#include <stdint.h>

/* Of one file, from zeros on. */
struct writeback {
	uint64_t written, begun; /* octets, from its beginning or near it */
};

/* n more octets were written behind the others. Keeps errno. */
void writeback_add(struct writeback *w, int fd, size_t n);

#endif
