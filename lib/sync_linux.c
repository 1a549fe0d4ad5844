/*
 * sync: by the kernel's asynchronous input and output, for which the C library has no names; one
 * file after the other where that is not to be had. Runs in smtpd's keepers. io_submit(2).
 */
#include "sync.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FEW 2 /* not worth it */
#define MOST 32 /* at a time: what the kernel keeps for so many is one page */

static aio_context_t context; /* the process's own; 0: there is none */

static bool ready(void)
{
	static bool asked;
	if (!asked && syscall(SYS_io_setup, MOST, &context) < 0)
		context = 0;
	asked = true;
	return context != 0;
}

/* Waits for all of `n`. Where that fails, so has what is not told of, and as it may still be told
 * of later, nobody asks again. */
static void take_results(struct sync *list, size_t n)
{
	struct io_event events[MOST];
	for (size_t i = 0; i < n; i++)
		list[i].error = EIO;
	while (n > 0) {
		long got = syscall(SYS_io_getevents, context, (long)n, (long)n, events, NULL);
		if (got < 0 && errno != EINTR) {
			context = 0;
			return;
		}
		for (long i = 0; i < got; i++)
			list[events[i].data].error = (int)-events[i].res;
		n -= got > 0 ? (size_t)got : 0;
	}
}

/* How many of them it has done; none where the system does not want to. */
static size_t sync_together(struct sync *list, size_t n)
{
	struct iocb blocks[MOST], *pointers[MOST];
	memset(blocks, 0, sizeof blocks);
	for (size_t i = 0; i < n; i++) {
		blocks[i].aio_data = i;
		blocks[i].aio_lio_opcode = IOCB_CMD_FSYNC;
		blocks[i].aio_fildes = (uint32_t)list[i].fd;
		pointers[i] = &blocks[i];
	}
	long taken = syscall(SYS_io_submit, context, (long)n, pointers);
	if (taken <= 0)
		return 0;
	take_results(list, (size_t)taken);
	return (size_t)taken;
}

void sync_all(struct sync *list, size_t n)
{
	size_t done = 0, part;
	do {
		part = n - done < MOST ? n - done : MOST;
		part = part > FEW && ready() ? sync_together(list + done, part) : 0;
		done += part;
	} while (part > 0);
	for (; done < n; done++)
		list[done].error = fsync(list[done].fd) == 0 ? 0 : errno;
}
