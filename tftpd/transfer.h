/*
 * transfer: one file over one socket, in lock step. RFC 1350, RFC 1123 4.2.3, RFC 2347.
 *
 * Runs in the child, as the jailed user and behind the system-call filter. It reads nothing but the
 * socket and the file that it is given.
 */
#ifndef TFTPD_TRANSFER_H
#define TFTPD_TRANSFER_H

#include "net.h"
#include "netascii.h"
#include "packet.h"
#include "timer.h"
#include "upload.h"

#define TRANSFER_STRANGERS 8 /* that get an ERROR each; more than these are not answered */
#define TRANSFER_CHUNK 4096 /* octets of text read at a time */

struct transfer {
	/* The caller's part. */
	int socket; /* its address is our transfer identifier */
	struct net_addr peer;
	const struct packet_request *request;
	int file; /* to be sent */
	uint64_t size; /* of it: what it grows later is not sent */
	struct upload *upload; /* to be received */

	/* What came of it. */
	char result[160];
	uint64_t octets; /* of DATA that were acknowledged */
	uint64_t blocks; /* the number of the last block, without wrapping */
	uint64_t resent; /* packets */

	/* The transfer's own. */
	struct timer timer;
	int64_t sent_at; /* now_ms() */
	struct netascii netascii;
	uint64_t offset; /* in the file */
	const char *from, *end; /* of chunk: not yet converted */
	struct net_addr strangers[TRANSFER_STRANGERS];
	size_t stranger_count;
	size_t out_length, in_length;
	unsigned char out[PACKET_HEADER + PACKET_BLKSIZE_MAX]; /* sent last; again as it stands */
	unsigned char in[PACKET_HEADER + PACKET_BLKSIZE_MAX + 1]; /* one more: longer is seen */
	char chunk[TRANSFER_CHUNK];
};

/* What must be done before the system-call filter. */
void transfer_prepare(void);

/* A read request. True: all of it was acknowledged. */
bool transfer_send(struct transfer *t);

/* A write request. True: it is on disk under its name, and the last ACK has been sent once. */
bool transfer_receive(struct transfer *t);

/* After transfer_receive(): stays for a while, for a client that missed the last ACK. SIGTERM ends
 * it. */
void transfer_dally(struct transfer *t);

/* Sends one ERROR. */
void transfer_error(int socket, const struct net_addr *to, enum packet_code code, const char *text);

#endif
