/*
 * ledger: rows in a file that keepers share. Runs in keepers, with the privileges of the start.
 */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alarm.h"
#include "settings.h"
#include "str.h"

#define SECONDS 5 /* to wait for the others */

/* A regular file of our own that nobody else may write, of this size. */
static bool is_sound(int fd, size_t size)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return false;
	errno = EINVAL;
	return S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 022) &&
	       ((size_t)st.st_size == size || ftruncate(fd, (off_t)size) == 0);
}

/* Each holds it for a moment; but one that was stopped there must not stop all. */
static bool lock(int fd)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (fcntl(fd, F_SETLK, &all) == 0)
		return true;
	int locked;
	alarm_start(SECONDS);
	do
		locked = fcntl(fd, F_SETLKW, &all);
	while (locked < 0 && errno == EINTR && !alarm_over());
	alarm_stop();
	return locked == 0;
}

int ledger_file(const char *name)
{
	char path[1024];
	struct str s;
	str_init(&s, path, sizeof path);
	str_addf(&s, "%s/%s", settings.run, name);
	errno = ENAMETOOLONG;
	return s.cut ? -1 : open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

bool ledger_open(struct ledger *l, const char *name, size_t size)
{
	l->fd = ledger_file(name);
	if (l->fd < 0)
		return false;
	l->size = size;
	l->rows = MAP_FAILED;
	if (lock(l->fd) && is_sound(l->fd, size))
		l->rows = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, l->fd, 0);
	if (l->rows != MAP_FAILED)
		return true;
	int saved = errno;
	close(l->fd);
	errno = saved;
	return false;
}

void ledger_close(struct ledger *l)
{
	munmap(l->rows, l->size);
	close(l->fd);
}
