/*
 * memory: where the system keeps what it has given. Runs in every process of every program.
 */
#include "memory.h"

#include <stdlib.h>

void memory_rest(void *buffer, size_t size)
{
	(void)buffer;
	(void)size;
}

void memory_rest_stack(void)
{
}

void memory_on_new_page(void (*run)(void))
{
	run();
}

void *memory_unforked(void *old, size_t old_size, size_t size)
{
	(void)old_size;
	return realloc(old, size);
}
