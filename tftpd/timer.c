/*
 * timer: retransmission from measured round trips. Pure; runs in the transfer's child. RFC
 * 1123 4.2.3.2, RFC 6298 2, 3 and 5.
 */
#include "timer.h"

enum {
	LEAST = 50, /* a busy client is no lost packet */
	MOST = 15000, /* six retries then take about a minute */
	PATIENT = 1000 /* from the third expiry on: it is more than lost packets */
};

static int64_t bounded(const struct timer *t, int64_t wait, int64_t least)
{
	return wait < least ? least : wait > t->most ? t->most : wait;
}

int64_t timer_due(const struct timer *t)
{
	return t->fixed || !t->srtt ? t->wait : bounded(t, t->srtt + 4 * t->rttvar, LEAST);
}

void timer_start(struct timer *t, int64_t negotiated, int64_t first)
{
	*t = (struct timer){.fixed = negotiated > 0,
		.wait = negotiated > 0 ? negotiated : first,
		.most = first > MOST ? first : MOST};
}

/* RFC 6298 2.2 and 2.3, with alpha = 1/8 and beta = 1/4. */
static void measure(struct timer *t, int64_t r)
{
	int64_t off = t->srtt > r ? t->srtt - r : r - t->srtt;

	t->rttvar = t->srtt ? (3 * t->rttvar + off) / 4 : r / 2;
	t->srtt = t->srtt ? (7 * t->srtt + r) / 8 : r;
}

/* What a packet sent twice is the answer to cannot be told: the longer wait stays, until one can or
 * answers keep coming before it is over. */
static int64_t shortened(const struct timer *t, int64_t answered_after)
{
	int64_t wait = t->wait / 2 > 2 * answered_after ? t->wait / 2 : 2 * answered_after;

	if (t->srtt && wait < timer_due(t))
		wait = timer_due(t);
	return wait < t->wait ? bounded(t, wait, LEAST) : t->wait;
}

void timer_answer(struct timer *t, int64_t round_trip, bool sent_once)
{
	bool in_time = t->expired == 0;

	t->expired = 0;
	if (t->fixed)
		return;
	if (sent_once) {
		measure(t, round_trip > 0 ? round_trip : 1);
		t->wait = timer_due(t);
	} else if (in_time) {
		t->wait = shortened(t, round_trip);
	}
}

void timer_expire(struct timer *t)
{
	t->expired++;
	if (!t->fixed)
		t->wait = bounded(t, 2 * t->wait, t->expired > 2 ? PATIENT : LEAST);
}
