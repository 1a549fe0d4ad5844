/*
 * log: one line an event, to syslog or standard error, or (in a jailed front) to its keeper.
 *
 * A line is words and key=value pairs. Whatever a client sent goes through log_quote(), so that a
 * line cannot be forged; control characters that slip past are escaped once more when it is
 * written.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

#include "str.h"

#define LOG_LINE 1024 /* octets of the longest line; the rest is cut */

/* Where lines go from now on. `name` must stay valid. Syslog is connected at once, for chroot's
 * sake. */
void log_open(const char *name, int facility, bool to_stderr);

/* Also write LOG_DEBUG lines (-v). */
void log_verbose(bool on);
bool log_is_verbose(void);

/* Hand each finished line to `sink` instead (a front's way to its keeper). It must not log. */
void log_divert(void (*sink)(int priority, const char *line, size_t len));

/* One event. `priority` is syslog's. */
void log_event(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line that another process wrote, of `len` octets: escaped, cut at LOG_LINE, and logged. */
void log_relay(int priority, const char *line, size_t len);

/*
 * The value as it may stand behind `key=`: as it is where it is plain, else in quotes with \xNN for
 * what is not printable ASCII. Points into a ring of eight buffers; long values are cut with "...".
 */
const char *log_quote(const char *value);

/* The same, behind what the line has already. */
void log_add_quoted(struct str *line, const char *value);

/* What is wrong at the start: to standard error, and to the log if that is another place. */
void log_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, and exits `status`. */
_Noreturn void die(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
