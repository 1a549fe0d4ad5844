/*
 * sync_calls: what the kernel may answer: a part taken, a signal, an error of one among many, and
 * nothing any more. Includes the file it tests.
 */
#include <stdarg.h>
#include <unistd.h>

static long test_syscall(long number, ...);
static int test_fsync(int fd);
#define syscall test_syscall
#define fsync test_fsync
#include "../../lib/sync_linux.c"
#undef fsync
#undef syscall

#include "unit.h"

#define MANY 10

static long setup, submit, events; /* what comes back; negative: an errno. `submit`: at most */
static int interrupted; /* so many times */
static uint64_t bad; /* this one fails, with ENOSPC */
static int synced[MANY], submitted, asked; /* how often */
static uint64_t waiting[MANY];
static long count;

static int test_fsync(int fd)
{
	synced[fd]++;
	return 0;
}

static long fail(long error)
{
	errno = (int)-error;
	return -1;
}

static long take(va_list *with)
{
	(void)va_arg(*with, aio_context_t);
	long n = va_arg(*with, long);
	struct iocb **blocks = va_arg(*with, struct iocb **);
	submitted++;
	if (submit < 0)
		return fail(submit);
	for (count = 0; count < n && count < submit; count++) {
		waiting[count] = blocks[count]->aio_data;
		synced[blocks[count]->aio_fildes]++;
	}
	return count;
}

/* The last one first, and one at a time after a signal. */
static long tell(va_list *with)
{
	(void)va_arg(*with, aio_context_t);
	long least = va_arg(*with, long), n = 0;
	(void)va_arg(*with, long);
	struct io_event *to = va_arg(*with, struct io_event *);
	asked++;
	if (events < 0)
		return fail(events);
	if (interrupted > 0 && interrupted-- % 2)
		return fail(-EINTR);
	for (; n < least && count > 0 && !(interrupted && n == 1); n++) {
		uint64_t data = waiting[--count];
		to[n] = (struct io_event){.data = data, .res = data == bad ? -ENOSPC : 0};
	}
	return n;
}

static long test_syscall(long number, ...)
{
	va_list with;
	long result = setup;
	va_start(with, number);
	if (number == SYS_io_setup) {
		(void)va_arg(with, int);
		*va_arg(with, aio_context_t *) = 1;
	} else
		result = number == SYS_io_submit ? take(&with) : tell(&with);
	va_end(with);
	return result;
}

static struct sync list[MANY];

static void sync_many(void)
{
	memset(synced, 0, sizeof synced);
	submitted = asked = 0;
	for (int i = 0; i < MANY; i++)
		list[i] = (struct sync){.fd = i, .error = -1};
	sync_all(list, MANY);
}

static void each_once(void)
{
	for (int i = 0; i < MANY; i++)
		CHECK(synced[i] == 1);
}

int main(void)
{
	submit = MANY;
	bad = MANY;
	sync_many();
	each_once();
	CHECK(submitted == 1 && asked == 1);
	for (bad = 0; bad < MANY; bad++) {
		interrupted = 3;
		sync_many();
		each_once();
		for (int i = 0; i < MANY; i++)
			CHECK(list[i].error == ((uint64_t)i == bad ? ENOSPC : 0));
	}
	submit = 4; /* 4, 4, and 2 alone */
	sync_many();
	each_once();
	CHECK(submitted == 2);
	submit = -EAGAIN;
	sync_many();
	each_once();
	CHECK(asked == 0);
	submit = 4;
	events = -EINVAL; /* of what was taken nothing is known, and nothing is asked any more */
	sync_many();
	for (int i = 0; i < MANY; i++)
		CHECK(list[i].error == (i < 4 ? EIO : 0));
	CHECK(asked == 1);
	sync_many();
	each_once();
	CHECK(submitted == 0);
	return unit_end();
}
