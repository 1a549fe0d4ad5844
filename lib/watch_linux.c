/*
 * watch_linux: waits by inotify. Runs with the rights of who waits.
 */
#include "watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#define AGAIN 100 /* ms, where nothing tells */

void watch_begin(struct watch *w, const char *folder)
{
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd >= 0 &&
		inotify_add_watch(w->fd, folder,
			IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) < 0)
		watch_end(w);
}

void watch_wait(const struct watch *w, int milliseconds)
{
	struct pollfd come = {.fd = w->fd, .events = POLLIN};
	if (w->fd < 0 && milliseconds > AGAIN)
		milliseconds = AGAIN;
	poll(&come, 1, milliseconds);
}

void watch_end(struct watch *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}
