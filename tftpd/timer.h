/*
 * timer: how long to wait for an answer before sending again (RFC 1123 4.2.3.2, RFC 6298). Pure;
 * milliseconds.
 */
#ifndef TFTPD_TIMER_H
#define TFTPD_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
	int64_t wait; /* until the next retransmission */
	/* The rest is the timer's own. */
	bool fixed;
	unsigned expired; /* times in a row */
	int64_t most; /* that a wait grows to: no less than the first one, which was set */
	int64_t srtt, rttvar; /* srtt 0: nothing measured yet */
};

/* `negotiated` with the client is kept to exactly; 0: measured, and until something is, `first`. */
void timer_start(struct timer *t, int64_t negotiated, int64_t first);

/* An answer came after so long; `sent_once`: it can only be the answer to one packet (Karn). */
void timer_answer(struct timer *t, int64_t round_trip, bool sent_once);

/* How long an answer may take, as far as is known; `wait` is longer after some that did not come. */
int64_t timer_due(const struct timer *t);

/* None came. */
void timer_expire(struct timer *t);

#endif
