/*
 * users: by the C library's switch of services. Runs in keepers, with the privileges of the start.
 */
#include <errno.h>

#include "users.h"

/* What getpwnam(3) lists as ways to say that there is no such user. */
static void forget_absence(const void *entry)
{
	static const int absence[] = {ENOENT, ESRCH, EBADF, EPERM};
	for (size_t i = 0; !entry && i < sizeof absence / sizeof absence[0]; i++)
		if (errno == absence[i])
			errno = 0;
}

struct passwd *users_passwd(const char *name)
{
	errno = 0;
	struct passwd *pw = getpwnam(name);
	forget_absence(pw);
	return pw;
}

struct spwd *users_shadow(const char *name)
{
	errno = 0;
	struct spwd *sp = getspnam(name);
	forget_absence(sp);
	return sp;
}
