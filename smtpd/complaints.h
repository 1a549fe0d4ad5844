/*
 * complaints: what a hook or a destination that is a program writes to its standard error, which is
 * for the administrator alone.
 */
#ifndef SMTPD_COMPLAINTS_H
#define SMTPD_COMPLAINTS_H

#define COMPLAINTS 1024 /* octets that are looked at, with a NUL at the end */

/* Logs the first lines of `text`, which are cut apart; nothing if there are none. */
void complaints_log(const char *what, const char *command, char *text);

#endif
