/*
 * watch: waits until something comes into a folder.
 *
 * One file for each system: watch_linux.c (inotify) and watch_posix.c, which looks again after a
 * tenth of a second.
 */
#ifndef LIB_WATCH_H
#define LIB_WATCH_H

struct watch {
	int fd;
};

/* What comes from now on ends a watch_wait(). A folder that cannot be watched is looked at again
 * and again. */
void watch_begin(struct watch *w, const char *folder);
/* Returns when something may have come, or after so many milliseconds at the latest. */
void watch_wait(const struct watch *w, int milliseconds);
void watch_end(struct watch *w);

#endif
