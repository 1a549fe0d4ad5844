/*
 * unit: what a unit test needs. A test is a program: main() calls its checks and returns
 * unit_end().
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <stdio.h>
#include <string.h>

static int unit_checks, unit_failures;

static inline void unit_check(int good, const char *what, const char *file, int line)
{
	unit_checks++;
	if (good)
		return;
	unit_failures++;
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
}

#define CHECK(condition) unit_check((condition) != 0, #condition, __FILE__, __LINE__)
#define CHECK_TEXT(got, want)                                                                      \
	unit_check(strcmp((got), (want)) == 0, #got " is " #want, __FILE__, __LINE__)

static inline int unit_end(void)
{
	printf("%d checks, %d failures\n", unit_checks, unit_failures);
	return unit_failures != 0 || unit_checks == 0;
}

#endif
