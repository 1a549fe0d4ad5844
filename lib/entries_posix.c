/*
 * entries: by readdir(). Runs with the ids of who owns the folder.
 */
#include "entries.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int entries_each(int folder, entries_visit *visit, void *context)
{
	/* A descriptor of its own: reading moves the position that copies of one share. */
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		int error = errno;
		if (fd >= 0)
			close(fd);
		errno = error;
		return -1;
	}
	const struct dirent *e;
	while (errno = 0, (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' && !visit(context, e->d_name, e->d_type))
			break;
	int error = e ? 0 : errno;
	closedir(dir);
	errno = error;
	return error ? -1 : 0;
}
