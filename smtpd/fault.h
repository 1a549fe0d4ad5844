/*
 * fault: with -S, what goes wrong on demand: by an operand of the command line, or by an address
 * such as fail-452-rcpt@example.org. Runs in the front.
 */
#ifndef SMTPD_FAULT_H
#define SMTPD_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "path.h"

/* How far a client has come. */
enum fault_stage {
	FAULT_CONNECT, /* no greeting yet */
	FAULT_HELO, /* EHLO, too */
	FAULT_AUTH,
	FAULT_MAIL,
	FAULT_RCPT,
	FAULT_DATA, /* the command, and BDAT */
	FAULT_DOT, /* the whole message is there, and not delivered */
	FAULT_STAGES
};

/* What a session has still to meet. */
struct fault_plan {
	unsigned code[FAULT_STAGES]; /* by an address of this message; 0: none */
	uint64_t drop_at; /* octets of a message; 0: never */
};

struct session;

/*
 * At the start: takes the operand fail=, drop=, delay= or rate=. NULL, or what was expected
 * instead. Counts are those of the whole daemon, all its sessions together.
 */
const char *fault_read(const char *operand);

/*
 * A client has come to `stage`, with the sender or recipient `p` (NULL: neither). True: that was
 * the end of the command: its reply is written, or the connection is to be closed without one.
 */
bool fault_at(struct session *s, enum fault_stage stage, const struct path *p);

/* Whether anything may still go wrong with this message, also by the recipient `to` (NULL: none).
 */
bool fault_expected(const struct session *s, const struct path *to);

/* In a message of which so many octets have come: true: the connection is to be closed. */
bool fault_drops(const struct session *s, uint64_t wire);

#endif
