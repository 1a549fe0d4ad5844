/*
 * penalty: failed logins of an address, and how long it has to wait for them.
 *
 * A source is an IPv4 address or an IPv6 /64. The n-th failure within 10 minutes costs it 2^n
 * seconds, at most the setting auth-penalty, over all its connections: the failure is told so late,
 * and until then no other attempt of the source is looked at, so that hanging up gains nothing.
 * A login that succeeds takes nothing back, or who has one password could try others for free.
 *
 * The failures are in a file in the setting `run`, which keepers alone write; losing it loses only
 * penalties. Where there is none to be had a process counts for itself, and logs that.
 */
#ifndef LIB_PENALTY_H
#define LIB_PENALTY_H

#include <stdint.h>

#include "net.h"

#define PENALTY_ROWS 4096 /* sources that are remembered; then the oldest is forgotten */
#define PENALTY_DEPTH 10 /* failures of one; 2^10 seconds are more than auth-penalty can be */

struct penalty_row {
	struct in6_addr source;
	int64_t until; /* now_ms() when it may try again */
	int64_t failure[PENALTY_DEPTH]; /* now_ms() of each, the last one first; 0: none */
};

/* The rows alone, at any time `now`: milliseconds that the source still has to wait. */
int64_t penalty_left(
	const struct penalty_row *rows, size_t count, const struct net_addr *client, int64_t now);
/* Notes a failure of an attempt that began at `began`; the seconds that it costs from there on. */
unsigned penalty_note(struct penalty_row *rows, size_t count, const struct net_addr *client,
	int64_t began, int64_t now, uint64_t most);

/* By the file, and the setting. A client of no known address never waits. */
int64_t penalty_due(const struct net_addr *client);
unsigned penalty_add(const struct net_addr *client, int64_t began);

#endif
