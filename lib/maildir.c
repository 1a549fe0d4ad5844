/*
 * maildir: reading one Maildir, its lock, and making it. Runs with the ids of the mailbox's owner.
 */
#include "maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "entries.h"
#include "str.h"

static const char *const folder_names[3] = {
	[MAILDIR_TMP] = "tmp", [MAILDIR_NEW] = "new", [MAILDIR_CUR] = "cur"};

const char *maildir_folder_name(enum maildir_folder folder)
{
	return folder_names[folder];
}

/* close(), with errno kept: -1, to be returned. */
static int give_up(int fd)
{
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int open_folder(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The first `count` folders. */
static int open_some(struct maildir *m, const char *path, int count)
{
	*m = (struct maildir){.root = open_folder(AT_FDCWD, path), .folder = {-1, -1, -1}};
	if (m->root < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		m->folder[i] = open_folder(m->root, folder_names[i]);
		if (m->folder[i] < 0 && errno != ENOENT) {
			int error = errno;
			maildir_close(m);
			errno = error;
			return -1;
		}
	}
	return 0;
}

int maildir_open(struct maildir *m, const char *path)
{
	return open_some(m, path, MAILDIR_CUR + 1);
}

int maildir_open_to_deliver(struct maildir *m, const char *path)
{
	return open_some(m, path, MAILDIR_NEW + 1);
}

void maildir_close(struct maildir *m)
{
	for (int i = 0; i < 3; i++)
		if (m->folder[i] >= 0)
			close(m->folder[i]);
	if (m->root >= 0)
		close(m->root);
	*m = (struct maildir){-1, {-1, -1, -1}};
}

/* 0: a folder is there; then *made tells whether it was not before. */
static int make_folder(int dir, const char *name, bool *made)
{
	struct stat st;
	if (mkdirat(dir, name, 0700) == 0) {
		*made = true;
		return 0;
	}
	if (errno != EEXIST || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return 0;
	errno = ENOTDIR;
	return -1;
}

static bool unsynced;

void maildir_unsynced(void)
{
	unsynced = true;
}

int maildir_sync(int fd)
{
	return unsynced ? 0 : fsync(fd);
}

void maildir_sync_all(struct sync *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		list[i].error = 0;
	if (!unsynced)
		sync_all(list, n);
}

/* A message is not on disk before the folders that lead to it are. The parent may be a folder that
 * the owner cannot read: then its system is trusted to write in order. */
static int settle_folders(int root)
{
	if (maildir_sync(root) != 0)
		return -1;
	int parent = open_folder(root, "..");
	if (parent < 0)
		return errno == EACCES ? 0 : -1;
	if (maildir_sync(parent) != 0)
		return give_up(parent);
	return close(parent);
}

int maildir_make(const char *path)
{
	bool made = false;
	if (make_folder(AT_FDCWD, path, &made) != 0)
		return -1;
	int root = open_folder(AT_FDCWD, path);
	if (root < 0)
		return -1;
	for (int i = 0; i < 3; i++)
		if (make_folder(root, folder_names[i], &made) != 0)
			return give_up(root);
	if (made && settle_folders(root) != 0)
		return give_up(root);
	return close(root);
}

struct scan {
	enum maildir_folder folder;
	maildir_visit *visit;
	void *context;
};

/* Some file systems do not tell what an entry is: opening it will. */
static bool visit_message(void *context, const char *name, unsigned char type)
{
	const struct scan *s = context;
	if (type == DT_REG || type == DT_UNKNOWN)
		s->visit(s->context, s->folder, name);
	return true;
}

static int scan_folder(
	const struct maildir *m, enum maildir_folder folder, maildir_visit *visit, void *context)
{
	struct scan scan = {folder, visit, context};
	return m->folder[folder] < 0 ? 0 : entries_each(m->folder[folder], visit_message, &scan);
}

int maildir_scan(const struct maildir *m, maildir_visit *visit, void *context)
{
	if (scan_folder(m, MAILDIR_NEW, visit, context) != 0)
		return -1;
	return scan_folder(m, MAILDIR_CUR, visit, context);
}

/* In ms. */
static int64_t in_ms(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t maildir_clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return in_ms(now);
}

/* The clock of a file system moves by steps of up to 10 ms: behind a change within the step before,
 * another one does not show. */
bool maildir_rested(const struct maildir *m, int64_t began)
{
	struct stat st;
	return m->folder[MAILDIR_CUR] < 0 || fstat(m->folder[MAILDIR_CUR], &st) != 0 ||
	       in_ms(st.st_mtim) + 10 < began;
}

size_t maildir_base(const char *name)
{
	const char *end = strchr(name, ':');
	return end ? (size_t)(end - name) : strlen(name);
}

/* As maildir_attribute(), in the octets up to `end`. */
static bool attribute(const char *at, const char *end, const char *key, uint64_t *number)
{
	const char *found = NULL;
	for (; (at = memchr(at, *key, (size_t)(end - at))) != NULL; at++) {
		if (!str_begins(at, key))
			continue;
		if (found)
			return false;
		found = at + strlen(key);
	}
	if (!found)
		return false;
	const char *comma = memchr(found, ',', (size_t)(end - found));
	return str_digits(found, comma ? comma : end, INT64_MAX, number);
}

bool maildir_attribute(const char *name, const char *key, uint64_t *number)
{
	return attribute(name, name + maildir_base(name), key, number);
}

bool maildir_sizes(const char *name, uint64_t *disk, uint64_t *wire)
{
	const char *end = name + maildir_base(name);
	return attribute(name, end, ",S=", disk) && attribute(name, end, ",W=", wire) &&
	       *disk <= *wire && *wire <= 2 * *disk;
}

/* Opens a file that must be a regular one. A FIFO does not block, a terminal stays foreign. */
static int open_regular(int dir, const char *name, int flags)
{
	struct stat st;
	int fd = openat(dir, name, flags | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0)
		return give_up(fd);
	if (S_ISREG(st.st_mode))
		return fd;
	errno = EINVAL;
	return give_up(fd);
}

int maildir_message(const struct maildir *m, enum maildir_folder folder, const char *name)
{
	return open_regular(m->folder[folder], name, O_RDONLY);
}

int maildir_file(const struct maildir *m, const char *name, int flags)
{
	return open_regular(m->root, name, flags);
}

int maildir_remove(const struct maildir *m, enum maildir_folder folder, const char *name)
{
	return unlinkat(m->folder[folder], name, 0);
}

static int lock = -1; /* the descriptor that holds it */

int maildir_lock(const struct maildir *m)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open_regular(m->root, MAILDIR_LOCK, O_RDWR | O_CREAT);
	if (fd < 0) {
		if (errno == EAGAIN) /* somebody's lease, which is no session's lock */
			errno = EBUSY;
		return -1;
	}
	if (fcntl(fd, F_SETLK, &whole) == 0) {
		lock = fd;
		return 0;
	}
	if (errno == EACCES)
		errno = EAGAIN;
	return give_up(fd);
}

void maildir_unlock(void)
{
	close(lock);
	lock = -1;
}
