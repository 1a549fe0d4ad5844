/*
 * upload: a file that comes in. Runs in the child, as the jailed user: upload_begin() before the
 * system-call filter for transfers, the rest behind it.
 */
#include "upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "settings.h"
#include "str.h"

#define TRIES 100 /* a process id may come again, after a kill -9 has left a file behind */
#define NUMBERS 9999 /* of files of one name */

int upload_lock(int fd, bool wait)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, wait ? F_SETLKW : F_SETLK, &lock);
}

/* A sweep may have found it before the lock, and removed it: then the next one. Where there are no
 * locks, a sweep can take none either. */
static bool ours(int fd)
{
	struct stat status;

	upload_lock(fd, true);
	return fstat(fd, &status) == 0 && status.st_nlink > 0;
}

int upload_begin(struct upload *u, const struct root_file *file)
{
	*u = (struct upload){.fd = -1, .folder = file->end.folder, .mode = file->mode};
	str_copy(u->leaf, sizeof u->leaf, file->end.leaf);
	for (int i = 0; i < TRIES && u->fd < 0; i++) {
		snprintf(
			u->temporary, sizeof u->temporary, WALK_HIDDEN "%ld.%d", (long)getpid(), i);
		u->fd = openat(u->folder, u->temporary,
			O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (u->fd < 0 && errno != EEXIST)
			return -1;
		if (u->fd >= 0 && !ours(u->fd)) {
			close(u->fd);
			u->fd = -1;
		}
	}
	return u->fd < 0 ? -1 : 0;
}

int upload_write(struct upload *u, const char *octets, size_t n)
{
	errno = EFBIG;
	if (settings.max_upload && u->writeback.written + n > settings.max_upload)
		return -1;
	if (write_all(u->fd, octets, n) < 0)
		return -1;
	writeback_add(&u->writeback, u->fd, n);
	return 0;
}

/* A second name, and then the first one goes: what has the name already stays. */
static int publish_as(struct upload *u, const char *name)
{
	if (linkat(u->folder, u->temporary, u->folder, name, 0) < 0)
		return -1;
	if (unlinkat(u->folder, u->temporary, 0) == 0)
		u->temporary[0] = '\0';
	return 0;
}

static int publish_numbered(struct upload *u)
{
	char name[NAME_MAX + 1];
	struct str s;
	int result = publish_as(u, u->leaf);

	for (int i = 1; i <= NUMBERS && result < 0 && errno == EEXIST; i++) {
		str_init(&s, name, sizeof name);
		str_addf(&s, "%s.%d", u->leaf, i);
		errno = ENAMETOOLONG;
		result = s.cut ? -1 : publish_as(u, name);
		if (result == 0)
			str_copy(u->leaf, sizeof u->leaf, name);
	}
	return result;
}

static int publish(struct upload *u)
{
	if (strcmp(settings.overwrite, "number") == 0)
		return publish_numbered(u);
	if (strcmp(settings.overwrite, "refuse") == 0)
		return publish_as(u, u->leaf);
	if (renameat(u->folder, u->temporary, u->folder, u->leaf) < 0)
		return -1;
	u->temporary[0] = '\0';
	return 0;
}

int upload_commit(struct upload *u)
{
	/* The mode that is wanted, whatever the umask of this process. */
	if (fchmod(u->fd, u->mode) < 0 || fsync(u->fd) < 0 || publish(u) < 0)
		return -1;
	/* Some network file systems have no such thing: what is there is there. */
	return fsync(u->folder) == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : -1;
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
