/*
 * memory: by madvise(). Runs in every process of every program, in jails too.
 */
#include "memory.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRAME 512 /* octets */
#define DEPTH (512 * 1024) /* octets: deeper than any function of a session goes */

/* The whole pages from `start` to `end`. */
static void give_back(uintptr_t start, uintptr_t end)
{
	int saved = errno;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	start = (start + page - 1) & ~(page - 1);
	end &= ~(page - 1);
	if (start < end)
		madvise((void *)start, end - start, MADV_DONTNEED);
	errno = saved;
}

void memory_rest(void *buffer, size_t size)
{
	give_back((uintptr_t)buffer, (uintptr_t)buffer + size);
}

/*
 * Of what is below this frame, a little stays for the call itself; so this must have a frame of its
 * own. What was never touched is no part of the stack yet, and is passed over.
 */
__attribute__((noinline)) void memory_rest_stack(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	give_back(here - DEPTH, here - FRAME);
}

void memory_on_new_page(void (*run)(void))
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	volatile char rest_of_page[(uintptr_t)__builtin_frame_address(0) % page + 1];
	rest_of_page[0] = 0;
	run();
	(void)rest_of_page[0]; /* it has been there all the time */
}

void *memory_unforked(void *old, size_t old_size, size_t size)
{
	void *block =
		old ? mremap(old, old_size, size, MREMAP_MAYMOVE)
		    : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return NULL;
	madvise(block, size, MADV_DONTFORK);
	return block;
}
