/*
 * When a packet is sent again.
 */
#include "../../tftpd/timer.c"

#include "unit.h"

static void check_unknown(void)
{
	static const int64_t waits[] = {1000, 2000, 4000, 8000, 15000, 15000, 15000};
	struct timer t;
	int64_t all = 0;

	timer_start(&t, 0, 1000);
	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
		CHECK(t.wait == waits[i]);
		all += t.wait;
		timer_expire(&t);
	}
	CHECK(all == 60000);
}

/* What was set is not cut at the first repetition. */
static void check_long(void)
{
	struct timer t;

	timer_start(&t, 0, 20000);
	for (int i = 0; i < 7; i++) {
		CHECK(t.wait == 20000);
		timer_expire(&t);
	}
	timer_answer(&t, 200, true);
	CHECK(t.wait == 600);
}

static void check_measured(void)
{
	struct timer t;

	timer_start(&t, 0, 1000);
	timer_answer(&t, 200, true);
	CHECK(t.wait == 600); /* 200 + 4 * 100 */
	for (int i = 0; i < 100; i++)
		timer_answer(&t, 200, true);
	CHECK(t.wait >= 200 && t.wait < 220);
	for (int i = 0; i < 100; i++)
		timer_answer(&t, 0, true);
	CHECK(t.wait == 50);

	/* A packet lost twice is made up for at once; more are no chance. */
	timer_expire(&t);
	CHECK(t.wait == 100);
	timer_expire(&t);
	CHECK(t.wait == 200);
	timer_expire(&t);
	CHECK(t.wait == 1000);
	timer_expire(&t);
	CHECK(t.wait == 2000);
	/* The answer to which of them? The wait stays until that is clear (Karn). */
	timer_answer(&t, 5000, false);
	CHECK(t.wait == 2000);
	timer_answer(&t, 1, true);
	CHECK(t.wait == 50);
}

/* Where losses leave nothing to measure, answers in time tell that the wait is too long. */
static void check_unclear(void)
{
	struct timer t;

	timer_start(&t, 0, 1000);
	timer_expire(&t);
	timer_expire(&t);
	timer_answer(&t, 10, false);
	CHECK(t.wait == 4000 && timer_due(&t) == 4000);
	timer_answer(&t, 10, false);
	CHECK(t.wait == 2000 && timer_due(&t) == 2000);
	/* Not below twice what an answer took, nor below what was measured. */
	timer_answer(&t, 900, false);
	CHECK(t.wait == 1800);
	timer_answer(&t, 1500, false);
	CHECK(t.wait == 1800);
	timer_answer(&t, 200, true);
	CHECK(t.wait == 600);
	timer_expire(&t);
	CHECK(t.wait == 1200 && timer_due(&t) == 600);
	timer_answer(&t, 10, false);
	timer_answer(&t, 10, false);
	timer_answer(&t, 10, false);
	CHECK(t.wait == 600);
}

static void check_negotiated(void)
{
	struct timer t;

	timer_start(&t, 255000, 1000);
	CHECK(t.wait == 255000);
	timer_expire(&t);
	timer_expire(&t);
	timer_answer(&t, 3, true);
	CHECK(t.wait == 255000);
}

int main(void)
{
	check_unknown();
	check_long();
	check_measured();
	check_unclear();
	check_negotiated();
	return unit_end();
}
