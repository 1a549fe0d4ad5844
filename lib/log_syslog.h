/*
 * log_syslog: lines to the system's log daemon, through its socket. What log is made of.
 *
 * The form is RFC 3164's without a time stamp, which log daemons then put there themselves: so it
 * is one clock and one time zone for all, and a process in a jail needs no time zone's file.
 */
#ifndef LIB_LOG_SYSLOG_H
#define LIB_LOG_SYSLOG_H

#include "str.h"

/* Connects at once, for chroot's sake, to the datagram socket at `path`. Both strings must stay
 * valid. Where nobody listens, lines are lost until somebody does. */
void log_syslog_open(const char *path, const char *name, int facility);

/* "name[pid]: line", without printf, whose pages would be a tenth of a small child's. */
void log_syslog_compose(struct str *s, const char *name, const char *line);

/* Waits while the log daemon is behind. */
void log_syslog_write(int priority, const char *line);

#endif
