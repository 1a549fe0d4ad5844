/*
 * login: AUTHORIZATION. Runs in the front, in the jail. RFC 1939 4, 7; RFC 5034.
 */
#include <string.h>

#include "session.h"
#include "str.h"

static const char wrong[] = "-ERR [AUTH] wrong name or password\r\n";
static const char trouble[] = "-ERR [SYS/TEMP] cannot check this now\r\n";
static const char no_clear[] = "-ERR [SYS/PERM] no passwords in clear over this connection\r\n";

/* What is unread goes along with a password: when that is right, the keeper goes on with it. */
static bool send_question(struct session *s, const struct sasl_question *q)
{
	char body[RECORD_LOGIN_HEAD + POP3_INPUT];
	size_t unread = s->io.end - s->io.start;
	_Static_assert(sizeof body <= SPLIT_MAX, "a record of a login");
	if (q->kind != SASL_PASSWORD)
		return split_send(&s->split, RECORD_ASK, q, sizeof *q, -1);
	memcpy(body, q, RECORD_LOGIN_HEAD);
	memcpy(body + RECORD_LOGIN_HEAD, s->io.buf + s->io.start, unread);
	bool sent = split_send(&s->split, RECORD_LOGIN, body, RECORD_LOGIN_HEAD + unread, -1);
	str_wipe(body, RECORD_LOGIN_HEAD + unread); /* there may be another password in it */
	return sent;
}

static bool ask_keeper(void *session, const struct sasl_question *q, struct sasl_answer *a)
{
	char body[SPLIT_MAX];
	struct session *s = session;
	size_t size;
	io_flush(&s->io); /* the answer may take its time */
	if (send_question(s, q) && split_receive(&s->split, body, &size, NULL) == RECORD_ANSWER &&
		size == sizeof *a) {
		memcpy(a, body, sizeof *a);
		return true;
	}
	s->state = STATE_LEAVING; /* the keeper is gone */
	return false;
}

static struct sasl_talk talk_of(struct session *s)
{
	return (struct sasl_talk){.io = &s->io,
		.challenge = "+ ",
		.timeout = s->timeout,
		.clear = sasl_clear(&s->peer->remote),
		.ask = ask_keeper,
		.context = s};
}

/* The keeper goes on with the client: this process ends within. */
static const char *enter(struct session *s)
{
	char body[SPLIT_MAX];
	size_t size;
	io_flush(&s->io);
	if (split_send(
		    &s->split, RECORD_ENTER, s->io.buf + s->io.start, s->io.end - s->io.start, -1))
		split_receive(&s->split, body, &size, NULL);
	s->state = STATE_LEAVING; /* the keeper is gone */
	return trouble;
}

static const char *lost(struct session *s, enum io_result how)
{
	if (how == IO_TIMEOUT) {
		s->state = STATE_LEAVING;
		s->reason = "timeout";
	}
	return NULL; /* the command loop meets anything else, too */
}

static const char *conclude(struct session *s, const struct sasl_talk *t, enum sasl_result result)
{
	static const char *const words[] = {
		[SASL_NO] = wrong,
		[SASL_TROUBLE] = trouble,
		[SASL_LACKING] = "-ERR [SYS/PERM] cannot check this password\r\n",
		[SASL_CANCELLED] = "-ERR cancelled\r\n",
		[SASL_MALFORMED] = "-ERR not a valid response\r\n",
		[SASL_UNKNOWN] = "-ERR unknown mechanism\r\n",
		[SASL_CLEAR] = no_clear,
	};
	if (result == SASL_YES)
		return enter(s);
	return result == SASL_LOST ? lost(s, t->lost) : words[result];
}

/* Any name will do: who exists is nobody's business. */
const char *login_user(void *session, struct cmd_call *call)
{
	struct session *s = session;
	if (!sasl_clear(&s->peer->remote))
		return no_clear;
	str_copy(s->user, sizeof s->user, call->argv[0]);
	s->state = STATE_USER_GIVEN;
	return "+OK send PASS\r\n";
}

const char *login_pass(void *session, struct cmd_call *call)
{
	struct session *s = session;
	struct sasl_talk t = talk_of(s);
	s->state = STATE_AUTHORIZATION;
	return conclude(s, &t, sasl_password(&t, s->user, call->argv[0]));
}

/* What there is, a line each, as clients older than CAPA ask for it. */
static const char *list_mechanisms(struct session *s)
{
	const char *name;
	io_put(&s->io, "+OK\r\n");
	for (size_t i = 0; (name = sasl_offered(sasl_clear(&s->peer->remote), i)) != NULL; i++)
		io_putf(&s->io, "%s\r\n", name);
	return ".\r\n";
}

const char *login_auth(void *session, struct cmd_call *call)
{
	struct session *s = session;
	struct sasl_talk t = talk_of(s);
	if (call->argc == 0)
		return list_mechanisms(s);
	s->state = STATE_AUTHORIZATION;
	return conclude(s, &t, sasl_run(&t, call->argv[0], call->argc > 1 ? call->argv[1] : NULL));
}

const char *login_quit(void *session, struct cmd_call *call)
{
	struct session *s = session;
	(void)call;
	s->state = STATE_LEAVING;
	return "+OK\r\n";
}
