/*
 * What SEND says of a user who cannot be looked up: by a list of users of this test's own.
 */
#include <errno.h>
#include <stdio.h>

#include "users.h"

static struct passwd *test_passwd(const char *name);
#define users_passwd test_passwd
#include "../../smtpd/send.c"
#undef users_passwd

#include "../../smtpd/logins.c"
#include "../../smtpd/path.c"
#include "../../smtpd/terminal.c"
#include "unit.h"

static int trouble; /* of the list */

static struct passwd *test_passwd(const char *name)
{
	static char alice[] = "alice";
	static struct passwd pw = {.pw_name = alice, .pw_uid = 987654321, .pw_gid = 987654321};
	errno = trouble;
	return trouble == 0 && strcmp(name, alice) == 0 ? &pw : NULL;
}

static enum verdict judge(enum way way, const char *name, enum verdict v)
{
	static struct callees c;
	bool shown, mailed;
	char reply[REPLY_TEXT];
	return send_judge(&c, way, name, v, &shown, &mailed, reply);
}

static void ignore(int priority, const char *line, size_t len)
{
	(void)priority, (void)line, (void)len;
}

int main(void)
{
	log_divert(ignore);
	CHECK(judge(WAY_SEND, "Alice", YES) == REPLY);
	CHECK(judge(WAY_SEND, "bob", YES) == NO_SUCH_USER);
	CHECK(judge(WAY_SEND, "", NO_SUCH_USER) == NO_SUCH_USER);
	CHECK(judge(WAY_SEND, "alice", NOT_LOCAL) == NOT_LOCAL);
	/* Who knows: to say that there is no such user would be for good. */
	trouble = EIO;
	CHECK(judge(WAY_SEND, "alice", YES) == TROUBLE);
	/* The mailbox gets it. */
	CHECK(judge(WAY_SOML, "alice", YES) == YES);
	CHECK(judge(WAY_SAML, "alice", NO_SUCH_USER) == NO_SUCH_USER);
	return unit_end();
}
