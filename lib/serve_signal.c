/*
 * serve_signal: the signals of the accept loop, which come in at one place only. Runs there and at
 * the start of each child.
 */
#include "serve_signal.h"

#include <stddef.h>

struct serve_asked serve_asked;

static sigset_t outside; /* the signal mask while waiting, and of children */

static void note_signal(int signal, siginfo_t *from, void *context)
{
	(void)context;
	switch (signal) {
	case SIGHUP:
		serve_asked.reload = 1;
		break;
	case SIGUSR1:
		serve_asked.report = 1;
		break;
	case SIGCHLD:
		serve_asked.child = from->si_pid > 0 ? from->si_pid : -1;
		break;
	default:
		serve_asked.end = 1;
	}
}

/* The last three are meant for the loop, and often sent to all. */
static const int heeded[] = {SIGTERM, SIGCHLD, SIGINT, SIGHUP, SIGUSR1};
#define HEEDED (sizeof heeded / sizeof heeded[0])
#define IGNORED (HEEDED - 3)

void serve_heed(void)
{
	struct sigaction act = {.sa_sigaction = note_signal, .sa_flags = SA_SIGINFO};
	sigset_t inside;

	sigemptyset(&act.sa_mask);
	sigemptyset(&inside);
	for (size_t i = 0; i < HEEDED; i++)
		sigaddset(&inside, heeded[i]);
	sigprocmask(SIG_BLOCK, &inside, &outside);
	for (size_t i = 0; i < HEEDED; i++) {
		sigdelset(&outside, heeded[i]);
		sigaction(heeded[i], &act, NULL);
	}
}

const sigset_t *serve_mask(void)
{
	return &outside;
}

void serve_unheed(void)
{
	sigset_t mask = outside;

	for (size_t i = 0; i < HEEDED; i++)
		signal(heeded[i], i < IGNORED ? SIG_DFL : SIG_IGN);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}
