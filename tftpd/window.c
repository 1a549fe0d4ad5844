/*
 * window: the blocks of a file that are on their way. Runs in the transfer's child, behind the
 * filter. RFC 1350 5, RFC 7440.
 *
 * Block n has the place (n - 1) % width. The packets lie one behind another, headers and all, so
 * that a burst of them can be handed to the kernel as one piece.
 */
#include "window.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define VECTORS 64 /* blocks of one preadv() */

static unsigned char ring[WINDOW_RING];
static const char shorter[] = "file became shorter";

uint64_t window_fit(size_t blksize, uint64_t blocks)
{
	uint64_t room = sizeof ring / (PACKET_HEADER + blksize);

	if (room > WINDOW_BLOCKS)
		room = WINDOW_BLOCKS;
	return blocks < room ? blocks : room;
}

void window_open(struct window *w, const struct packet_request *r, int file, uint64_t size)
{
	size_t blksize = packet_blksize(r);

	*w = (struct window){.width = packet_window(r),
		.blksize = blksize,
		.packet = PACKET_HEADER + blksize,
		.rollover = packet_rollover(r),
		.file = file,
		.size = size,
		.last = r->netascii ? 0 : size / blksize + 1,
		.last_size = size % blksize,
		.text = r->netascii};
}

/* Where a block lies; its header is written. */
static unsigned char *place(const struct window *w, uint64_t block)
{
	unsigned char *packet = ring + (block - 1) % w->width * w->packet;

	packet_data(packet, packet_number(block, w->rollover));
	return packet;
}

/* Several blocks by one call. */
static const char *fill_octets(struct window *w, uint64_t block)
{
	while (w->filled < block) {
		struct iovec to[VECTORS];
		int n = 0;
		size_t wanted = 0;
		off_t offset = (off_t)(w->filled * w->blksize);
		for (; n < VECTORS && w->filled < block; n++) {
			w->filled++;
			to[n].iov_base = place(w, w->filled) + PACKET_HEADER;
			to[n].iov_len = w->filled == w->last ? w->last_size : w->blksize;
			wanted += to[n].iov_len;
		}
		ssize_t got = wanted > 0 ? preadv(w->file, to, n, offset) : 0;
		if (got < 0 || (size_t)got < wanted)
			return got < 0 ? strerror(errno) : shorter;
	}
	return NULL;
}

/* The next octets of the text that are not yet converted; their end is the file's when there are
 * none. */
static const char *read_chunk(struct window *w)
{
	uint64_t left = w->size - w->offset;
	size_t n = left < sizeof w->chunk ? (size_t)left : sizeof w->chunk;
	ssize_t got = n > 0 ? pread(w->file, w->chunk, n, (off_t)w->offset) : 0;

	if (got < 0 || (got == 0 && n > 0))
		return got < 0 ? strerror(errno) : shorter;
	w->offset += (uint64_t)got;
	w->from = w->chunk;
	w->end = w->chunk + got;
	return NULL;
}

static const char *fill_text(struct window *w, uint64_t block)
{
	while (w->filled < block && !w->last) {
		char *to = (char *)place(w, w->filled + 1) + PACKET_HEADER;
		size_t done = 0;
		bool ended = false;
		while (done < w->blksize && !ended) {
			done += netascii_out(
				&w->netascii, &w->from, w->end, to + done, w->blksize - done);
			const char *why = done < w->blksize ? read_chunk(w) : NULL;
			if (why)
				return why;
			ended = done < w->blksize && w->from == w->end;
		}
		w->filled++;
		w->last = ended ? w->filled : 0;
		w->last_size = done;
	}
	return NULL;
}

const char *window_fill(struct window *w, uint64_t block)
{
	if (w->last && block > w->last)
		block = w->last;
	return w->text ? fill_text(w, block) : fill_octets(w, block);
}

const unsigned char *window_run(const struct window *w, uint64_t first, uint64_t end, size_t *n)
{
	uint64_t at = (first - 1) % w->width;
	uint64_t blocks = end - first + 1;

	if (blocks > w->width - at)
		blocks = w->width - at;
	*n = (size_t)blocks * w->packet;
	if (first + blocks - 1 == w->last)
		*n -= w->blksize - w->last_size;
	return ring + at * w->packet;
}

uint64_t window_octets(const struct window *w, uint64_t blocks)
{
	if (blocks == 0 || blocks != w->last)
		return blocks * w->blksize;
	return (blocks - 1) * w->blksize + w->last_size;
}
