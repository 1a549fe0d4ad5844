/*
 * maildir_folder: what the tests of Maildirs share: a folder of their own, and small helpers.
 */
#ifndef TESTS_MAILDIR_FOLDER_H
#define TESTS_MAILDIR_FOLDER_H

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maildir.h"

static char test_folder[256];

/* Makes the folder and works in it from now on. */
static inline void folder_enter(void)
{
	const char *tmp = getenv("TMPDIR");
	snprintf(test_folder, sizeof test_folder, "%s/maildir.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(test_folder) || chdir(test_folder) != 0) {
		perror(test_folder);
		exit(1);
	}
}

static inline int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

static inline void folder_leave(void)
{
	CHECK(nftw(test_folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

/* The name that a scan showed last. */
static char last_name[MAILDIR_NAME];

static inline void see(void *context, enum maildir_folder where, const char *name)
{
	(void)where;
	++*(int *)context;
	snprintf(last_name, sizeof last_name, "%s", name);
}

/* Entries that a scan of it shows; -1: it failed. */
static inline int entries(const struct maildir *m)
{
	int count = 0;
	return maildir_scan(m, see, &count) == 0 ? count : -1;
}

static inline void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static inline struct maildir fresh(const char *path)
{
	struct maildir m;
	CHECK(maildir_make(path) == 0);
	CHECK(maildir_open(&m, path) == 0);
	return m;
}

static inline int lowest_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(fd);
	return fd;
}

static inline bool fails_with(int result, int error)
{
	return result == -1 && errno == error;
}

static inline bool closes_on_exec(int fd)
{
	return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

#endif
