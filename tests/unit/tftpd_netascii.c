/*
 * netascii both ways, with every size of block, so that pairs fall on every edge.
 */
#include "../../tftpd/netascii.c"

#include "unit.h"

static const struct {
	const char *stored;
	size_t stored_size;
	const char *wire;
	size_t wire_size;
} texts[] = {
#define TEXT(stored, wire)                                                                         \
	{                                                                                          \
		stored, sizeof stored - 1, wire, sizeof wire - 1                                   \
	}
	TEXT("", ""),
	TEXT("a", "a"),
	TEXT("\n", "\r\n"),
	TEXT("\r", "\r\0"),
	TEXT("\r\n", "\r\0\r\n"),
	TEXT("a\nb\n", "a\r\nb\r\n"),
	TEXT("\r\r\n\n\r", "\r\0\r\0\r\n\r\n\r\0"),
	TEXT("nul \0 \xff", "nul \0 \xff"),
};

/* The text in blocks of `room` octets, the input in pieces of `piece`. */
static size_t send_text(const char *text, size_t n, size_t room, size_t piece, char *wire)
{
	struct netascii state = {0};
	const char *from = text;
	size_t done = 0, block = 0;

	for (;;) {
		size_t left = n - (size_t)(from - text);
		const char *end = from + (left < piece ? left : piece);
		size_t got = netascii_out(&state, &from, end, wire + done, room - block);

		done += got;
		block += got;
		if (block == room)
			block = 0;
		else if (from == text + n)
			return done;
	}
}

static size_t receive_text(const char *wire, size_t n, size_t block, char *text)
{
	struct netascii state = {0};
	size_t done = 0;

	for (size_t at = 0; at < n; at += block)
		done += netascii_in(
			&state, wire + at, n - at < block ? n - at : block, text + done);
	return done + netascii_in_end(&state, text + done);
}

static void check_both_ways(void)
{
	char buffer[64];

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		for (size_t room = 1; room < 12; room++)
			for (size_t piece = 1; piece < 12; piece++) {
				size_t n = send_text(
					texts[i].stored, texts[i].stored_size, room, piece, buffer);
				CHECK(n == texts[i].wire_size);
				CHECK(memcmp(buffer, texts[i].wire, n) == 0);
				n = receive_text(texts[i].wire, texts[i].wire_size, room, buffer);
				CHECK(n == texts[i].stored_size);
				CHECK(memcmp(buffer, texts[i].stored, n) == 0);
			}
}

/* What no sender should send is kept as it is. */
static void check_bare(void)
{
	char buffer[64];

	for (size_t block = 1; block < 8; block++) {
		CHECK(receive_text("a\nb", 3, block, buffer) == 3 &&
			memcmp(buffer, "a\nb", 3) == 0);
		CHECK(receive_text("a\rb", 3, block, buffer) == 3 &&
			memcmp(buffer, "a\rb", 3) == 0);
		CHECK(receive_text("a\r", 2, block, buffer) == 2 && memcmp(buffer, "a\r", 2) == 0);
		CHECK(receive_text("\r\r\n", 3, block, buffer) == 2 &&
			memcmp(buffer, "\r\n", 2) == 0);
	}
}

int main(void)
{
	check_both_ways();
	check_bare();
	return unit_end();
}
