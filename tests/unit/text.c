/*
 * text: lib/text against an oracle that looks at each octet: all short messages, broken at every
 * place, into every room; long random ones; and the ways to smuggle a message, by name.
 */
#include "unit.h"

#include <stdlib.h>

#include "text.h"
#include "text_oracle.h"

#define SHORT 7 /* octets of the longest message of the complete search */
#define LONG 20000

/* A block of exactly n octets, so that a sanitizer sees the octet behind it. */
static char *block(const char *octets, size_t n)
{
	char *copy = malloc(n ? n : 1);
	if (!copy)
		abort();
	if (octets)
		memcpy(copy, octets, n);
	return copy;
}

/* Converts all of [from, end) with never more than `room` octets of it; false: no progress. */
static bool out_piece(struct text_out *t, const char *from, const char *end, size_t room, char **to)
{
	while (from < end) {
		const char *before = from;
		char *stop = text_out(t, &from, end, *to, *to + room);
		bool all = room >= 2 * (size_t)(end - before) + 2;
		if (from == before || (size_t)(stop - *to) > room || (all && from < end))
			return false;
		*to = stop;
	}
	return true;
}

/* Out and size in pieces of `split`, then the rest. */
static bool out_is(const char *text, size_t n, size_t split, size_t room)
{
	char *want = block(NULL, 2 * n + 5), *got = block(NULL, 2 * n + 5 + room), *to = got;
	struct text_out t = {0};
	struct text_size size = {0};
	bool good = out_piece(&t, text, text + split, room, &to) &&
		    out_piece(&t, text + split, text + n, room, &to);
	to = text_out_end(&t, to);
	size_t wire = oracle_out(text, n, true, want);
	good = good && (size_t)(to - got) == wire && memcmp(got, want, wire) == 0;
	text_size(&size, text, split);
	text_size(&size, text + split, n - split);
	good = good && text_size_end(&size) == oracle_out(text, n, false, want);
	free(want);
	free(got);
	return good;
}

static bool top_is(const char *text, size_t n, size_t split, uint64_t lines)
{
	struct text_top t = {.lines = lines};
	size_t got = text_top(&t, text, split);
	if (got == split)
		got += text_top(&t, text + split, n - split);
	return got == oracle_top(text, n, lines) && (got == n || t.done);
}

/* In, to a buffer of its own and in place. */
static bool in_is(const char *text, size_t n, size_t split, bool in_place)
{
	char *want = block(NULL, n), *from = block(text, n), *to = in_place ? from : block(NULL, n);
	struct oracle_in o = oracle_in(text, n, want);
	struct text_in t = {0};
	size_t len = 0, more = 0;
	size_t used = text_in(&t, from, split, to, &len);
	if (in_place && len < split)
		memset(from + len, '#', split - len);
	bool good = len <= used && (used == split || t.ended);
	char *second = in_place ? from + split : to + len;
	used += text_in(&t, from + used, t.ended ? 0 : n - split, second, &more);
	memmove(to + len, second, more);
	len += more;
	good = good && used == o.used && t.ended == o.ended && t.bare_cr == o.bare_cr &&
	       t.bare_lf == o.bare_lf && t.nul == o.nul && (!t.ended || t.wire == o.wire);
	if (!t.bare_cr && !t.bare_lf && !t.nul)
		good = good && len == o.len && memcmp(to, want, len) == 0;
	if (!in_place)
		free(to);
	free(from);
	free(want);
	return good;
}

static void show(const char *what, const char *text, size_t n, size_t split, size_t other)
{
	fprintf(stderr, "%s, split at %zu, %zu:", what, split, other);
	for (size_t i = 0; i < n && i < 64; i++)
		fprintf(stderr, " %02x", (unsigned char)text[i]);
	fputc('\n', stderr);
}

/* The next larger room to try, of a whole message each one, else the least and the largest. */
static size_t next_room(size_t room, size_t n, size_t split)
{
	size_t largest = 2 * n + 2;
	if (n > SHORT)
		return 2 * room;
	return split == 0 || room >= largest ? room + 1 : largest;
}

static bool message_is_good(const char *text, size_t n, size_t split)
{
	for (size_t room = TEXT_OUT_LEAST; room < 2 * n + 6; room = next_room(room, n, split))
		if (!out_is(text, n, split, room))
			return show("out", text, n, split, room), false;
	for (uint64_t lines = 0; lines < 4; lines++)
		if (!top_is(text, n, split, lines))
			return show("top", text, n, split, lines), false;
	for (int in_place = 0; in_place < 2; in_place++)
		if (!in_is(text, n, split, in_place))
			return show("in", text, n, split, in_place), false;
	return true;
}

static void test_all_short_messages(void)
{
	static const char alphabet[5] = {'\r', '\n', '.', 'a', '\0'};
	bool good = true;
	for (size_t n = 0, count = 1; n <= SHORT; n++, count *= sizeof alphabet) {
		char *text = block(NULL, n);
		for (size_t code = 0; code < count && good; code++) {
			for (size_t i = 0, rest = code; i < n; i++, rest /= sizeof alphabet)
				text[i] = alphabet[rest % sizeof alphabet];
			for (size_t split = 0; split <= n && good; split++)
				good = message_is_good(text, n, split);
		}
		free(text);
		CHECK(good);
	}
}

/* The same numbers each time: a failure can be found again. */
static uint32_t random_below(uint32_t n)
{
	static uint64_t x = 0x9e3779b97f4a7c15;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % n;
}

