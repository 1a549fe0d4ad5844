/*
 * exec: runs another program and waits for its end. Called by keepers, with the privileges of
 * the start, and by helpers that are the user; the program becomes who it is told to be.
 */
#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "str.h"

#define BEYOND 16 /* descriptors are kept from here on while they are put into place */
#define STANDARD 3 /* 0, 1 and 2 */

/* A program that is being run. */
struct running {
	const struct exec *exec;
	pid_t pid;
	sigset_t before, waiting; /* signals that are blocked */
	struct sigaction child; /* what SIGCHLD did */
};

static void note_end(int signal)
{
	(void)signal;
}

/* SIGCHLD comes while we wait, and at no other time; all others have to wait for the end. */
static void hold_signals(struct running *r)
{
	struct sigaction act = {.sa_handler = note_end};
	sigset_t all;
	sigfillset(&all);
	sigemptyset(&act.sa_mask);
	sigprocmask(SIG_SETMASK, &all, &r->before);
	sigaction(SIGCHLD, &act, &r->child);
	r->waiting = all;
	sigdelset(&r->waiting, SIGCHLD);
}

static void release_signals(const struct running *r)
{
	sigaction(SIGCHLD, &r->child, NULL);
	sigprocmask(SIG_SETMASK, &r->before, NULL);
}

/* In the child from here on. */
static void place_descriptors(const struct exec *p)
{
	int null = open("/dev/null", O_RDWR);
	int from[BEYOND];
	size_t count = p->fds > STANDARD ? p->fds : STANDARD;
	for (size_t i = 0; i < count; i++) {
		int fd = i < p->fds && p->fd[i] >= 0 ? p->fd[i] : null;
		from[i] = fcntl(fd, F_DUPFD, BEYOND);
	}
	for (size_t i = 0; i < count; i++)
		if (from[i] < 0 || dup2(from[i], (int)i) < 0)
			_exit(EX_OSERR);
	priv_close_from((int)count, -1);
}

static void reset_signals(void)
{
	sigset_t none;
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void set_limits(uint64_t seconds)
{
	struct rlimit no_core = {0, 0}, cpu = {seconds, seconds};
	setrlimit(RLIMIT_CORE, &no_core);
	setrlimit(RLIMIT_CPU, &cpu);
}

static _Noreturn void become_program(const struct exec *p)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *env[EXEC_ENV + 2] = {path};
	for (size_t i = 0; p->env && p->env[i]; i++)
		env[i + 1] = (char *)(uintptr_t)p->env[i];
	setsid();
	if (p->owner)
		priv_become(*p->owner);
	priv_follow_parent();
	place_descriptors(p);
	set_limits(p->seconds);
	reset_signals();
	execve(p->argv[0], p->argv, env);
	_exit(EXEC_NOT_RUN);
}

static bool has_ended(pid_t pid)
{
	siginfo_t end = {.si_pid = 0};
	return waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG | WNOWAIT) < 0 || end.si_pid;
}

/* Until the program has ended, and is left to be reaped; or why it may not go on. */
static enum exec_how await(struct running *r)
{
	const struct exec_reader *reader = r->exec->reader;
	int64_t deadline = now_ms() + (int64_t)r->exec->seconds * 1000;
	struct pollfd fds[] = {{r->exec->watch, POLLIN, 0},
		{reader ? reader->fd[0] : -1, POLLIN, 0}, {reader ? reader->fd[1] : -1, POLLIN, 0}};
	while (!has_ended(r->pid)) {
		int64_t left = deadline - now_ms();
		struct timespec t = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
		if (left <= 0)
			return EXEC_LATE;
		if (ppoll(fds, 3, &t, &r->waiting) <= 0)
			continue;
		if (fds[0].revents)
			return EXEC_DROPPED;
		reader->take(reader); /* it has one of the others */
	}
	return EXEC_STATUS;
}

/* The group has the number of the program as long as that is not reaped. */
static struct exec_end end_of(struct running *r)
{
	int status = SIGKILL; /* no success unless we are told so */
	enum exec_how how = await(r);
	kill(-r->pid, SIGKILL);
	kill(r->pid, SIGKILL); /* it may not have a group of its own yet */
	while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (how == EXEC_LATE)
		return (struct exec_end){how, (int)r->exec->seconds};
	if (how == EXEC_DROPPED)
		return (struct exec_end){how, 0};
	if (WIFSIGNALED(status))
		return (struct exec_end){EXEC_SIGNAL, WTERMSIG(status)};
	return (struct exec_end){EXEC_STATUS, WEXITSTATUS(status)};
}

static struct exec_end start(struct running *r)
{
	r->pid = fork();
	if (r->pid < 0)
		return (struct exec_end){EXEC_ERRNO, errno};
	if (r->pid == 0)
		become_program(r->exec);
	return end_of(r);
}

static bool too_many(const char *const *env)
{
	size_t n = 0;
	while (env && env[n])
		n++;
	return n > EXEC_ENV;
}

struct exec_end exec_run(const struct exec *p)
{
	if (too_many(p->env))
		return (struct exec_end){EXEC_ERRNO, E2BIG};
	struct running r = {.exec = p};
	hold_signals(&r);
	struct exec_end end = start(&r);
	release_signals(&r);
	return end;
}

const char *exec_end_text(struct exec_end end)
{
	static const char *const words[] = {[EXEC_STATUS] = "status",
		[EXEC_SIGNAL] = "signal",
		[EXEC_LATE] = "seconds",
		[EXEC_DROPPED] = "dropped",
		[EXEC_ERRNO] = "errno"};
	static char text[32];
	snprintf(text, sizeof text, "%s=%d", words[end.how], end.number);
	return text;
}
