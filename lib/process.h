/*
 * process: another process on this machine, by a handle that cannot come to mean a later one.
 *
 * One file for each system: process_linux.c (pidfd) and process_posix.c, where there is no such
 * handle and every process is out of reach.
 */
#ifndef LIB_PROCESS_H
#define LIB_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* A descriptor, to be closed; -1 and errno. Whoever may have taken over the pid before this call is
 * the caller's to rule out, after it. */
int process_open(pid_t pid);

/* Sends SIGTERM, and waits for the end of the process at most so long; false: it lives. */
bool process_end(int handle, int milliseconds);

/* The file is on a file system of this machine alone, so that who has locked it runs here. */
bool process_has_file(int fd);

#endif
