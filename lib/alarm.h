/*
 * alarm: a limit of time for system calls that would wait for ever, as locks and waitpid() do.
 */
#ifndef LIB_ALARM_H
#define LIB_ALARM_H

#include <stdbool.h>

/* From now on a call that waits ends with EINTR several times a second, so that its caller can look
 * at alarm_over(). One at a time in a process. */
void alarm_start(int seconds);
bool alarm_over(void);
void alarm_stop(void); /* keeps errno */

#endif