/* Lines of any length with CRLF or LF; in some messages a stray octet here and there. */
static size_t write_random(char *text, size_t n)
{
	uint32_t stray = random_below(2) ? 200 : 0, longest = 1 + random_below(300);
	const char *line_end = random_below(2) ? "\r\n" : "\n";
	size_t len = 0;
	while (len + longest + 4 < n) {
		for (uint32_t i = random_below(longest); i > 0; i--)
			text[len++] = stray && random_below(stray) == 0
					      ? "\r\n.\0"[random_below(4)]
					      : (char)(32 + random_below(224));
		for (const char *c = line_end; *c; c++)
			text[len++] = *c;
		for (uint32_t i = random_below(8); i < 2; i++)
			text[len++] = '.';
	}
	return len;
}

static void test_long_messages(void)
{
	bool good = true;
	char *text = block(NULL, LONG);
	for (int i = 0; i < 300 && good; i++) {
		size_t n = write_random(text, 320 + random_below(LONG - 320));
		good = message_is_good(text, n, random_below((uint32_t)n + 1));
	}
	CHECK(good);
	free(text);
}

/* Many small pieces, as from a client that drips. */
static void test_octet_by_octet(void)
{
	static const char wire[] = "A: b\r\n\r\n..x\r\n...\r\ny.\r\n.\r\nQUIT\r\n";
	static const char stored[] = "A: b\n\n.x\n..\ny.\n";
	char got[sizeof wire];
	struct text_in t = {0};
	size_t used = 0, len = 0, more;
	while (!t.ended && used < sizeof wire - 1) {
		used += text_in(&t, wire + used, 1, got + len, &more);
		len += more;
	}
	CHECK(t.ended && !t.bare_cr && !t.bare_lf && !t.nul);
	CHECK(strcmp(wire + used, "QUIT\r\n") == 0);
	CHECK(len == sizeof stored - 1 && memcmp(got, stored, len) == 0);
	CHECK(t.wire == sizeof stored - 1 + 5);
}

static void test_smuggling(void)
{
	static const struct {
		const char *name, *wire;
		bool cr, lf;
	} rows[] = {
		{"LF . LF", "a\n.\nMAIL FROM:<>\r\n", false, true},
		{"LF . CRLF", "a\n.\r\nMAIL FROM:<>\r\n", false, true},
		{"CRLF . LF", "a\r\n.\nMAIL FROM:<>\r\n", false, true},
		{"CR . CR", "a\r.\rMAIL FROM:<>\r\n", true, false},
		{"CR . CRLF", "a\r.\r\nMAIL FROM:<>\r\n", true, false},
		{"CRLF . CR", "a\r\n.\rMAIL FROM:<>\r\n", true, false},
		{"CRLF . CR CRLF", "a\r\n.\r\r\nMAIL FROM:<>\r\n", true, false},
		{"CR CRLF . CR CRLF", "a\r\r\n.\r\r\nMAIL FROM:<>\r\n", true, false},
		{"LF CR . LF CR", "a\n\r.\n\rMAIL FROM:<>\r\n", true, true},
		{"CRLF . LF CR", "a\r\n.\n\rMAIL FROM:<>\r\n", true, true},
		{"CRLF .. CRLF", "a\r\n..\r\nMAIL FROM:<>\r\n", false, false},
		{"CRLF . SP CRLF", "a\r\n. \r\nMAIL FROM:<>\r\n", false, false},
		{"CRLF .. after bare LF", "a\n..\r\nMAIL FROM:<>\r\n", false, true},
		{". LF at the start", ".\nMAIL FROM:<>\r\n", false, true},
		{"LF . CRLF at the start", "\n.\r\nMAIL FROM:<>\r\n", false, true},
	};
	char got[64];
	size_t len;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text_in t = {0};
		size_t n = strlen(rows[i].wire);
		unit_check(text_in(&t, rows[i].wire, n, got, &len) == n && !t.ended &&
				   t.bare_cr == rows[i].cr && t.bare_lf == rows[i].lf,
			rows[i].name, __FILE__, __LINE__);
	}
}

static void test_edges(void)
{
	char got[64];
	size_t len;
	struct text_in in = {0};
	CHECK(text_in(&in, ".\r\nQUIT\r\n", 9, got, &len) == 3 && in.ended);
	CHECK(len == 0 && in.wire == 0);
	CHECK(text_in(&in, "QUIT\r\n", 6, got, &len) == 0 && len == 0);

	in = (struct text_in){0};
	CHECK(text_in(&in, "a\0b\r\n.\r\n", 8, got, &len) == 8 && in.nul && in.wire == 5);
	/* What stands behind the end is the client's next command, and no fault of the message. */
	in = (struct text_in){0};
	CHECK(text_in(&in, "a\r\n.\r\n\0\r\n\n", 10, got, &len) == 6 && !in.nul && !in.bare_lf);

	struct text_out out = {0};
	CHECK(text_out_end(&out, got) == got + 3 && memcmp(got, ".\r\n", 3) == 0);
	CHECK(top_is("\nbody\n", 6, 3, 0) && oracle_top("\nbody\n", 6, 0) == 1);
	CHECK(oracle_top("A: b\n\n1\n2\n3\n", 12, 2) == 10);
	CHECK(top_is("A: b\n\n1\n2\n3\n", 12, 5, UINT64_MAX));
}

int main(void)
{
	test_all_short_messages();
	test_long_messages();
	test_octet_by_octet();
	test_smuggling();
	test_edges();
	return unit_end();
}
