/*
 * split: records, descriptors and signals between a front and its keeper. As root, the front is
 * nobody in an empty folder.
 */
#include "split.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "child.h"
#include "daemon.h"
#include "io.h"
#include "log.h"
#include "str.h"

#define LOG_RECORD 255

static char body[SPLIT_MAX], sent[SPLIT_MAX + 1];

/* Two halves in this process; the second is the keeper of a front that is nobody. */
static struct split half[2];

static void open_halves(void)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
		abort();
	half[0] = (struct split){.channel = ends[0]};
	half[1] = (struct split){.channel = ends[1], .front = 1};
}

static void close_halves(void)
{
	close(half[0].channel);
	close(half[1].channel);
}

static void check_records(void)
{
	static const size_t sizes[] = {0, 1, 2, 255, 4096, SPLIT_MAX - 1, SPLIT_MAX};
	size_t size, n = sizeof sizes / sizeof *sizes;
	open_halves();
	for (size_t i = 0; i < sizeof sent; i++)
		sent[i] = (char)(i * 7);
	for (size_t i = 0; i < n; i++)
		CHECK(split_send(&half[0], (unsigned char)(i + 1), sent, sizes[i], -1));
	for (size_t i = 0; i < n; i++) {
		CHECK(split_receive(&half[1], body, &size, NULL) == i + 1);
		CHECK(size == sizes[i] && memcmp(body, sent, size) == 0);
	}
	/* And the other way. */
	CHECK(split_send(&half[1], 254, "x", 1, -1));
	CHECK(split_receive(&half[0], body, &size, NULL) == 254 && size == 1);
	close(half[0].channel);
	CHECK(split_receive(&half[1], body, &size, NULL) == 0 && size == 0);
	CHECK(!split_send(&half[1], 1, "x", 1, -1));
	close(half[1].channel);
}

/* What no half of ours sends is as good as its end. */
static void check_nonsense(void)
{
	size_t size;
	open_halves();
	CHECK(split_send(&half[0], 1, sent, SPLIT_MAX + 1, -1));
	CHECK(split_receive(&half[1], body, &size, NULL) == 0);
	CHECK(send(half[0].channel, "", 0, 0) == 0);
	CHECK(split_receive(&half[1], body, &size, NULL) == 0 && size == 0);
	CHECK(split_send(&half[0], 0, "x", 1, -1));
	CHECK(split_receive(&half[1], body, &size, NULL) == 0);
	close_halves();
}

static int lowest_free(void)
{
	int fd = dup(0);
	close(fd);
	return fd;
}

static void send_two(int channel, int fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(2 * sizeof fd)];
	} control = {0};
	char type = 1;
	struct iovec v = {&type, 1};
	struct msghdr m = {.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof control.room};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(2 * sizeof fd);
	memcpy(CMSG_DATA(c), (int[]){fd, fd}, 2 * sizeof fd);
	CHECK(sendmsg(channel, &m, 0) == 1);
}

static void check_descriptors(void)
{
	int ends[2], fd;
	size_t size;
	char c;
	open_halves();
	if (pipe(ends) < 0)
		abort();
	int before = lowest_free();
	CHECK(split_send(&half[0], 1, "x", 1, ends[1]));
	CHECK(split_receive(&half[1], body, &size, &fd) == 1 && size == 1 && fd == before);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(write(fd, "!", 1) == 1 && read(ends[0], &c, 1) == 1 && c == '!');
	close(fd);
	CHECK(split_send(&half[0], 1, "x", 1, -1));
	CHECK(split_receive(&half[1], body, &size, &fd) == 1 && fd == -1);
	/* One that nobody expects, and one more than expected, stay nowhere. */
	CHECK(split_send(&half[0], 1, "x", 1, ends[1]));
	CHECK(split_receive(&half[1], body, &size, NULL) == 1 && lowest_free() == before);
	send_two(half[0].channel, ends[1]);
	CHECK(split_receive(&half[1], body, &size, &fd) == 1);
	close(fd);
	CHECK(lowest_free() == before);
	close_halves();
	close(ends[0]);
	close(ends[1]);
}

/* Runs `work` with standard error in a file; what it wrote. */
static const char *logged(int (*work)(void *context))
{
	static char text[200000], path[4200];
	snprintf(path, sizeof path, "%s/log", folder);
	int saved = dup(STDERR_FILENO), fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDERR_FILENO);
	int status = child_run(work, NULL);
	dup2(saved, STDERR_FILENO);
	close(saved);
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	unit_check(child_good(status), text, __FILE__, __LINE__);
	return text;
}

static int flood_log(void *context)
{
	size_t size;
	(void)context;
	open_halves();
	for (int i = 0; i < 1200; i++) {
		WANT(split_send(&half[0], LOG_RECORD, "\3line\n\x1b", 7, -1));
		if (i % 50 == 49) {
			WANT(split_send(&half[0], 7, "", 0, -1));
			WANT(split_receive(&half[1], body, &size, NULL) == 7);
		}
	}
	WANT(split_send(&half[0], LOG_RECORD, "", 0, -1)); /* not even a priority */
	WANT(split_send(&half[0], 7, "", 0, -1));
	WANT(split_receive(&half[1], body, &size, NULL) == 7);
	/* A front takes no log lines from its keeper. */
	WANT(split_send(&half[1], LOG_RECORD, "\3x", 2, -1));
	WANT(split_receive(&half[0], body, &size, NULL) == LOG_RECORD);
	return 0;
}

