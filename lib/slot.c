/*
 * slot: no more than two costly computations for each core at once. Runs in keepers, with the
 * privileges of the start.
 */
#include "slot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "alarm.h"
#include "ledger.h"

unsigned slot_count(void)
{
	static long cores;
	if (!cores)
		cores = sysconf(_SC_NPROCESSORS_ONLN);
	return cores > 1 ? 2 * (unsigned)cores : 2;
}

static int lock(int fd, unsigned slot, int command)
{
	struct flock l = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)slot, .l_len = 1};
	return fcntl(fd, command, &l);
}

/* Where this process begins to look: pids of sessions come in even steps, and are to be spread. */
static unsigned first_slot(unsigned count)
{
	return ((uint32_t)getpid() * 2654435761U >> 16) % count;
}

/* Whichever is free, and else in the queue for one of them; now and then it looks at all again. */
static int lock_any(int fd)
{
	unsigned count = slot_count(), first = first_slot(count);
	do {
		for (unsigned i = 0; i < count; i++)
			if (lock(fd, (first + i) % count, F_SETLK) == 0)
				return 0;
		if (lock(fd, first, F_SETLKW) == 0)
			return 0;
		if (errno != EINTR)
			return -1;
	} while (!alarm_over());
	errno = EAGAIN;
	return -1;
}

int slot_take(void)
{
	int fd = ledger_file("slots");
	if (fd < 0)
		return -1;
	alarm_start(SLOT_SECONDS);
	int locked = lock_any(fd);
	alarm_stop();
	if (locked == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

void slot_give(int slot)
{
	close(slot);
}
