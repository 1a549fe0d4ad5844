/*
 * io: lines, spans and output over socket pairs and pipes. A pair that keeps the borders of records
 * stands for a network: what is one record here arrives by one read.
 */
#include "io.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "str.h"
#include "unit.h"

#define ROOM 8192

static struct io io;
static int far; /* the client's end */
static char buf[ROOM], obuf[ROOM];

static void open_io(int type, size_t cap, size_t ocap, int stall)
{
	int ends[2];
	if (socketpair(AF_UNIX, type, 0, ends) < 0)
		abort();
	far = ends[0];
	memset(buf, '#', sizeof buf);
	io_open(&io, ends[1], ends[1], buf, cap, obuf, ocap, stall);
	io_deadline(&io, 20);
}

static void close_io(void)
{
	close(io.in);
	if (far >= 0)
		close(far);
}

static void arrive(const char *octets, size_t n)
{
	if (n > 0 && write(far, octets, n) != (ssize_t)n)
		abort();
}

static void arrives_no_more(void)
{
	close(far);
	far = -1;
}

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

/* In pieces that end where `cuts` has a bit. */
static bool lines_are(const char *text, size_t n, unsigned cuts, size_t max, const char *want)
{
	char got[256];
	struct str s;
	str_init(&s, got, sizeof got);
	open_io(SOCK_SEQPACKET, max, 64, 1000);
	for (size_t from = 0, i = 1; i <= n; i++)
		if (i == n || cuts & 1U << i) {
			arrive(text + from, i - from);
			from = i;
		}
	arrives_no_more();
	all_lines(max, &s);
	close_io();
	return strcmp(got, want) == 0;
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
 * A line of `n` octets with its CRLF, whose tail looks like a command at each place where a buffer
 * may end, and a command behind it.
 */
static void check_length(size_t n, size_t max, size_t piece)
{
	char text[2 * ROOM], *line;
	size_t len;
	for (size_t i = 0; i < n; i++)
		text[i] = "QUIT "[i % 5];
	memcpy(text + n - 2, "\r\nNOOP\r\n", 8);
	open_io(SOCK_SEQPACKET, max, 64, 1000);
	for (size_t at = 0; at < n + 6; at += piece)
		arrive(text + at, n + 6 - at < piece ? n + 6 - at : piece);
	enum io_result r = io_line(&io, max, &line, &len);
	CHECK(r == (n <= max ? IO_OK : IO_LONG));
	CHECK(n > max || (len == n - 2 && memcmp(line, text, len) == 0));
	CHECK(io_line(&io, max, &line, &len) == IO_OK && strcmp(line, "NOOP") == 0);
	CHECK(io.start == io.end && io.received == n + 6);
	close_io();
}

static void check_lengths(void)
{
	static const size_t sizes[] = {128, 255, 512, 1024, 2048, 4096, ROOM};
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
		for (size_t n = sizes[s] - 3; n <= sizes[s] + 3; n++)
			for (size_t m = 0; m < sizeof sizes / sizeof *sizes; m++) {
				check_length(n, sizes[m], 2 * ROOM);
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
	open_io(SOCK_SEQPACKET, 8, 64, 1000);
	arrive("line\nab", 7);
	arrive("cd", 2);
	arrive("efghijkl", 8);
	arrives_no_more();
	CHECK(io_line(&io, 8, &at, &n) == IO_OK);
	CHECK(io_span(&io, &at, &n) == IO_OK && n == 2 && memcmp(at, "ab", 2) == 0);
	CHECK(io_span(&io, &at, &n) == IO_OK && n == 2); /* nothing was taken */
	io_take(&io, 1);
	CHECK(io_want(&io, 3, &at, &n) == IO_OK && n == 3 && memcmp(at, "bcd", 3) == 0);
	CHECK(io_want(&io, 99, &at, &n) == IO_OK && n == 8); /* as much as there is room for */
	io_take(&io, 8);
	CHECK(io_want(&io, 1, &at, &n) == IO_EOF);
	close_io();
}

/* What the client has got up to now, as one text. */
static const char *got(void)
{
	static char text[ROOM];
	ssize_t n = recv(far, text, sizeof text - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* Replies to what came in one packet leave in one packet, and no sooner than the reader must wait.
 */
static void check_flush(void)
{
	char *line;
	size_t len;
	open_io(SOCK_SEQPACKET, 64, 16, 1000);
	arrive("one\ntwo\nthr", 11);
	CHECK(io_line(&io, 64, &line, &len) == IO_OK);
	io_putf(&io, "<%s>", line);
	CHECK_TEXT(got(), "");
	CHECK(io_line(&io, 64, &line, &len) == IO_OK);
	io_put(&io, "<two>");
	CHECK_TEXT(got(), "");
	arrive("ee\n", 3);
	CHECK(io_line(&io, 64, &line, &len) == IO_OK && strcmp(line, "three") == 0);
	CHECK_TEXT(got(), "<one><two>");
	CHECK_TEXT(got(), "");
	/* A full buffer leaves as well; what does not fill one waits. */
	io_put(&io, "0123456789abcdefghi");
	CHECK_TEXT(got(), "0123456789abcdef");
	CHECK_TEXT(got(), "");
	CHECK(io_flush(&io));
	CHECK_TEXT(got(), "ghi");
	CHECK(io.sent == 10 + 19);
	size_t room;
	io_put(&io, "12345678");
	CHECK(io_room(&io, 8, &room) == obuf + 8 && room == 8);
	CHECK(io_room(&io, 9, &room) == obuf && room == 16);
	CHECK_TEXT(got(), "12345678");
	close_io();
}

static void check_write_error(void)
{
	char *line;
	size_t len;
	open_io(SOCK_SEQPACKET, 64, 16, 1000);
	arrive("one\ntwo", 7);
	CHECK(io_line(&io, 64, &line, &len) == IO_OK);
	arrives_no_more();
	io_put(&io, "more than the buffer takes");
	CHECK(io.error == EPIPE && !io_flush(&io));
	uint64_t sent = io.sent;
	for (int i = 0; i < 100; i++)
		io_put(&io, "nowhere ");
	CHECK(!io_flush(&io) && io.error == EPIPE && io.sent == sent);
	CHECK(io_line(&io, 64, &line, &len) == IO_ERROR);
	CHECK(io_span(&io, &line, &len) == IO_OK); /* what was read is there still */
	close_io();
}

/* A child that sends `piece`, again and again, every `pause` ms. */
static pid_t start_dripping(const char *piece, int pause)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	close(io.in);
	for (;;) {
		struct timespec t = {.tv_nsec = pause * 1000000L};
		if (send(far, piece, strlen(piece), MSG_NOSIGNAL) < 0)
			_exit(0);
		if (pause)
			ppoll(NULL, 0, &t, NULL);
	}
}

/* A deadline is one, whether octets drip in or flood in, and nothing of it is a command. */
static void check_deadline(const char *piece, int pause, bool lines)
{
	char *at;
	size_t n;
	open_io(SOCK_STREAM, 64, 16, 1000);
	pid_t pid = start_dripping(piece, pause);
	io_put(&io, "hello");
	int64_t before = now_ms();
	io.deadline = before + 60;
	enum io_result r;
	do {
		r = lines ? io_line(&io, 64, &at, &n) : io_span(&io, &at, &n);
		if (r == IO_OK && !lines)
			io_take(&io, n);
	} while (!lines && r == IO_OK && now_ms() < before + 5000);
	CHECK(r == IO_TIMEOUT);
	CHECK(now_ms() >= before + 60 && now_ms() < before + 5000);
	CHECK_TEXT(got(), "hello");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close_io();
}

/* A client that takes nothing does not hold us longer than `stall`. */
static void check_stall(void)
{
	static char big[1 << 20];
	open_io(SOCK_STREAM, 64, ROOM, 50);
	int64_t before = now_ms();
	for (int i = 0; i < 16; i++)
		io_putn(&io, big, sizeof big);
	CHECK(!io_flush(&io) && io.error == ETIMEDOUT);
	CHECK(now_ms() >= before + 50 && now_ms() < before + 5000);
	close_io();
}

static void check_pipes(void)
{
	static char big[300000], back[sizeof big];
	int to[2], from[2];
	char *line;
	size_t len, have = 0;
	if (pipe(to) < 0 || pipe(from) < 0)
		abort();
	pid_t pid = fork();
	if (pid == 0) {
		close(to[1]);
		close(from[0]);
		io_open(&io, to[0], from[1], buf, 64, obuf, sizeof obuf, 5000);
		io_deadline(&io, 5);
		memset(big, 'x', sizeof big);
		if (io_line(&io, 64, &line, &len) == IO_OK && strcmp(line, "RETR 1") == 0)
			io_putn(&io, big, sizeof big);
		_exit(io_line(&io, 64, &line, &len) != IO_EOF);
	}
	close(to[0]);
	close(from[1]);
	CHECK(write_all(to[1], "RETR 1\r\nrest", 12) == 0);
	for (ssize_t n; have < sizeof big && (n = read(from[0], back, sizeof back - have)) > 0;)
		have += (size_t)n;
	CHECK(have == sizeof big && back[0] == 'x');
	close(to[1]);
	int status = -1;
	waitpid(pid, &status, 0);
	CHECK(status == 0);
	close(from[0]);

	signal(SIGPIPE, SIG_IGN);
	CHECK(pipe(from) == 0);
	close(from[0]);
	CHECK(write_all(from[1], "x", 1) < 0 && errno == EPIPE);
	CHECK(write_all(from[1], "", 0) == 0);
	close(from[1]);
}

/* SIGTERM ends a wait for a line, and nothing else. */
static void check_stop(void)
{
	char *at;
	size_t n;
	open_io(SOCK_STREAM, 64, 64, 1000);
	io_heed_stop();
	arrive("one\ntwo\nxy", 10);
	CHECK(io_line(&io, 64, &at, &n) == IO_OK);
	raise(SIGTERM);
	io.deadline = now_ms() + 30;
	CHECK(io_line(&io, 64, &at, &n) == IO_OK && strcmp(at, "two") == 0);
	CHECK(io_want(&io, 3, &at, &n) == IO_TIMEOUT); /* as in the middle of a message */
	io_deadline(&io, 20);
	io_put(&io, "goes out first");
	CHECK(io_line(&io, 64, &at, &n) == IO_STOP);
	CHECK_TEXT(got(), "goes out first");
	close_io();
}

int main(void)
{
	check_all_lines();
	check_lengths();
	check_unterminated();
	check_spans();
	check_flush();
	check_write_error();
	check_deadline("x", 1, true);
	check_deadline("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		0, true);
	check_deadline("x", 1, false);
	check_deadline("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		0, false);
	check_stall();
	check_pipes();
	check_stop();
	return unit_end();
}
