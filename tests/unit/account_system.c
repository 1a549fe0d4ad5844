/*
 * Unit test of lib/account_system.c: a directory service that never answers. As root, or as
 * anybody.
 */
#include "account.h"

#include <unistd.h>

#include "log.h"
#include "settings.h"
#include "str.h"
#include "unit.h"

#define alarm(seconds) (alarm)((seconds) / 30) /* one second will do */
#include "../../lib/account_system.c"

static unsigned said;

static void count_line(int priority, const char *line, size_t len)
{
	(void)priority;
	(void)len;
	said += str_begins(line, "checking a password ended without an answer");
}

struct passwd *users_passwd(const char *name)
{
	(void)name;
	for (;;)
		pause();
}

struct spwd *users_shadow(const char *name)
{
	(void)name;
	return NULL;
}

int main(void)
{
	struct account a;
	log_divert(count_line);
	settings.accounts = "system";
	CHECK(account_system_login("alice", "secret", &a) == ACCOUNT_TROUBLE && said == 1);
	return unit_end();
}
