/*
 * io: when output leaves, and what ends a wait: deadlines, SIGTERM, a client that takes nothing or
 * has gone.
 */
#include "pair.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "str.h"

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

/* What has come is too late all the same; what was read before the end is not. */
static void check_late(void)
{
	char *line;
	size_t len;
	open_io(SOCK_STREAM, 64, 16, 1000);
	arrive("one\ntwo\n", 8);
	CHECK(io_line(&io, 64, &line, &len) == IO_OK);
	arrive("three\n", 6);
	io.deadline = now_ms() - 1;
	CHECK(io_line(&io, 64, &line, &len) == IO_OK && strcmp(line, "two") == 0);
	CHECK(io_line(&io, 64, &line, &len) == IO_TIMEOUT);
	CHECK(io_span(&io, &line, &len) == IO_TIMEOUT);
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
	static const char drop[] = "x";
	static const char flood[] =
		"many octets, and more of them than one line may have, without end";
	check_flush();
	check_write_error();
	check_deadline(drop, 1, true);
	check_deadline(flood, 0, true);
	check_deadline(drop, 1, false);
	check_deadline(flood, 0, false);
	check_late();
	check_stall();
	check_pipes();
	check_stop();
	return unit_end();
}
