/*
 * io: lines and spans, however they come in pieces, against an oracle that looks at each octet.
 */
#include "pair.h"

#include "str.h"

/* Results and lines as text: "[line]", LONG, NUL, and the end. */
static void add_result(struct str *s, enum io_result r, const char *line, size_t len)
{
	static const char *const names[] = {[IO_LONG] = "LONG ",
		[IO_NUL] = "NUL ",
		[IO_EOF] = "EOF",
		[IO_TIMEOUT] = "TIMEOUT",
		[IO_STOP] = "STOP",
		[IO_ERROR] = "ERROR"};
	if (r != IO_OK) {
		str_add(s, names[r]);
		return;
	}
	CHECK(strlen(line) == len);
	str_add(s, "[");
	str_addn(s, line, len);
	str_add(s, "]");
}

static void all_lines(size_t max, struct str *s)
{
	enum io_result r;
	do {
		char *line = NULL;
		size_t len = 0;
		r = io_line(&io, max, &line, &len);
		add_result(s, r, line, len);
	} while (r <= IO_NUL && !s->cut);
}

/* What all_lines() is to say, found octet by octet. */
static void lines_oracle(const char *text, size_t n, size_t max, struct str *s)
{
	for (size_t from = 0, i = 0; i < n; i++) {
		if (text[i] != '\n')
			continue;
		size_t len = i - from;
		char line[ROOM] = "";
		memcpy(line, text + from, len);
		if (len + 1 > max)
			add_result(s, IO_LONG, NULL, 0);
		else if (memchr(line, '\0', len))
			add_result(s, IO_NUL, NULL, 0);
		else {
			len -= len > 0 && line[len - 1] == '\r';
			line[len] = '\0';
			add_result(s, IO_OK, line, len);
		}
		from = i + 1;
	}
	add_result(s, IO_EOF, NULL, 0);
}

/* In pieces that end where `cuts` has a bit; or all at once, into the smallest buffer. */
static bool lines_are(const char *text, size_t n, unsigned cuts, size_t max, const char *want)
{
	char all[256];
	struct str s;
	str_init(&s, all, sizeof all);
	open_io(cuts ? SOCK_SEQPACKET : SOCK_STREAM, cuts ? 64 : max, 64, 1000);
	for (size_t from = 0, i = 1; i <= n; i++)
		if (i == n || cuts & 1U << i) {
			arrive(text + from, i - from);
			from = i;
		}
	arrives_no_more();
	all_lines(max, &s);
	close_io();
	return strcmp(all, want) == 0;
}

/* Every text of up to five of these octets, broken in every way, where a line may have three. */
static void check_all_lines(void)
{
	static const char octets[] = {'a', '\r', '\n', '\0'};
	unsigned wrong = 0;
	for (size_t n = 0; n <= 5; n++)
		for (unsigned code = 0; code < 1U << 2 * n; code++) {
			char text[5], want[256];
			struct str s;
			for (size_t i = 0; i < n; i++)
				text[i] = octets[code >> 2 * i & 3];
			str_init(&s, want, sizeof want);
			lines_oracle(text, n, 3, &s);
			for (unsigned cuts = 0; cuts < (n ? 1U << n : 1); cuts += 2)
				wrong += !lines_are(text, n, cuts, 3, want);
		}
	CHECK(wrong == 0);
}

/*
 * A line of `content` octets and CRLF, whose tail looks like a command at each place where a buffer
 * may end, and a command behind it; in pieces, or (0) as much as the buffer takes.
 */
static void check_length(size_t content, size_t max, size_t piece)
{
	char text[2 * ROOM], *line;
	size_t n = content + 2, len, step = piece ? piece : sizeof text;
	for (size_t i = 0; i < content; i++)
		text[i] = "QUIT "[i % 5];
	memcpy(text + content, "\r\nNOOP\r\n", 8);
	open_io(piece ? SOCK_SEQPACKET : SOCK_STREAM, max + piece, 64, 1000);
	for (size_t at = 0; at < n + 6; at += step)
		arrive(text + at, n + 6 - at < step ? n + 6 - at : step);
	enum io_result r = io_line(&io, max, &line, &len);
	CHECK(r == (n <= max ? IO_OK : IO_LONG));
	CHECK(n > max || (len == content && memcmp(line, text, len) == 0));
	CHECK(io_line(&io, max, &line, &len) == IO_OK && strcmp(line, "NOOP") == 0);
	CHECK(io.start == io.end && io.received == n + 6);
	close_io();
}

static void check_lengths(void)
{
	static const size_t sizes[] = {128, 255, 512, 1024, 2048, 4096, ROOM};
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
		for (size_t n = sizes[s] - 5; n <= sizes[s] + 1; n++)
			for (size_t m = 0; m < sizeof sizes / sizeof *sizes; m++) {
				check_length(n, sizes[m], 0);
				check_length(n, sizes[m], 127);
			}
}

/* An unterminated line is none, however long it is and whatever stands in it. */
static void check_unterminated(void)
{
	static const char *const ends[] = {"QUIT", "QUIT\r", "NOOP NOOP NOOP QUIT", ""};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		char *line;
		size_t len;
		open_io(SOCK_STREAM, 16, 64, 1000);
		arrive("NOOP\n", 5);
		arrive(ends[i], strlen(ends[i]));
		arrives_no_more();
		CHECK(io_line(&io, 16, &line, &len) == IO_OK && strcmp(line, "NOOP") == 0);
		CHECK(io_line(&io, 16, &line, &len) == IO_EOF);
		CHECK(io_line(&io, 16, &line, &len) == IO_EOF);
		close_io();
	}
}

static void check_spans(void)
{
	char *at;
	size_t n;
	open_io(SOCK_STREAM, 8, 64, 1000);
	arrive("line\nabcdefghijkl", 17);
	arrives_no_more();
	CHECK(io_line(&io, 8, &at, &n) == IO_OK);
	CHECK(io_span(&io, &at, &n) == IO_OK && n == 3 && memcmp(at, "abc", 3) == 0);
	CHECK(io_span(&io, &at, &n) == IO_OK && n == 3); /* nothing was taken */
	io_take(&io, 1);
	CHECK(io_want(&io, 3, &at, &n) == IO_OK && n == 8 && memcmp(at, "bcdefghi", 8) == 0);
	io_take(&io, 7);
	CHECK(io_want(&io, 4, &at, &n) == IO_OK && n == 4 && memcmp(at, "ijkl", 4) == 0);
	CHECK(io_want(&io, 5, &at, &n) == IO_EOF);
	io_take(&io, 4);
	CHECK(io_span(&io, &at, &n) == IO_EOF && io.received == 17);
	close_io();

	open_io(SOCK_STREAM, 8, 64, 1000);
	arrive("123456789", 9);
	CHECK(io_want(&io, 99, &at, &n) == IO_OK && n == 8); /* as much as there is room for */
	close_io();
}

int main(void)
{
	check_all_lines();
	check_lengths();
	check_unterminated();
	check_spans();
	return unit_end();
}
