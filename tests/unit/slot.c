/*
 * slot: never more at once than there are slots, over all processes; who waits gets one; a dead
 * process's is free. Works in a folder of its own below the current one.
 */
#include "slot.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "settings.h"
#include "unit.h"

#define PROCESSES 40

static struct shared {
	atomic_uint holders, most, served;
} * shared;

_Noreturn static void use_slot(void)
{
	int slot = slot_take();
	unsigned now = atomic_fetch_add(&shared->holders, 1) + 1, most = shared->most;
	while (now > most && !atomic_compare_exchange_weak(&shared->most, &most, now))
		;
	for (volatile unsigned work = 0; work < 300000; work++)
		;
	atomic_fetch_sub(&shared->holders, 1);
	atomic_fetch_add(&shared->served, slot >= 0);
	slot_give(slot);
	_exit(0);
}

/* Holds one until it is killed, and says so. */
static pid_t hold(void)
{
	int ends[2];
	char ready;
	CHECK(pipe(ends) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (slot_take() < 0 || write(ends[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	CHECK(read(ends[0], &ready, 1) == 1);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

static void check_many(void)
{
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			use_slot();
	while (wait(NULL) > 0)
		;
	CHECK(shared->served == PROCESSES);
	CHECK(shared->most >= 1 && shared->most <= slot_count());
}

static void check_death(void)
{
	pid_t pid[512];
	unsigned n = slot_count();
	CHECK(n >= 2 && n % 2 == 0 && n <= 512);
	for (unsigned i = 0; i < n; i++)
		pid[i] = hold();
	atomic_store(&shared->served, 0);
	pid_t waiter = fork();
	if (waiter == 0)
		use_slot();
	CHECK(waitpid(waiter, NULL, WNOHANG) == 0 && shared->served == 0);
	kill(pid[n / 2], SIGKILL);
	CHECK(waitpid(waiter, NULL, 0) == waiter && shared->served == 1);
	for (unsigned i = 0; i < n; i++) {
		kill(pid[i], SIGKILL);
		CHECK(waitpid(pid[i], NULL, 0) == pid[i]);
	}
}

int main(void)
{
	char work[] = "slot.XXXXXX";
	CHECK(mkdtemp(work) && chdir(work) == 0 && mkdir("run", 0700) == 0);
	shared = mmap(
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	settings.run = "run";
	check_many();
	check_death();
	settings.run = "/nowhere";
	CHECK(slot_take() < 0 && errno == ENOENT);
	return unit_end();
}
