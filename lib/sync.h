/*
 * sync: fsync() of several files at the same time. One after the other each would wait for the disk
 * anew; together they wait for it once or twice, as what writes a journal settles them all.
 *
 * One file for each system: sync_linux.c, and sync_posix.c, which knows no such thing.
 */
#ifndef LIB_SYNC_H
#define LIB_SYNC_H

#include <stddef.h>

struct sync {
	int fd;
	int error; /* set: errno of its fsync(), or 0 */
};

/* On the first call with more than two, Linux gives the process what it keeps for its life: a page,
 * 32 of what fs.aio-max-nr allows to all, and an end that lasts some hundredths of a second, before
 * which its files are not closed. */
void sync_all(struct sync *list, size_t n);

#endif
