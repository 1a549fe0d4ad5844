/*
 * transfer: what sending and receiving have in common: how a transfer begins, how long it waits,
 * and how it ends. Runs in the child, behind the filter.
 */
#include "transfer.h"

#include <stdio.h>

#include "settings.h"
#include "str.h"

#define RETRIES 6 /* of one block */
#define PATIENCE 60000 /* ms without progress, whatever the client repeats meanwhile */
#define ECHO 500 /* ms without progress: a request that comes sooner is one that was doubled */
#define SILENCE 5000 /* ms: a slow client has this long for its first answer */

static void start_timer(struct transfer *t)
{
	timer_start(&t->timer, packet_timeout(t->request), (int64_t)settings.retransmit / 1000);
	t->progress_at = now_ms();
}

void transfer_begin(struct transfer *t)
{
	start_timer(t);
	t->greeting_length = packet_oack(t->greeting, t->request);
}

void transfer_progress(struct transfer *t, bool once)
{
	int64_t now = now_ms();

	timer_answer(&t->timer, now - t->sent_at, once);
	t->progress_at = now;
	t->link.answered = true;
}

enum link_event transfer_wait(struct transfer *t, int64_t deadline, bool room)
{
	enum link_event event;

	do
		event = link_wait(&t->link, deadline, room, false);
	while (event == LINK_REQUEST && now_ms() - t->progress_at < ECHO);
	return event;
}

bool transfer_asked(struct transfer *t)
{
	if (t->link.answered || !link_same_request(&t->link)) {
		t->asked = true;
		return transfer_end(t, "client asks anew");
	}
	link_renew(&t->link);
	start_timer(t);
	return true;
}

static int64_t patience(const struct transfer *t)
{
	int64_t negotiated = packet_timeout(t->request);

	return negotiated > 0 ? 2 * (RETRIES + 1) * negotiated : PATIENCE;
}

/*
 * A peer that may not be sent any more until it answers has some more time to do so; if it asks
 * again meanwhile, another child serves it.
 */
int64_t transfer_deadline(const struct transfer *t, size_t n)
{
	int64_t deadline = t->sent_at + t->timer.wait, silence = t->progress_at + SILENCE;
	int64_t end = t->progress_at + patience(t);

	if (!link_may_send(&t->link, n))
		return silence > deadline ? silence : deadline;
	return end < deadline ? end : deadline;
}

bool transfer_retry(struct transfer *t, size_t n)
{
	if (!link_may_send(&t->link, n) || t->timer.expired == RETRIES ||
		now_ms() - t->progress_at >= patience(t))
		return transfer_end(t, "timeout");
	timer_expire(&t->timer);
	return true;
}

bool transfer_end(struct transfer *t, const char *result)
{
	str_copy(t->result, sizeof t->result, result);
	return false;
}

bool transfer_fail(struct transfer *t, enum packet_code code, const char *message, const char *why)
{
	link_error(t->link.socket, &t->link.peer, code, message);
	return transfer_end(t, why);
}

bool transfer_complaint(struct transfer *t)
{
	char text[96];
	unsigned code;

	packet_complaint(t->link.in, t->link.in_length, text, sizeof text, &code);
	snprintf(t->result, sizeof t->result, "client error %u %s", code, text);
	return false;
}
