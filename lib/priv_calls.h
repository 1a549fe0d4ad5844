/*
 * priv_calls: which system calls each filter leaves, as a table. Linux only; for priv_linux.c.
 */
#ifndef LIB_PRIV_CALLS_H
#define LIB_PRIV_CALLS_H

#include <stddef.h>
#include <stdint.h>

/* The number is the same on every architecture that we know; older headers lack the names. */
enum {
	CALL_CLONE3 = 435,
	CALL_CLOSE_RANGE = 436,
	CALL_OPENAT2 = 437,
	CALL_LANDLOCK_CREATE_RULESET = 444,
	CALL_LANDLOCK_ADD_RULE = 445,
	CALL_LANDLOCK_RESTRICT_SELF = 446
};

#define PRIV_TESTS 2

/* The row fits only if the argument has these bits (of the lower 32). mask 0: no test. */
struct priv_test {
	unsigned arg;
	uint32_t mask, value;
};

struct priv_call {
	short number;
	unsigned char filters; /* set of 1 << enum priv_filter */
	unsigned char error; /* 0: the call is allowed; else it fails with this errno */
	const struct priv_test *only; /* PRIV_TESTS of them, or NULL */
};

/* The first row that fits decides; a call that fits none kills. */
extern const struct priv_call priv_calls[];
extern const size_t priv_call_count;

/* AUDIT_ARCH_* of this build, 0 where we know none: then there is no filter. */
extern const uint32_t priv_call_arch;

#endif
