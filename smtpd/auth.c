/*
 * auth: AUTH. Runs in the front, in the jail; what is right the keeper knows. RFC 4954.
 */
#include "memory.h"
#include "sasl.h"

#include <string.h>

#include "session.h"

static const char *const words[] = {
	[SASL_YES] = "235 2.7.0 You are in\r\n",
	[SASL_NO] = "535 5.7.8 Wrong name or password\r\n",
	[SASL_TROUBLE] = "454 4.7.0 This cannot be checked now\r\n",
	[SASL_LACKING] = "554 5.7.0 This password cannot be checked here\r\n",
	[SASL_CANCELLED] = "501 5.7.0 Cancelled\r\n",
	[SASL_MALFORMED] = "501 5.5.2 Not a valid response\r\n",
	[SASL_UNKNOWN] = "504 5.5.4 There is no such mechanism\r\n",
	[SASL_CLEAR] = "538 5.7.11 No passwords in clear over this connection\r\n",
};

static bool ask_keeper(void *session, const struct sasl_question *q, struct sasl_answer *a)
{
	static OWN_PAGES char body[SPLIT_MAX];
	struct session *s = session;
	size_t size;
	io_flush(&s->io); /* the answer may take its time */
	if (split_send(s->split, ASK_AUTH, q, sizeof *q, -1) &&
		split_receive(s->split, body, &size, NULL) == ANSWER_AUTH && size == sizeof *a) {
		memcpy(a, body, sizeof *a);
		return true;
	}
	session_fail(s);
	return false;
}

bool auth_offered(const struct session *s)
{
	return !s->authenticated && sasl_offered(sasl_clear(&s->client), 0);
}

const char *auth_run(void *session, struct cmd_call *call)
{
	static const char already[] = "503 5.5.1 You are in already\r\n";
	struct session *s = session;
	struct sasl_talk t = {.io = &s->io,
		.challenge = "334 ",
		.timeout = s->timeout,
		.clear = sasl_clear(&s->client),
		.ask = ask_keeper,
		.context = s};
	if (s->authenticated)
		return already;
	if (fault_at(s, FAULT_AUTH, NULL))
		return NULL;
	enum sasl_result r = sasl_run(&t, call->argv[0], call->argc > 1 ? call->argv[1] : NULL);
	if (r == SASL_LOST)
		return session_lose(s, t.lost);
	if (s->state == 0)
		return session_failed;
	s->authenticated = r == SASL_YES;
	return words[r];
}
