/*
 * split: one session as a jailed front and its keeper. The keeper runs with the rights that the
 * session began with.
 */
#include "split.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "io.h"
#include "log.h"
#include "memory.h"
#include "priv.h"
#include "str.h"

#define CHANNEL 3 /* its descriptor in the front */
#define LOG_RECORD 255 /* body: the priority, then the line */
#define LOG_RECORDS 1000 /* that a front may send: a captured one cannot fill the disk */

static struct split *own; /* for the signal handler and the log */
static volatile sig_atomic_t stop_asked, stop_seen;

static void pass_stop(int signal)
{
	int saved = errno;
	stop_seen = 1;
	/* While the keeper acts as a mailbox's owner it may not signal: split_receive() tries
	 * again. */
	stop_asked = own->front > 0 && kill(own->front, signal) < 0;
	errno = saved;
}

static void log_to_keeper(int priority, const char *line, size_t len)
{
	char body[1 + LOG_LINE];
	body[0] = (char)priority;
	memcpy(body + 1, line, len);
	split_send(own, LOG_RECORD, body, 1 + len, -1);
}

/* The client on 0 and 1, the channel on CHANNEL; nothing else is in these places afterwards. */
static void place_descriptors(const struct peer *peer, int channel)
{
	int in = dup(peer->in), out = dup(peer->out), other = dup(channel);
	if (in < 0 || out < 0 || other < 0 || dup2(in, STDIN_FILENO) < 0 ||
		dup2(out, STDOUT_FILENO) < 0 || dup2(other, CHANNEL) < 0) {
		log_event(LOG_ERR, "descriptors of a front: %s", strerror(errno));
		_exit(EX_OSERR);
	}
}

static void begin_front(struct split *s, const struct peer *peer, int channel, uint64_t file_size)
{
	char empty[DAEMON_PATH];
	struct priv_jail jail = {.ids = daemon_user(),
		.empty = daemon_empty(empty),
		.file_size = file_size,
		.sandbox = settings.sandbox};
	place_descriptors(peer, channel);
	*s = (struct split){.channel = CHANNEL};
	log_divert(log_to_keeper);
	priv_jail(&jail, CHANNEL);
	io_heed_stop();
}

static void begin_keeper(struct split *s, int channel, pid_t front)
{
	struct sigaction act = {.sa_handler = pass_stop, .sa_flags = SA_RESTART};
	sigset_t term;
	const struct timeval rest = {.tv_usec = MEMORY_REST * 1000};
	*s = (struct split){.channel = channel, .front = front};
	setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &rest, sizeof rest);
	sigemptyset(&act.sa_mask);
	sigaction(SIGTERM, &act, NULL);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &term, NULL);
}

bool split_session(struct split *s, const struct peer *peer, uint64_t file_size)
{
	int ends[2];
	pid_t front = -1;
	own = s;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
		front = _Fork(); /* as serve_start() does */
	if (front < 0) {
		log_event(LOG_ERR, "no front for a session: %s", strerror(errno));
		_exit(EX_OSERR);
	}
	if (front == 0) {
		close(ends[0]);
		begin_front(s, peer, ends[1], file_size);
		return true;
	}
	close(ends[1]);
	begin_keeper(s, ends[0], front);
	return false;
}

bool split_send(struct split *s, unsigned char type, const void *body, size_t size, int fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof fd)];
	} control;
	struct iovec v[2] = {{&type, 1}, {(void *)(uintptr_t)body, size}};
	struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
	if (fd >= 0) {
		memset(&control, 0, sizeof control);
		m.msg_control = control.room;
		m.msg_controllen = sizeof control.room;
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	ssize_t n;
	do
		n = sendmsg(s->channel, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

static int take_descriptor(struct msghdr *m)
{
	int fd = -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		c->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

/* The front has been silent for a while: waits for as long as it may take, and returns true. */
static bool rest(const struct split *s, void *body)
{
	struct pollfd p = {.fd = s->channel, .events = POLLIN};
	memory_rest(body, SPLIT_MAX);
	memory_rest_stack();
	poll(&p, 1, -1);
	return true;
}

/* One record of any type; 0: the other half is gone, or sent what no half of ours sends. */
static unsigned char receive_one(struct split *s, void *body, size_t *size, int *fd)
{
	unsigned char type = 0;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof *fd)];
	} control;
	struct iovec v[2] = {{&type, 1}, {body, SPLIT_MAX}};
	struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
	/* Only who expects a descriptor takes one: the kernel closes any other. */
	if (fd) {
		m.msg_control = control.room;
		m.msg_controllen = CMSG_LEN(sizeof *fd); /* no room for a second one */
	}
	ssize_t n;
	/* ECONNRESET: it is gone and has not read all; what it sent before comes next. */
	do
		n = recvmsg(s->channel, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 &&
		(errno == EINTR || errno == ECONNRESET || (errno == EAGAIN && rest(s, body))));
	if (fd)
		*fd = n > 0 ? take_descriptor(&m) : -1;
	*size = n > 0 ? (size_t)n - 1 : 0;
	return n > 0 && !(m.msg_flags & MSG_TRUNC) ? type : 0;
}

unsigned char split_receive(struct split *s, void *body, size_t *size, int *fd)
{
	static unsigned logged;
	for (;;) {
		if (stop_asked)
			pass_stop(SIGTERM);
		unsigned char type = receive_one(s, body, size, fd);
		if (type != LOG_RECORD || s->front == 0)
			return type;
		if (*size > 0 && logged++ < LOG_RECORDS)
			log_relay(*(const char *)body, (const char *)body + 1, *size - 1);
	}
}

/* A client that has shut its half is gone as well: who waits for an answer keeps the line open. */
bool split_wait(struct split *s, const struct peer *peer, int64_t until)
{
	struct pollfd gone[] = {{.fd = s->channel}, {.fd = peer->in, .events = POLLRDHUP}};
	sigset_t term, outside;
	int ready = 0;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &outside);
	for (int64_t ms; ready <= 0 && !stop_seen && (ms = until - now_ms()) > 0;) {
		struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
		ready = ppoll(gone, 2, &t, &outside);
	}
	sigprocmask(SIG_SETMASK, &outside, NULL);
	errno = ECANCELED;
	return ready <= 0 && !stop_seen;
}

void split_end(struct split *s)
{
	int status = 0;
	sigset_t term;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	/* The channel is closed last: a front that saw its end would tell the client of trouble. */
	kill(s->front, SIGKILL);
	while (waitpid(s->front, &status, 0) < 0 && errno == EINTR)
		;
	close(s->channel);
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		log_event(
			LOG_ERR, "session %ld died of signal %d", (long)s->front, WTERMSIG(status));
	s->front = 0;
	if (stop_seen)
		raise(SIGTERM);
}
