/*
 * upload: a file that comes in. Runs in the child, as the jailed user: upload_begin() before the
 * system-call filter for transfers, the rest behind it.
 */
#include "upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 100 /* a process id may come again, after a kill -9 has left a file behind */

int upload_begin(struct upload *u, const struct root_file *file)
{
	*u = (struct upload){.fd = -1, .folder = file->end.folder, .leaf = file->end.leaf};
	for (int i = 0; i < TRIES && u->fd < 0; i++) {
		snprintf(
			u->temporary, sizeof u->temporary, WALK_HIDDEN "%ld.%d", (long)getpid(), i);
		u->fd = openat(u->folder, u->temporary,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (u->fd < 0 && errno != EEXIST)
			return -1;
	}
	/* The mode that is wanted, whatever the umask of this process. */
	return u->fd < 0 ? -1 : fchmod(u->fd, file->mode);
}

int upload_commit(struct upload *u)
{
	if (fsync(u->fd) < 0 || renameat(u->folder, u->temporary, u->folder, u->leaf) < 0)
		return -1;
	u->temporary[0] = '\0';
	return fsync(u->folder);
}

void upload_discard(struct upload *u)
{
	if (u->fd < 0)
		return;
	if (u->temporary[0])
		unlinkat(u->folder, u->temporary, 0);
	close(u->fd);
	u->fd = -1;
}
