/*
 * transfer: one file over one socket, a window of blocks at a time. RFC 1350, RFC 1123 4.2.3,
 * RFC 2347, RFC 7440.
 *
 * Runs in the child, as the jailed user and behind the system-call filter. It reads nothing but the
 * socket and the file that it is given.
 */
#ifndef TFTPD_TRANSFER_H
#define TFTPD_TRANSFER_H

#include "link.h"
#include "netascii.h"
#include "packet.h"
#include "timer.h"
#include "upload.h"

struct transfer {
	/* The caller's part, with `link`. */
	const struct packet_request *request; /* what it has, is granted */
	int file; /* to be sent */
	uint64_t size; /* of it: what it grows later is not sent */
	struct upload *upload; /* to be received */

	/* What came of it. */
	char result[160];
	bool asked; /* what has ended it is a request, in link.in */
	uint64_t octets; /* of DATA that were acknowledged */
	uint64_t blocks; /* the number of the last block, without wrapping */
	uint64_t resent; /* packets */
	uint64_t repeated; /* packets of the peer that had come before */

	/* The transfer's own. */
	struct timer timer;
	int64_t sent_at, progress_at; /* now_ms() */
	uint64_t acked; /* the last block that is acknowledged, by whomever */
	size_t greeting_length;
	unsigned char greeting[PACKET_SMALL]; /* an OACK, or the ACK of block 0 */
	struct link link; /* large, so at the end */
};

/* A read request. True: all of it was acknowledged. */
bool transfer_send(struct transfer *t);

/* A write request. True: it is on disk under its name, and the last ACK has been sent once. */
bool transfer_receive(struct transfer *t);

/* After transfer_receive(): stays for a while, for a client that missed the last ACK. SIGTERM ends
 * it. */
void transfer_dally(struct transfer *t);

/* Between transfer.c, send.c and receive.c only. */

/* Sets the timer going, and the greeting if there is one. */
void transfer_begin(struct transfer *t);

/* An answer came, to what was sent last and `once`, or to what cannot be told. */
void transfer_progress(struct transfer *t, bool once);

/* link_wait(), but for a request that a network may have doubled or held back. */
enum link_event transfer_wait(struct transfer *t, int64_t deadline, bool room);

/*
 * A request: on the service's own port, a client that begins anew does not reach the loop. One that
 * has missed the answer is sent it again: true. Else false: the loop is to have it.
 */
bool transfer_asked(struct transfer *t);

/* Until when to wait for one, before a packet of n octets is sent again. */
int64_t transfer_deadline(const struct transfer *t, size_t n);

/* None came. False: that was the last time. */
bool transfer_retry(struct transfer *t, size_t n);

/* How it ends: false, for the caller to return. With an ERROR to the peer; with the peer's ERROR in
 * link.in. */
bool transfer_end(struct transfer *t, const char *result);
bool transfer_fail(struct transfer *t, enum packet_code code, const char *message, const char *why);
bool transfer_complaint(struct transfer *t);

#endif
