/*
 * users: by the files alone. Runs in keepers, with the privileges of the start.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "users.h"

struct passwd *users_passwd(const char *name)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *pw;
	if (!file)
		return NULL;
	while ((pw = fgetpwent(file)) != NULL && strcmp(pw->pw_name, name) != 0)
		;
	fclose(file);
	errno = 0;
	return pw;
}

struct spwd *users_shadow(const char *name)
{
	FILE *file = fopen("/etc/shadow", "re");
	struct spwd *sp;
	if (!file)
		return NULL;
	while ((sp = fgetspent(file)) != NULL && strcmp(sp->sp_namp, name) != 0)
		;
	fclose(file);
	errno = 0;
	return sp;
}
