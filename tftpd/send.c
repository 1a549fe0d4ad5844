/*
 * send: a file to a client, RRQ. Runs in the child, behind the filter. RFC 1350, RFC 7440.
 *
 *	RRQ              RRQ blksize      RRQ windowsize 4
 *	   <- DATA 1        <- OACK          <- OACK
 *	ACK 1 ->         ACK 0 ->         ACK 0 ->
 *	   <- DATA 2        <- DATA 1        <- DATA 1, DATA 2, DATA 3, DATA 4
 *	ACK 2 -> ...     ACK 1 -> ...     ACK 4 -> ...
 *
 * An ACK counts if it moves the window on; one that stands within the window means that what came
 * behind it was lost, and sending resumes there. An ACK that comes twice sends nothing (RFC 1123
 * 4.2.3.1), with one exception: before a window of several blocks it can mean that the first of
 * them was lost. It is believed once, and only after a window for which none came, so that a
 * network that doubles packets cannot double the transfer; and when it comes later than an answer
 * to what was sent last would have.
 *
 * A client answers a whole window, so after a loss the window is not made smaller: it is sent in
 * smaller bursts, a round trip apart.
 */
#include <string.h>

#include "str.h"
#include "transfer.h"
#include "window.h"

#define PAUSE_LEAST 1 /* ms between bursts */
#define PAUSE_MOST 20

static struct window window;

static struct {
	uint64_t sent; /* the last block that was sent, before which there is no gap */
	uint64_t top; /* the last block that was ever sent */
	uint64_t again; /* up to this one they were sent more than once, perhaps */
	uint64_t burst; /* blocks at a time */
	uint64_t quota; /* of the burst that is left */
	bool blocked; /* the socket has no room */
	bool eager; /* a repeated ACK means a loss */
	bool repeated; /* one came since the last ACK */
} flight;

/* Instead of an answer: whether what was sent last is to be sent again. */
static bool again(struct transfer *t, enum link_event event, size_t n)
{
	if (event == LINK_ERROR)
		return transfer_complaint(t);
	return event == LINK_REQUEST ? transfer_asked(t) : transfer_retry(t, n);
}

/* The OACK, until the ACK of block 0 is there. */
static bool greet(struct transfer *t)
{
	for (bool once = true;; once = false) {
		size_t n = t->greeting_length;
		enum link_event event;
		t->sent_at = now_ms();
		t->resent += !once;
		link_send(&t->link, t->greeting, n, n);
		while ((event = transfer_wait(t, transfer_deadline(t, n), false)) == LINK_PACKET) {
			if (packet_opcode(t->link.in, t->link.in_length) != PACKET_ACK ||
				packet_block(t->link.in) != 0)
				continue;
			transfer_progress(t, once);
			return true;
		}
		if (!again(t, event, n))
			return false;
	}
}

/* The last block that may be on its way now. */
static uint64_t edge(const struct transfer *t)
{
	uint64_t end = t->acked + window.width;

	return window.last && end > window.last ? window.last : end;
}

static void note_sent(struct transfer *t, uint64_t blocks)
{
	flight.sent += blocks;
	flight.quota -= blocks;
	if (flight.sent > flight.top) {
		t->resent += blocks - (flight.sent - flight.top);
		flight.top = flight.sent;
	} else {
		t->resent += blocks;
	}
	t->blocks = flight.top;
	t->sent_at = now_ms();
}

/* Sends what may be sent now. False: the file cannot be read. */
static bool pump(struct transfer *t)
{
	flight.blocked = false;
	while (flight.quota > 0 && flight.sent < edge(t) && !flight.blocked) {
		uint64_t end = flight.sent + flight.quota;
		size_t n, gone;
		const char *why = window_fill(&window, end < edge(t) ? end : edge(t));
		if (why)
			return transfer_fail(t, PACKET_UNDEFINED, "The file cannot be read", why);
		const unsigned char *at =
			window_run(&window, flight.sent + 1, end < edge(t) ? end : edge(t), &n);
		gone = link_send(&t->link, at, n, window.packet);
		flight.blocked = gone < n;
		note_sent(t, (gone + window.packet - 1) / window.packet);
	}
	return true;
}

static void grow(void)
{
	uint64_t more = flight.burst + window.width / 64 + 1;

	flight.burst = more < window.width ? more : window.width;
}

/* Sending resumes behind the last block that was acknowledged. */
static void resume(struct transfer *t)
{
	flight.again = flight.top;
	flight.sent = t->acked;
	flight.burst = (flight.burst + 1) / 2;
}

static void take_repeated(struct transfer *t)
{
	bool late = now_ms() - t->sent_at >= timer_due(&t->timer);
	bool loss = window.width > 1 && (flight.eager || late) && flight.sent > t->acked;

	t->repeated++;
	flight.repeated = true;
	if (!loss)
		return;
	flight.eager = false;
	resume(t);
	flight.quota = flight.burst;
}

static void take_ack(struct transfer *t)
{
	uint64_t block = packet_nth(t->acked, packet_block(t->link.in), window.rollover);

	if (packet_opcode(t->link.in, t->link.in_length) != PACKET_ACK || block > flight.top)
		return;
	if (block == t->acked) {
		take_repeated(t);
		return;
	}
	bool whole = block == flight.top && flight.sent == flight.top;
	transfer_progress(t, whole && block > flight.again);
	t->acked = block;
	t->octets = window_octets(&window, block);
	flight.eager = !flight.repeated;
	flight.repeated = false;
	if (whole)
		grow();
	else if (block < flight.sent)
		resume(t);
	else
		flight.sent = block;
	flight.quota = flight.burst;
}

/* The octets of the packet that is sent next, once it is sent again. */
static size_t oldest(const struct transfer *t)
{
	size_t n;

	window_run(&window, t->acked + 1, t->acked + 1, &n);
	return n;
}

/* Between two bursts of a window. */
static bool pausing(const struct transfer *t)
{
	return flight.quota == 0 && flight.sent < edge(t);
}

static int64_t deadline(const struct transfer *t)
{
	int64_t pause = t->timer.srtt;

	if (!pausing(t))
		return transfer_deadline(t, oldest(t));
	pause = pause < PAUSE_LEAST ? PAUSE_LEAST : pause > PAUSE_MOST ? PAUSE_MOST : pause;
	return t->sent_at + pause;
}

/* False: it is over. */
static bool heed(struct transfer *t, enum link_event event)
{
	if (event == LINK_ROOM)
		return true;
	if (event == LINK_PACKET) {
		take_ack(t);
		return true;
	}
	if (event != LINK_EXPIRED || !pausing(t)) {
		if (!again(t, event, oldest(t)))
			return false;
		resume(t);
	}
	flight.quota = flight.burst;
	return true;
}

bool transfer_send(struct transfer *t)
{
	transfer_begin(t);
	if (t->greeting_length > 0 && !greet(t))
		return false;
	window_open(&window, t->request, t->file, t->size);
	flight.burst = flight.quota = window.width;
	flight.eager = true;
	while (!window.last || t->acked < window.last) {
		if (!pump(t))
			return false;
		window_ahead(&window, t->acked, flight.sent);
		if (!heed(t, transfer_wait(t, deadline(t), flight.blocked)))
			return false;
	}
	transfer_end(t, "ok");
	return true;
}
