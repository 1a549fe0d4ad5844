/*
 * Unit test of lib/ledger.c: who waits gets the rows when they are let go of, and goes without them
 * when they never are. Works in a folder of its own below the current one.
 */
#include "ledger.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "alarm.h"
#include "unit.h"

#define alarm_start(seconds) alarm_start((seconds) / 5) /* one second will do */
#include "../../lib/ledger.c"

#define SIZE 4096

/* Another keeper writes, and is stopped before it is done; it goes on when it is told to. */
static pid_t stopped_keeper(void)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		struct ledger l;
		if (!ledger_open(&l, "rows", SIZE))
			_exit(1);
		raise(SIGSTOP);
		*(char *)l.rows = 'x';
		ledger_close(&l);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	return pid;
}

int main(void)
{
	char work[] = "ledger.XXXXXX";
	struct ledger l;
	int status;
	CHECK(mkdtemp(work) && chdir(work) == 0);
	settings.run = ".";
	pid_t keeper = stopped_keeper();
	CHECK(!ledger_open(&l, "rows", SIZE) && errno == EINTR);
	kill(keeper, SIGCONT);
	bool open;
	while (!(open = ledger_open(&l, "rows", SIZE)) && errno == EINTR)
		; /* on a busy machine a second may be too short */
	CHECK(open && *(char *)l.rows == 'x');
	ledger_close(&l);
	CHECK(waitpid(keeper, &status, 0) == keeper && status == 0);
	CHECK(unlink("rows") == 0 && chdir("..") == 0 && rmdir(work) == 0);
	return unit_end();
}
