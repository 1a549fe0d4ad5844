/*
 * receive: a file from a client, WRQ. Runs in the child, behind the filter. RFC 1350, RFC 7440.
 *
 *	WRQ              WRQ blksize      WRQ windowsize 4
 *	   <- ACK 0         <- OACK          <- OACK
 *	DATA 1 ->        DATA 1 ->        DATA 1, DATA 2, DATA 3, DATA 4 ->
 *	   <- ACK 1 ...     <- ACK 1 ...     <- ACK 4 ...
 *
 * The last block of a window is acknowledged; the last one that came in its turn, when one is
 * missing behind it (once) or when nothing comes. DATA that comes again means that our ACK was
 * lost, and gets it again. Not if it comes at once: then the network or the client has doubled it,
 * and a client that answers both ACKs would double all that follows.
 */
#include <errno.h>
#include <string.h>

#include "memory.h"
#include "serve.h"
#include "str.h"
#include "transfer.h"

#define DALLY 6000 /* ms: clients send again after 5 s at the most, unless they negotiate */
#define DALLY_LEAST 1000
#define DALLY_MOST 30000
#define ECHO 20 /* ms: nobody has waited so short a time for our ACK */
#define GATHER (256 << 10) /* octets written at a time, if a window has so many */

static OWN_PAGES struct {
	struct netascii netascii;
	size_t length;
	char octets[GATHER + PACKET_BLKSIZE_MAX + 2]; /* still to be written */
} store;

static bool gap_told; /* since a block came in its turn */
static bool ack_once; /* what was acknowledged last, was so for the first time */

static bool refuse(struct transfer *t)
{
	const struct root_refusal *refusal = root_refusal(errno);

	return transfer_fail(t, refusal->code, refusal->message, refusal->why);
}

static int write_out(const struct transfer *t)
{
	size_t n = store.length;

	store.length = 0;
	return n > 0 ? upload_write(t->upload, store.octets, n) : 0;
}

/* The n octets of the DATA that came; after the last of them the file is finished. */
static bool keep(struct transfer *t, size_t n, bool last)
{
	const char *data = (char *)t->link.in + PACKET_HEADER;
	char *to = store.octets + store.length;

	if (t->request->netascii) {
		store.length += netascii_in(&store.netascii, data, n, to);
		if (last)
			store.length +=
				netascii_in_end(&store.netascii, store.octets + store.length);
	} else {
		memcpy(to, data, n);
		store.length += n;
	}
	if (store.length >= GATHER && write_out(t) < 0)
		return refuse(t);
	if (last && (write_out(t) < 0 || upload_commit(t->upload) < 0))
		return refuse(t);
	return true;
}

/* What came so far is written first: a full disk is told, not acknowledged. */
static bool acknowledge(struct transfer *t, bool again)
{
	unsigned char packet[PACKET_SMALL];
	size_t n = packet_ack(packet, packet_number(t->blocks, packet_rollover(t->request)));
	bool greeting = t->blocks == 0;

	if (write_out(t) < 0)
		return refuse(t);
	t->resent += again;
	t->acked = t->blocks;
	t->sent_at = now_ms();
	ack_once = !again;
	n = greeting ? t->greeting_length : n;
	link_send(&t->link, greeting ? t->greeting : packet, n, n);
	return true;
}

/* The block that was waited for. False: the transfer is over, for good or bad. */
static bool take_next(struct transfer *t, bool *done)
{
	size_t n = t->link.in_length - PACKET_HEADER, blksize = packet_blksize(t->request);

	if (n > blksize)
		return transfer_fail(
			t, PACKET_ILLEGAL, "DATA longer than blksize", "DATA longer than blksize");
	transfer_progress(t, ack_once && t->blocks == t->acked);
	if (!keep(t, n, n < blksize))
		return false;
	t->blocks++;
	t->octets += n;
	t->sent_at = now_ms();
	*done = gap_told = n < blksize;
	if (*done) /* before the client hears of it, who may send the same file again at once */
		serve_idle(true);
	return (!*done && t->blocks - t->acked < packet_window(t->request)) ||
	       acknowledge(t, false);
}

/* Any other block. */
static bool take_other(struct transfer *t, uint64_t block, bool at_once)
{
	uint64_t width = packet_window(t->request);
	bool gap = block > t->blocks + 1 && block <= t->acked + width;
	bool again = block > 0 && block <= t->acked && block + width > t->acked;

	t->repeated += block <= t->blocks;
	if (gap && !gap_told) {
		gap_told = true;
		return acknowledge(t, t->acked == t->blocks);
	}
	if (again && (at_once || now_ms() - t->sent_at >= ECHO))
		return acknowledge(t, true);
	return true;
}

static bool take_data(struct transfer *t, bool *done, bool at_once)
{
	uint64_t width = packet_window(t->request);
	uint64_t least = t->blocks > width ? t->blocks - width : 0;
	uint64_t block = packet_nth(least, packet_block(t->link.in), packet_rollover(t->request));

	if (packet_opcode(t->link.in, t->link.in_length) != PACKET_DATA)
		return true;
	return block == t->blocks + 1 && !*done ? take_next(t, done)
						: take_other(t, block, at_once);
}

bool transfer_receive(struct transfer *t)
{
	bool done = false, good = true;

	transfer_begin(t);
	if (t->greeting_length == 0)
		t->greeting_length = packet_ack(t->greeting, 0);
	acknowledge(t, false);
	while (good && !done) {
		size_t n = t->greeting_length;
		switch (transfer_wait(t, transfer_deadline(t, n), false)) {
		case LINK_PACKET:
			good = take_data(t, &done, false);
			break;
		case LINK_ERROR:
			return transfer_complaint(t);
		case LINK_REQUEST:
			good = transfer_asked(t) && acknowledge(t, true);
			break;
		default:
			good = transfer_retry(t, n) && acknowledge(t, true);
			break;
		}
	}
	return good && !transfer_end(t, "ok");
}

/* A request ends it: the client has our last ACK, and begins anew. */
void transfer_dally(struct transfer *t)
{
	int64_t wait = packet_timeout(t->request) > 0 ? 2 * packet_timeout(t->request) : DALLY;
	int64_t until = now_ms() + (wait < DALLY_LEAST         ? DALLY_LEAST
					   : wait > DALLY_MOST ? DALLY_MOST
							       : wait);
	bool done = true;
	enum link_event event;

	while ((event = link_wait(&t->link, until, false, true)) == LINK_PACKET)
		take_data(t, &done, true);
	t->asked = event == LINK_REQUEST;
}
