/*
 * hello: the greeting, EHLO, LHLO and HELO. Runs in the front. RFC 5321 3.1, 3.2, 4.1.1.1; RFC 1870
 * 4 (SIZE); RFC 2033 4.1 (LHLO); RFC 9422 4 (LIMITS).
 */
#include "sasl.h"
#include "session.h"
#include "settings.h"

static const char bad_hello[] = "501 5.5.4 The name is missing or too long\r\n";

void hello_greet(struct session *s)
{
	io_putf(&s->io, "220 %s %s\r\n", settings.hostname, settings.lmtp ? "LMTP" : "ESMTP");
}

/* Any name will do (RFC 5321 4.1.4); the keeper cleans it before it is written anywhere. */
static const char *greet(struct session *s, char *argument, bool esmtp)
{
	char helo[HELO_NAME];
	const char *name = str_word(&argument);
	if (!name || !str_copy(helo, sizeof helo, name))
		return bad_hello;
	if (!session_reset(s, WITHDRAWN, 0))
		return session_failed;
	if (!s->helo_told)
		str_copy(s->mail.helo, sizeof s->mail.helo, helo);
	if (!s->proto_told)
		s->mail.esmtp = esmtp;
	s->state = STATE_READY;
	return NULL;
}

static void announce_auth(struct session *s)
{
	const char *name;
	if (!auth_offered(s))
		return;
	io_put(&s->io, "250-AUTH");
	for (size_t i = 0; (name = sasl_offered(sasl_clear(&s->client), i)) != NULL; i++)
		io_putf(&s->io, " %s", name);
	io_put(&s->io, "\r\n");
}

const char *hello_ehlo(void *session, struct cmd_call *call)
{
	struct session *s = session;
	if (fault_at(s, FAULT_HELO, NULL))
		return NULL;
	const char *bad = greet(s, call->argv[0], true);
	if (bad)
		return bad;
	io_putf(&s->io, "250-%s\r\n", settings.hostname);
	io_put(&s->io, "250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n");
	cmd_announce(&session_dialect, &s->io, s, "250-", "\r\n");
	announce_auth(s);
	io_putf(&s->io, "250-LIMITS RCPTMAX=%llu MAILMAX=%llu\r\n",
		(unsigned long long)settings.recipients, (unsigned long long)settings.transactions);
	io_putf(&s->io, "250 SIZE %llu\r\n", (unsigned long long)settings.message_size);
	return NULL;
}

const char *hello_lhlo(void *session, struct cmd_call *call)
{
	return hello_ehlo(session, call);
}

const char *hello_helo(void *session, struct cmd_call *call)
{
	struct session *s = session;
	if (fault_at(s, FAULT_HELO, NULL))
		return NULL;
	const char *bad = greet(s, call->argv[0], false);
	if (!bad)
		io_putf(&s->io, "250 %s\r\n", settings.hostname);
	return bad;
}