static void check_log_records(void)
{
	unsigned lines = 0;
	for (const char *at = logged(flood_log); (at = strstr(at, "]: line\\x0a\\x1b\n")); at++)
		lines++;
	CHECK(lines == 1000); /* what a captured front may write to the log */
}

/* A session on a socket pair; `client` is the client's end. */
static struct split split;
static struct peer peer;
static int client;

static bool begin_session(void)
{
	int ends[2];
	sigset_t term;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		abort();
	client = ends[1];
	peer = (struct peer){.in = ends[0], .out = ends[0]};
	sigemptyset(&term); /* as the accept loop leaves it */
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	return split_session(&split, &peer, UINT64_MAX);
}

/* In the front: waits for a line from the client, and tells the keeper how that ended. */
_Noreturn static void serve_front(void)
{
	static char in[64], out[64];
	struct io io;
	char *line;
	size_t len;
	io_open(&io, STDIN_FILENO, STDOUT_FILENO, in, sizeof in, out, sizeof out, 1000);
	io_deadline(&io, 20);
	log_event(LOG_NOTICE, "front is \x1b there");
	unsigned char result = (unsigned char)(10 + io_line(&io, sizeof in, &line, &len));
	split_send(&split, result, result == 10 ? line : "", result == 10 ? len : 0, -1);
	split_receive(&split, body, &len, NULL);
	io_putn(&io, body, len);
	io_flush(&io);
	split_send(&split, 1, "", 0, -1);
	_exit(0);
}

static int talk(void *context)
{
	size_t size;
	(void)context;
	if (begin_session())
		serve_front();
	WANT(split.front > 0);
	WANT(write(client, "hello\r\n", 7) == 7);
	WANT(split_receive(&split, body, &size, NULL) == 10 && size == 5);
	WANT(memcmp(body, "hello", 5) == 0);
	WANT(split_send(&split, 2, "answer", 6, -1));
	WANT(split_receive(&split, body, &size, NULL) == 1);
	WANT(read(client, body, 100) == 6 && memcmp(body, "answer", 6) == 0);
	split_end(&split);
	WANT(split.front == 0);
	WANT(waitpid(-1, NULL, 0) < 0 && errno == ECHILD);
	return 0;
}

static int die_in_front(void *context)
{
	size_t size;
	(void)context;
	settings.sandbox = false; /* whose own signal would come first */
	if (begin_session())
		raise(SIGABRT);
	WANT(split_receive(&split, body, &size, NULL) == 0);
	split_end(&split);
	return 0;
}

/* The keeper is told to end, and the front hears it. */
static int stop_front(void *context)
{
	size_t size;
	(void)context;
	if (begin_session())
		serve_front();
	raise(SIGTERM);
	WANT(split_receive(&split, body, &size, NULL) == 10 + IO_STOP);
	split_end(&split);
	return 0;
}

/* It is told when the front waits for it alone, and then goes on with the client itself. */
static int stop_keeper(void *context)
{
	static char in[64], out[64];
	struct io io;
	char *line;
	size_t len;
	(void)context;
	if (begin_session())
		serve_front();
	WANT(write(client, "PASS secret\r\n", 13) == 13);
	WANT(split_receive(&split, body, &len, NULL) == 10);
	raise(SIGTERM);
	split_end(&split);
	io_open(&io, peer.in, peer.out, in, sizeof in, out, sizeof out, 1000);
	io_deadline(&io, 5);
	io_heed_stop();
	WANT(io_line(&io, sizeof in, &line, &len) == IO_STOP);
	return 0;
}

/* After the front was killed, what is left is the keeper. */
static int kill_front(void *context)
{
	size_t size;
	(void)context;
	if (begin_session())
		serve_front();
	kill(split.front, SIGKILL);
	while (split_receive(&split, body, &size, NULL) != 0)
		;
	split_end(&split);
	close(peer.in);
	WANT(read(client, body, 1) == 0);
	return 0;
}

static void check_sessions(void)
{
	const char *text = logged(talk);
	CHECK(strstr(text, "]: front is \\x1b there\n") != NULL);
	CHECK(!strstr(text, "died"));
	text = logged(die_in_front);
	CHECK(strstr(text, "]: session ") && strstr(text, " died of signal 6\n"));
	logged(stop_front);
	logged(stop_keeper);
	CHECK(!strstr(logged(kill_front), "died"));
}

int main(void)
{
	char run[5000], error[SETTINGS_ERROR], user[] = "user=nobody", sandbox[16] = "sandbox=on";
	char *overrides[] = {user, sandbox, run};
	folder_make();
	snprintf(run, sizeof run, "run=%s", folder);
	if (SANITIZED)
		strcpy(sandbox, "sandbox=off");
	settings_start();
	if (!settings_load(POP3D, "/dev/null", overrides, 3, error))
		abort();
	log_open("unit", LOG_MAIL, true);
	daemon_folders();
	check_records();
	check_nonsense();
	check_descriptors();
	check_log_records();
	check_sessions();
	folder_remove();
	return unit_end();
}
