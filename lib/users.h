/*
 * users: the system's users. users_switch.c asks the C library's switch of services (files, LDAP
 * and what else is there); users_files.c, for static programs, which have no such switch, reads
 * the files alone. Chosen by the Makefile.
 */
#ifndef LIB_USERS_H
#define LIB_USERS_H

#include <pwd.h>
#include <shadow.h>

/* Valid until the next call. NULL: there is none, or errno tells of trouble. */
struct passwd *users_passwd(const char *name);
struct spwd *users_shadow(const char *name); /* for root */

#endif
