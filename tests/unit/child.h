/*
 * child: checks in a process of its own, for what a process cannot take back, and a folder of the
 * test's own.
 */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "priv.h"
#include "unit.h"

#if defined __SANITIZE_ADDRESS__
#define SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define NOBODY 65534

/* The line of the first WANT() that failed, in memory that a child shares with the test. */
static int child_unshared, *child_line = &child_unshared;

/* In a child: what must be so. The function that it stands in returns 1 if it is not. */
#define WANT(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			*child_line = *child_line ? *child_line : __LINE__;                        \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

/* The wait status of a child that ends with what `work` returns. */
static inline int child_run(int (*work)(void *context), void *context)
{
	int status = -1;
	if (child_line == &child_unshared)
		child_line = mmap(NULL, sizeof *child_line, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*child_line = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(work(context));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static inline bool child_good(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		fprintf(stderr, "a child ended with %d, at line %d\n", WEXITSTATUS(status),
			*child_line);
	if (WIFSIGNALED(status))
		fprintf(stderr, "a child died of signal %d\n", WTERMSIG(status));
	return status == 0;
}

/* By the system-call filter. */
static inline bool child_shot(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

/* Whether this build on this kernel can do it. */
static inline bool can_filter(void)
{
	const char *missing = priv_missing();
	return !SANITIZED && !(missing && strstr(missing, "system-call filter"));
}

static inline bool can_confine(void)
{
	const char *missing = priv_missing();
	return !(missing && strstr(missing, "Landlock"));
}

static char folder[4096];

/* World-readable: a child that gave up root works in it. */
static inline void folder_make(void)
{
	const char *tmp = getenv("TMPDIR");
	snprintf(folder, sizeof folder, "%s/trivet-unit.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(folder) || chmod(folder, 0755) < 0) {
		perror(folder);
		exit(1);
	}
}

static inline int folder_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void folder_remove(void)
{
	nftw(folder, folder_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* The whole of a test of filters: `checks` in a folder of its own, which is given open. */
static inline int filter_test(void (*checks)(int dir))
{
	if (!can_filter()) {
		puts("no system-call filter in this build or kernel: its checks are left out");
		CHECK(true);
		return unit_end();
	}
	folder_make();
	int dir = open(folder, O_RDONLY | O_DIRECTORY);
	CHECK(dir >= 3);
	checks(dir);
	close(dir);
	folder_remove();
	return unit_end();
}

#endif
