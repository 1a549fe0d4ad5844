/*
 * writers: whether anybody can still change a file. writers_linux.c asks the kernel; on other
 * systems (writers_posix.c) nobody knows.
 */
#ifndef LIB_WRITERS_H
#define LIB_WRITERS_H

#include <stdbool.h>

/*
 * No process has the file open for writing, or mapped so, or has such a descriptor on its way to
 * it. `fd` is open for reading only. False also where that cannot be known.
 */
bool writers_none(int fd);

#endif
