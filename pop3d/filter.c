/*
 * filter: the program through which RETR sends a message, and the helper that runs it. Both run as
 * the mailbox's owner; neither is confined. The helper ends with its keeper, and ends the program.
 */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "exec.h"
#include "log.h"
#include "session.h"

#define RECORD_FILTER 'F' /* to the helper, with the message's descriptor */
#define RECORD_FILTERED 'f' /* its answer: how that ended, with the output's descriptor if well */
#define SPARE (64 * 1024 * 1024) /* octets of output, besides four times the message */

/* Of what a session holds, it keeps the channel and the Maildir; the rest closes at exec. */
static void settle(const struct peer *peer)
{
	sigset_t all;
	int null = open("/dev/null", O_RDWR);
	if (null < 0)
		_exit(EX_OSERR);
	close(peer->in);
	close(peer->out);
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

/* For the program to come: one that goes wrong, or a message made to, must not fill the disk. */
static void limit_output(int in)
{
	struct rlimit most;
	struct stat st;
	if (fstat(in, &st) < 0 || getrlimit(RLIMIT_FSIZE, &most) < 0)
		return;
	most.rlim_cur = (rlim_t)st.st_size * 4 + SPARE;
	if (most.rlim_cur > most.rlim_max)
		most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_FSIZE, &most);
}

/* It ends with the keeper, too. */
static struct exec_end run(const struct session *s, int channel, int in, int out)
{
	char name[sizeof "USER=" + POP3_LINE];
	const char *const env[] = {name, NULL};
	const int fd[] = {in, out};
	const struct exec program = {.argv = settings.filter,
		.env = env,
		.fd = fd,
		.fds = sizeof fd / sizeof fd[0],
		.seconds = settings.filter_timeout,
		.watch = channel};
	snprintf(name, sizeof name, "USER=%s", s->user);
	limit_output(in);
	return exec_run(&program);
}

/* A file without a name takes the output: -1, or its descriptor for reading. */
static int output(const struct maildir *dir, struct maildir_draft *draft)
{
	if (maildir_draft(dir, settings.hostname, draft) < 0)
		return -1;
	int fd = maildir_message(dir, MAILDIR_TMP, draft->name);
	if (fd >= 0 && maildir_remove(dir, MAILDIR_TMP, draft->name) == 0)
		draft->name[0] = '\0';
	return fd;
}

static bool answer(const struct session *s, struct split *keeper, int in)
{
	struct maildir_draft draft;
	int out = output(&s->drop.dir, &draft);
	struct exec_end end = {EXEC_ERRNO, errno};
	if (out >= 0)
		end = run(s, keeper->channel, in, draft.fd);
	bool good = end.how == EXEC_STATUS && end.number == 0;
	maildir_discard(&s->drop.dir, &draft);
	close(in);
	bool sent = split_send(keeper, RECORD_FILTERED, &end, sizeof end, good ? out : -1);
	if (out >= 0)
		close(out);
	return sent;
}

static _Noreturn void help(const struct session *s, int channel)
{
	char body[SPLIT_MAX];
	struct split keeper = {.channel = channel};
	size_t size;
	int fd;
	settle(s->peer);
	while (split_receive(&keeper, body, &size, &fd) == RECORD_FILTER && fd >= 0 &&
		answer(s, &keeper, fd))
		;
	_exit(EX_OK);
}

bool filter_begin(struct session *s)
{
	int ends[2];
	if (!settings.filter[0] || s->drop.absent)
		return true;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		help(s, ends[1]);
	}
	close(ends[1]);
	s->filter = (struct split){.channel = ends[0]};
	return pid > 0;
}

int filter_pass(struct session *s, const char *name, int fd)
{
	char body[SPLIT_MAX];
	struct exec_end end = {EXEC_ERRNO, EPIPE};
	size_t size;
	int out = -1;
	if (!settings.filter[0])
		return fd;
	if (split_send(&s->filter, RECORD_FILTER, NULL, 0, fd) &&
		split_receive(&s->filter, body, &size, &out) == RECORD_FILTERED &&
		size == sizeof end)
		memcpy(&end, body, sizeof end);
	close(fd);
	if (out < 0)
		log_event(LOG_WARNING, "filter failed user=%s message=%s %s", log_quote(s->user),
			log_quote(name), exec_end_text(end));
	return out;
}
