/*
 * sweep: looks through the roots for temporary files whose process has died. Runs in a child of the
 * loop, as the jailed user: at the start, and after a child was killed.
 *
 * Whoever receives a file holds a lock on it: so one that can be locked is nobody's, whichever
 * daemon began it.
 */
#include "sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "log.h"
#include "root.h"
#include "str.h"
#include "upload.h"

#define DEPTH 32 /* as deep as a name can lead */

static void remove_dead(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (upload_lock(fd, false) == 0 && unlinkat(folder, name, 0) == 0)
		log_event(LOG_NOTICE, "removed file=%s, of an upload that was killed",
			log_quote(name));
	close(fd);
}

static bool is_folder(int folder, const struct dirent *entry)
{
	struct stat status;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(status.st_mode);
}

static void sweep_folder(int parent, const char *name, int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)) != NULL) {
		const char *found = entry->d_name;
		if (str_begins(found, WALK_HIDDEN))
			remove_dead(fd, found);
		else if (strcmp(found, ".") != 0 && strcmp(found, "..") != 0 && depth < DEPTH &&
			 is_folder(fd, entry))
			sweep_folder(fd, found, depth + 1);
	}
	if (folder)
		closedir(folder);
	else if (fd >= 0)
		close(fd);
}

int sweep(void)
{
	struct priv_path roots[ROOTS];
	size_t n = root_paths(roots);

	for (size_t i = 0; i < n; i++)
		sweep_folder(roots[i].fd, ".", 0);
	return EX_OK;
}
