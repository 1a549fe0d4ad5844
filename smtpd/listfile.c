/*
 * listfile: files of recipients. Runs in the keeper, with the privileges of the start: as root,
 * reads what an administrator has named, and what somebody else may have put in its place.
 */
#include "listfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"
#include "str.h"

#define INCLUDE_MOST (4 * 1024 * 1024) /* octets of an included file */
#define TRIES 3 /* to read a file that changes meanwhile */

static enum listfile_result file_trouble(const char *path, const char *why)
{
	log_event(LOG_ERR, "file %s: %s", log_quote(path), why);
	return LISTFILE_TROUBLE;
}

static bool ours(uid_t owner)
{
	return owner == 0 || owner == geteuid();
}

static bool open_to_others(mode_t mode)
{
	return mode & (S_IWGRP | S_IWOTH);
}

bool listfile_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* What is wrong with the file itself, or NULL. */
static const char *unfit(const struct stat *st, size_t most)
{
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if (open_to_others(st->st_mode))
		return "not believed, since group or others may write it (chmod go-w)";
	return (uintmax_t)st->st_size > most ? "is too large" : NULL;
}

static bool read_octets(int fd, struct listfile *f)
{
	size_t room = (size_t)f->st.st_size + 1;
	f->size = 0;
	while (f->size < room) {
		ssize_t got = pread(fd, f->text + f->size, room - f->size, (off_t)f->size);
		if (got <= 0)
			return got == 0;
		f->size += (size_t)got;
	}
	return true;
}

/* All of it, as it was at one time; else what is wrong. */
static const char *read_whole(int fd, size_t most, struct listfile *f)
{
	struct stat after;
	for (int i = 0; i < TRIES; i++) {
		if (fstat(fd, &f->st) < 0)
			return strerror(errno);
		const char *why = unfit(&f->st, most);
		if (why)
			return why;
		free(f->text);
		f->text = malloc((size_t)f->st.st_size + 2);
		if (!f->text)
			return "out of memory";
		if (!read_octets(fd, f) || fstat(fd, &after) < 0)
			return strerror(errno);
		if (listfile_same(&f->st, &after) && f->size == (size_t)after.st_size)
			return NULL;
	}
	return "changes while it is read";
}

static enum listfile_result take_file(const char *path, int fd, size_t most, struct listfile *f)
{
	const char *why = read_whole(fd, most, f);
	close(fd);
	if (!why)
		return LISTFILE_OK;
	free(f->text);
	f->text = NULL;
	return file_trouble(path, why);
}

enum listfile_result listfile_read(const char *path, size_t most, struct listfile *f)
{
	*f = (struct listfile){.size = 0};
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return LISTFILE_NONE;
	if (fd < 0)
		return file_trouble(path, strerror(errno));
	enum listfile_result result = take_file(path, fd, most, f);
	f->trusted = result == LISTFILE_OK && ours(f->st.st_uid);
	return result;
}

/*
 * Looks at each folder above the file and at the file, without opening any: NULL if there is no
 * link among them. Where all is *safe*, nobody else can put another in the place of one.
 */
static const char *look(const char *path, bool *safe, struct stat *st)
{
	char part[PATH_MAX];
	*safe = true;
	if (!str_copy(part, sizeof part, path))
		return "has too long a path";
	for (char *slash = part; slash; slash = strchr(slash + 1, '/')) {
		char kept = slash[1];
		slash[slash == part] = '\0'; /* the root folder has its slash */
		if (lstat(part, st) < 0)
			return strerror(errno);
		if (!S_ISDIR(st->st_mode))
			return "lies in no folder, or behind a link";
		*safe = *safe && ours(st->st_uid) &&
			(!open_to_others(st->st_mode) || (st->st_mode & S_ISVTX));
		slash[0] = '/';
		slash[1] = kept;
	}
	if (lstat(part, st) < 0)
		return strerror(errno);
	*safe = *safe && ours(st->st_uid) && st->st_nlink == 1;
	return S_ISREG(st->st_mode) ? NULL : "is not a regular file";
}

/* As whoever owns it, unless it is safe: what a user's link leads to is read with his rights. */
static int open_as(const char *path, bool safe, const struct stat *st)
{
	if (!safe)
		priv_as(priv_ids_of(st->st_uid));
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int why = errno;
	if (!safe)
		priv_back();
	errno = why;
	return fd;
}

enum listfile_result listfile_include(const char *path, struct listfile *f)
{
	bool safe;
	struct stat seen;
	*f = (struct listfile){.size = 0};
	const char *why = look(path, &safe, &seen);
	if (why)
		return file_trouble(path, why);
	if (!safe && priv_root() && seen.st_uid == 0)
		return file_trouble(path, "is root's, but somebody else could have put it there");
	int fd = open_as(path, safe, &seen);
	if (fd < 0)
		return file_trouble(path, strerror(errno));
	enum listfile_result result = take_file(path, fd, INCLUDE_MOST, f);
	if (result == LISTFILE_OK && f->st.st_uid != seen.st_uid) {
		free(f->text);
		f->text = NULL;
		return file_trouble(path, "was exchanged while it was opened");
	}
	f->trusted = safe;
	return result;
}
