/*
 * daemon: what a process does to become one: its folders, leaving the terminal, its pid file,
 * READY=1.
 */
#ifndef LIB_DAEMON_H
#define LIB_DAEMON_H

#include "priv.h"

/*
 * As root: makes the setting `run` and the empty folder in it, and checks that only root can write
 * them and that `user` exists. Dies with 78. Otherwise nothing.
 */
void daemon_folders(void);

/* Looks the setting `user` up, after the settings were read. False, as root, when there is none or
 * it is root. */
bool daemon_find_user(void);

/* Who to become, as found last; as a plain user, of no meaning. */
struct priv_ids daemon_user(void);

/* True once a boot: leaves a stamp in `run`. False, too, where it cannot be left. */
bool daemon_first_time(const char *name);

/* The empty folder for chroot: its path, in the caller's buffer. */
#define DAEMON_PATH 1024
const char *daemon_empty(char path[DAEMON_PATH]);

/* Goes on in a child without a terminal; the parent waits for daemon_ready() and exits 0, or as the
 * child ends. */
void daemon_detach(void);

/* Writes the process id where the settings say. */
void daemon_pid_file(const char *name);

/* Before a confinement: connects to NOTIFY_SOCKET, if systemd has set it. */
void daemon_reach_manager(void);

/* Serving begins: tells systemd (NOTIFY_SOCKET) and the parent of daemon_detach(). */
void daemon_ready(void);

/* The pid file, removed if this process still can. */
void daemon_end(void);

#endif
