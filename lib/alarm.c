/*
 * alarm: a limit of time for system calls that would wait for ever. Runs in keepers, with the
 * privileges of the start.
 */
#include "alarm.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

#include "str.h"

#define TICK 200000 /* microseconds */

static int64_t end;

static void tick(int signal)
{
	(void)signal;
}

/* It ticks on: a single signal could come between looking at the clock and the call that waits. */
static void set_timer(suseconds_t us)
{
	struct itimerval timer = {{.tv_usec = us}, {.tv_usec = us}};
	setitimer(ITIMER_REAL, &timer, NULL);
}

void alarm_start(int seconds)
{
	struct sigaction act = {.sa_handler = tick}; /* without SA_RESTART */
	sigemptyset(&act.sa_mask);
	sigaction(SIGALRM, &act, NULL);
	end = now_ms() + (int64_t)seconds * 1000;
	set_timer(TICK);
}

bool alarm_over(void)
{
	return now_ms() >= end;
}

void alarm_stop(void)
{
	int saved = errno;
	set_timer(0);
	signal(SIGALRM, SIG_DFL);
	errno = saved;
}
