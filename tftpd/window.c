/*
 * window: the blocks of a file that are on their way. Runs in the transfer's child, behind the
 * filter. RFC 1350 5, RFC 7440.
 *
 * Block n has the place (n - 1) % places. The packets lie one behind another, headers and all, so
 * that a burst of them can be handed to the kernel as one piece.
 */
#include "window.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "memory.h"

#define VECTORS 64 /* blocks of one preadv() */
#define CHUNK 4096 /* octets of text read at a time */
#define AHEAD (64 << 10) /* octets that are read ahead in lock step; else it is a window */

static OWN_PAGES unsigned char ring[WINDOW_RING];
static OWN_PAGES char chunk[CHUNK]; /* of text: what was read and is not yet converted */
static const char shorter[] = "file became shorter";

uint64_t window_fit(size_t blksize, uint64_t blocks)
{
	uint64_t room = sizeof ring / (PACKET_HEADER + blksize);

	if (room > WINDOW_BLOCKS)
		room = WINDOW_BLOCKS;
	return blocks < room ? blocks : room;
}

/*
 * Room for what is on its way and as much again, and for no part of a window: then each one lies in
 * one piece. A large window is enough by itself: with more, it would only leave the processor's
 * cache before it is sent.
 */
static uint64_t places_for(uint64_t width, size_t blksize)
{
	uint64_t few = AHEAD / (PACKET_HEADER + blksize);
	uint64_t fit = window_fit(blksize, 2 * width * (few / width + 1));

	return width > 4 * few ? width : fit / width * width;
}

void window_open(struct window *w, const struct packet_request *r, int file, uint64_t size)
{
	size_t blksize = packet_blksize(r);

	*w = (struct window){.width = packet_window(r),
		.places = places_for(packet_window(r), blksize),
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
	unsigned char *packet = ring + (block - 1) % w->places * w->packet;

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
		uint64_t next = w->filled;
		for (; n < VECTORS && next < block; n++) {
			next++;
			to[n].iov_base = place(w, next) + PACKET_HEADER;
			to[n].iov_len = next == w->last ? w->last_size : w->blksize;
			wanted += to[n].iov_len;
		}
		off_t offset = (off_t)(w->filled * w->blksize);
		ssize_t got = wanted > 0 ? preadv(w->file, to, n, offset) : 0;
		if (got < 0 || (size_t)got < wanted)
			return got < 0 ? strerror(errno) : shorter;
		w->filled = next;
	}
	return NULL;
}

/* The next octets of the text that are not yet converted; their end is the file's when there are
 * none. */
static const char *read_chunk(struct window *w)
{
	uint64_t left = w->size - w->offset;
	size_t n = left < sizeof chunk ? (size_t)left : sizeof chunk;
	ssize_t got = n > 0 ? pread(w->file, chunk, n, (off_t)w->offset) : 0;

	if (got < 0 || (got == 0 && n > 0))
		return got < 0 ? strerror(errno) : shorter;
	w->offset += (uint64_t)got;
	w->from = chunk;
	w->end = chunk + got;
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

void window_ahead(struct window *w, uint64_t acked, uint64_t sent)
{
	bool small = sent <= w->width; /* so far, there may be nothing to win */

	if (!w->text && !small && w->filled < w->last && w->filled < sent + w->width)
		window_fill(w, acked + w->places);
}

const unsigned char *window_run(const struct window *w, uint64_t first, uint64_t end, size_t *n)
{
	uint64_t at = (first - 1) % w->places;
	uint64_t blocks = end - first + 1;

	if (blocks > w->places - at)
		blocks = w->places - at;
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
