/*
 * maildir_idle: since when the session that has the lock is idle, ending it, and when the last one
 * began. The times stand in those of the lock file. Runs with the ids of the mailbox's owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "maildir.h"
#include "process.h"

#define BUSY (365 * 86400) /* seconds ahead: no command takes so long */
#define PATIENCE 5000 /* ms for a session to say so to its client, and to end */

void maildir_mark(const struct maildir *m, bool idle)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
	clock_gettime(CLOCK_REALTIME, &times[1]); /* not UTIME_NOW: a server's clock may differ */
	if (!idle)
		times[1].tv_sec += BUSY;
	utimensat(m->root, MAILDIR_LOCK, times, AT_SYMLINK_NOFOLLOW);
}

void maildir_note_login(const struct maildir *m)
{
	struct timespec times[2] = {[1] = {.tv_nsec = UTIME_OMIT}};
	clock_gettime(CLOCK_REALTIME, &times[0]);
	utimensat(m->root, MAILDIR_LOCK, times, AT_SYMLINK_NOFOLLOW);
}

bool maildir_logged_in(const struct maildir *m, uint64_t seconds)
{
	struct stat st;
	struct timespec now; /* not of time(), which may be behind the one that was noted */
	if (seconds == 0 || fstatat(m->root, MAILDIR_LOCK, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	return st.st_atime <= now.tv_sec && (uint64_t)(now.tv_sec - st.st_atime) < seconds;
}

/* 0: nobody has the lock; less: nobody of this machine. */
static pid_t holder(int fd)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (fcntl(fd, F_GETLK, &whole) < 0)
		return -1;
	if (whole.l_type == F_UNLCK)
		return 0;
	return whole.l_pid > 0 && process_has_file(fd) ? whole.l_pid : -1;
}

static bool idle_for(int fd, uint64_t seconds)
{
	struct stat st;
	time_t now = time(NULL);
	return fstat(fd, &st) == 0 && st.st_mtime <= now &&
	       (uint64_t)(now - st.st_mtime) >= seconds;
}

/* The pid is asked for again once there is a handle: it has the lock, so the handle is of that
 * process and of no later one. */
static bool end_holder(int fd, pid_t pid)
{
	int handle = process_open(pid);
	if (handle < 0)
		return false;
	bool ended = holder(fd) == pid && process_end(handle, PATIENCE);
	close(handle);
	return ended;
}

bool maildir_take_over(const struct maildir *m, uint64_t seconds)
{
	int fd = openat(
		m->root, MAILDIR_LOCK, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return false; /* nobody has ever been here */
	pid_t pid = holder(fd);
	bool ended = pid > 0 && idle_for(fd, seconds) && end_holder(fd, pid);
	/* Before the lock is ours: nobody must find us there with the time of a former session. */
	if (pid == 0 || ended)
		maildir_mark(m, false);
	close(fd);
	return ended;
}
