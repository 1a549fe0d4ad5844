/*
 * window: the blocks of a file that are on their way, in a ring of packets. RFC 1350 5, RFC 7440.
 *
 * Runs in the child, behind the filter: reads the file, sends nothing. There is one ring in a
 * process.
 */
#ifndef TFTPD_WINDOW_H
#define TFTPD_WINDOW_H

#include "netascii.h"
#include "packet.h"

#define WINDOW_RING (2 << 20) /* octets; what is not used costs nothing */
#define WINDOW_BLOCKS 32767 /* so that an old number is never taken for a new one */

struct window {
	uint64_t width; /* blocks that may be on their way */
	uint64_t places; /* blocks that the ring has room for: those, and what is read ahead */
	size_t blksize, packet; /* octets of a full block, without and with its header */
	bool rollover;
	int file;
	uint64_t size; /* of the file: what it grows later is not sent */
	uint64_t filled; /* the last block that is in the ring */
	uint64_t last; /* of the file; 0: not known yet */
	size_t last_size; /* its octets */

	/* Of text: what was read and is not yet converted. */
	bool text;
	struct netascii netascii;
	uint64_t offset;
	const char *from, *end;
};

/* How many blocks at a time can be had, of so many that were asked for. */
uint64_t window_fit(size_t blksize, uint64_t blocks);

/* For what the request has been granted. */
void window_open(struct window *w, const struct packet_request *request, int file, uint64_t size);

/* Brings the blocks up to this one, or to the last one, into the ring, over those `places` before
 * them. NULL, or why the file cannot be read. */
const char *window_fill(struct window *w, uint64_t block);

/* While others work: reads what can be sent next, when the blocks up to `acked` are not needed any
 * more and those up to `sent` are on their way. Many blocks by one call, also in lock step. What
 * cannot be read now is found out when it is needed. */
void window_ahead(struct window *w, uint64_t acked, uint64_t sent);

/* The packets from this block on, up to `end`, as far as they lie in one piece: where, and how many
 * octets in *n. */
const unsigned char *window_run(const struct window *w, uint64_t first, uint64_t end, size_t *n);

/* The octets of the first so many blocks. */
uint64_t window_octets(const struct window *w, uint64_t blocks);

#endif
