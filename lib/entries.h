/*
 * entries: what a folder holds, in the order of the system.
 *
 * One file for each system: entries_linux.c, which takes no memory from the heap, of which every
 * session would keep some pages as its own; entries_posix.c reads by readdir(). The type is as in
 * <dirent.h>: DT_UNKNOWN where the file system does not tell.
 */
#ifndef LIB_ENTRIES_H
#define LIB_ENTRIES_H

#include <dirent.h>
#include <stdbool.h>

/* False ends it. May not read a folder itself. */
typedef bool entries_visit(void *context, const char *name, unsigned char type);

/* Visits each entry but hidden ones, which begin with a dot. -1 and errno. */
int entries_each(int folder, entries_visit *visit, void *context);

#endif
