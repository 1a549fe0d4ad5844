/*
 * daemon: what a process does to become one: its folders, leaving the terminal, its pid file,
 * READY=1.
 */
#ifndef LIB_DAEMON_H
#define LIB_DAEMON_H

/*
 * As root: makes the setting `run` and the empty folder in it, and checks that only root can write
 * them and that `user` exists. Dies with 78. Otherwise nothing.
 */
void daemon_folders(void);

/* The empty folder for chroot. */
const char *daemon_empty(void);

/* Goes on in a child without a terminal; the parent waits for daemon_ready() and exits 0, or as the
 * child ends. */
void daemon_detach(const char *name);

/* Serving begins: tells systemd (NOTIFY_SOCKET) and the parent of daemon_detach(). */
void daemon_ready(void);

/* The pid file of daemon_detach(), removed if this process still can. */
void daemon_end(void);

#endif
