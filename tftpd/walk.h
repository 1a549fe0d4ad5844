/*
 * walk: where a path below a folder leads, without ever leaving the folder.
 *
 * One component at a time, each opened in the one before without following links; links are read
 * and followed by hand, and ".." goes back to the descriptor that it came from. So neither a link
 * nor a folder that is moved meanwhile leads out. The same on every system (openat2 does as much,
 * on some).
 */
#ifndef TFTPD_WALK_H
#define TFTPD_WALK_H

#include <limits.h>

#define WALK_HIDDEN ".trivet-" /* names that begin so are ours, and not there for clients */

struct walk_end {
	int folder; /* the caller's to close; opened with O_PATH where there is such a thing */
	char leaf[NAME_MAX + 1]; /* in it; was no symbolic link; need not exist */
};

/*
 * `absolute` is what the target of an absolute link must begin with (the root's own path, or ""
 * where the root is to be "/"). 0, or an errno: ENOENT, ENOTDIR, EXDEV (outside), ELOOP, EISDIR
 * (the path ends in ".." or the like), ENAMETOOLONG, EACCES, ...
 */
int walk(int root, const char *absolute, const char *path, struct walk_end *end);

#endif
