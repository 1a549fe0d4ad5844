/*
 * logins: the terminals at which a user of the system sits.
 */
#ifndef SMTPD_LOGINS_H
#define SMTPD_LOGINS_H

#include <stddef.h>
#include <sys/types.h>

#define LOGINS_MOST 32 /* terminals of one user that count */

struct logins {
	size_t count;
	char line[LOGINS_MOST][64]; /* names below /dev, such as "pts/0" */
};

/*
 * By utmp; where that has nobody at all (there is no such file, or the C library reads none), the
 * terminals that are the user's. What is found may be out of date.
 */
void logins_find(const char *user, uid_t uid, struct logins *l);

#endif
