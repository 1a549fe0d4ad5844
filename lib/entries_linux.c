/*
 * entries: by the system call itself. Runs with the ids of who owns the folder.
 */
#include "entries.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As the kernel writes it: the next one begins `length` octets behind it. */
struct entry {
	uint64_t inode, next;
	uint16_t length;
	unsigned char type;
	char name[];
};

/* False: the visitor wants no more. */
static bool visit_block(const char *at, const char *end, entries_visit *visit, void *context)
{
	const struct entry *e;
	for (; at < end; at += e->length) {
		e = (const void *)at;
		if (e->name[0] != '.' && !visit(context, e->name, e->type))
			return false;
	}
	return true;
}

int entries_each(int folder, entries_visit *visit, void *context)
{
	/* A descriptor of its own: reading moves the position that copies of one share. */
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	_Alignas(struct entry) char block[32 * 1024];
	long n;
	do
		n = syscall(SYS_getdents64, fd, block, sizeof block);
	while (n > 0 && visit_block(block, block + n, visit, context));
	int error = errno;
	close(fd);
	errno = error;
	return n < 0 ? -1 : 0;
}
