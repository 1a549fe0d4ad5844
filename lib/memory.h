/*
 * memory: a process that waits has few pages of its own.
 *
 * What a session keeps is small and lies together. What it needs for its work only is on its stack,
 * or in large buffers apart, and given back when the client is silent for a while.
 *
 * One file for each system: memory_linux.c and memory_posix.c, which knows no such thing.
 */
#ifndef LIB_MEMORY_H
#define LIB_MEMORY_H

#include <stddef.h>

/* For a large static object. The linker puts first what is aligned like this, see the Makefile. */
#define OWN_PAGES _Alignas(4096)

#define MEMORY_REST 250 /* ms: a client silent for longer may be so for minutes */

/* Nobody needs the octets of this buffer, which are undefined from now on. Nor what the stack held
 * deeper than the caller. Keeps errno. */
void memory_rest(void *buffer, size_t size);
void memory_rest_stack(void);

/* Runs it on a new page of the stack: what it and sessions use of that is one page then, and not
 * two where one happens to end. */
void memory_on_new_page(void (*run)(void));

/* As realloc(), but of memory that no forked process has. For one that lives as long as the
 * process: there is no way to free it. */
void *memory_unforked(void *old, size_t old_size, size_t size);

#endif
