/*
 * hello: EHLO and HELO. Runs in the front. RFC 5321 3.2, 4.1.1.1; RFC 1870 4 (SIZE).
 */
#include "session.h"
#include "settings.h"

static const char bad_hello[] = "501 5.5.4 The name is missing or too long\r\n";

/* EHLO and HELO: any name will do (RFC 5321 4.1.4); the keeper cleans it before it is written
 * anywhere. */
static const char *greet(struct session *s, char *argument, bool esmtp)
{
	const char *name = str_word(&argument);
	if (!name || !str_copy(s->mail.helo, sizeof s->mail.helo, name))
		return bad_hello;
	if (!session_reset(s, WITHDRAWN, 0))
		return session_failed;
	s->mail.esmtp = esmtp;
	s->state = STATE_READY;
	return NULL;
}

const char *hello_ehlo(void *session, struct cmd_call *call)
{
	struct session *s = session;
	const char *bad = greet(s, call->argv[0], true);
	if (bad)
		return bad;
	io_putf(&s->io, "250-%s\r\n", settings.hostname);
	io_put(&s->io, "250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n");
	cmd_announce(&session_dialect, &s->io, "250-", "\r\n");
	io_putf(&s->io, "250 SIZE %llu\r\n", (unsigned long long)settings.message_size);
	return NULL;
}

const char *hello_helo(void *session, struct cmd_call *call)
{
	struct session *s = session;
	const char *bad = greet(s, call->argv[0], false);
	if (!bad)
		io_putf(&s->io, "250 %s\r\n", settings.hostname);
	return bad;
}
