/*
 * living: all that the calling process has started, directly or not, and what it takes of processor
 * and memory. For measure, to which orphans come. Linux's /proc.
 */
#ifndef BENCH_LIVING_H
#define BENCH_LIVING_H

#include <dirent.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "str.h"

static struct {
	pid_t *pid;
	size_t count, cap;
} living;

__attribute__((format(printf, 1, 2))) static inline _Noreturn void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("measure: ", stderr);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static inline void add_living(pid_t pid)
{
	if (living.count == living.cap) {
		living.cap = living.cap ? 2 * living.cap : 1024;
		living.pid = realloc(living.pid, living.cap * sizeof *living.pid);
		if (!living.pid)
			fail("no memory");
	}
	living.pid[living.count++] = pid;
}

/* The children of one thread. */
static inline void add_children(const char *path)
{
	FILE *in = fopen(path, "r");
	int pid;

	while (in && fscanf(in, "%d", &pid) == 1)
		add_living(pid);
	if (in)
		fclose(in);
}

static inline void add_children_of(pid_t pid)
{
	char path[300];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)pid, entry->d_name);
		add_children(path);
	}
	if (dir)
		closedir(dir);
}

/* All our descendants, parents first. */
static inline void find_living(void)
{
	living.count = 0;
	add_children_of(getpid());
	for (size_t i = 0; i < living.count; i++)
		add_children_of(living.pid[i]);
}

/* A number behind a word at the start of a line of /proc/PID/FILE; 0: there is none. */
static inline uint64_t field(pid_t pid, const char *file, const char *word)
{
	char path[64], line[256];
	uint64_t n = 0;
	FILE *in;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	in = fopen(path, "r");
	while (in && n == 0 && fgets(line, sizeof line, in))
		if (str_begins(line, word))
			n = strtoull(line + strlen(word), NULL, 10);
	if (in)
		fclose(in);
	return n;
}

/* Of children that have been waited for: they count in hundredths of a second. */
static inline int64_t reaped_by(pid_t pid)
{
	char path[64], line[1024], *at;
	unsigned long long user, system;
	int64_t sum = 0;
	FILE *in;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	in = fopen(path, "r");
	at = in && fgets(line, sizeof line, in) ? strrchr(line, ')') : NULL;
	/* From the third field on; 16 and 17 are the children's. */
	if (at && sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %llu %llu",
			  &user, &system) == 2)
		sum = (int64_t)((user + system) * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK));
	if (in)
		fclose(in);
	return sum;
}

static inline int64_t microseconds(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

/* All that has ended, and all that lives. */
static inline int64_t used(void)
{
	struct rusage r;
	int64_t sum;

	getrusage(RUSAGE_CHILDREN, &r);
	sum = microseconds(r.ru_utime) + microseconds(r.ru_stime);
	find_living();
	for (size_t i = 0; i < living.count; i++) {
		clockid_t clock;
		struct timespec t;

		if (clock_getcpuclockid(living.pid[i], &clock) != 0 || clock_gettime(clock, &t) < 0)
			continue;
		sum += (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 + reaped_by(living.pid[i]);
	}
	return sum;
}

#endif
