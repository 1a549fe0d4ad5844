/*
 * exec: another program, run to its end: a hook, a filter, a delivery, a checkpassword.
 *
 * It begins as from a new login: no signal blocked or ignored, no descriptor but those it is given,
 * no environment but PATH and what it is given, in a process group of its own. What it has started
 * and left behind is killed at its end.
 */
#ifndef LIB_EXEC_H
#define LIB_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "priv.h"

#define EXEC_NOT_RUN 127 /* exit status of what could not be started, as shells have it */
#define EXEC_ENV 8 /* names that it may be given; with more it is not run (E2BIG) */

struct exec {
	char *const *argv; /* ends with NULL; [0] is a full path */
	const char *const *env; /* "NAME=value", ends with NULL; NULL: nothing */
	const int *fd; /* become its 0, 1, ...; -1: /dev/null; the rest of 0, 1 and 2, too */
	size_t fds;
	const struct priv_ids *owner; /* who it becomes if we are root; NULL: nobody else */
	uint64_t seconds; /* then it is killed */
	int watch; /* killed as well when something comes there, or its end; -1: nothing does */
	const struct exec_reader *reader; /* NULL: nobody reads; see exec_read() */
};

/* Who takes what a program writes, or it would wait for ever. */
struct exec_reader {
	int fd[2];
	void (*take)(const struct exec_reader *r); /* when there is something on one of them */
};

struct exec_end {
	enum exec_how {
		EXEC_STATUS, /* it has ended with this status */
		EXEC_SIGNAL, /* by this signal */
		EXEC_LATE, /* killed after so many seconds */
		EXEC_DROPPED, /* killed for `watch` */
		EXEC_ERRNO /* it could not be run */
	} how;
	int number;
};

struct exec_end exec_run(const struct exec *p);

/* What a program writes, cut at `room` octets, with the NUL that always ends them. */
struct exec_text {
	char *at;
	size_t room;
};

/* The same, of a program that is given 0 at most: `said` takes what it writes to its 1 and 2. */
struct exec_end exec_read(const struct exec *p, const struct exec_text said[2]);

/* For the log, as key and value: "status=1". Valid until the next call. */
const char *exec_end_text(struct exec_end end);

#endif
