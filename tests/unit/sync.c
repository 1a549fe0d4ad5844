/*
 * sync: many folders and files at once, and what cannot be synced among them. Works in the current
 * folder.
 */
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "unit.h"

#define MANY 150

static struct sync list[MANY];

static void all_are(int fd, size_t n)
{
	for (size_t i = 0; i < n; i++)
		list[i] = (struct sync){.fd = fd, .error = -1};
	sync_all(list, n);
}

int main(void)
{
	int folder = open(".", O_RDONLY | O_DIRECTORY), ends[2];
	int file = open("file", O_WRONLY | O_CREAT, 0600);
	CHECK(folder >= 0 && file >= 0 && pipe(ends) == 0);
	CHECK(write(file, "x", 1) == 1);

	for (size_t n = 0; n <= MANY; n += n < 4 ? 1 : 73) {
		all_are(folder, n);
		for (size_t i = 0; i < n; i++)
			CHECK(list[i].error == 0);
	}
	/* What is before such a one, and what is behind it, is synced all the same. */
	for (size_t at = 0; at < 8; at++) {
		for (size_t i = 0; i < 8; i++)
			list[i] = (struct sync){.fd = i % 2 ? file : folder, .error = -1};
		list[at].fd = at % 2 ? ends[1] : -1;
		list[7].fd = at % 2 ? -1 : ends[0];
		sync_all(list, 8);
		for (size_t i = 0; i < 8; i++)
			CHECK(list[i].error == (list[i].fd == -1           ? EBADF
						       : list[i].fd > file ? EINVAL
									   : 0));
	}
	return unit_end();
}
