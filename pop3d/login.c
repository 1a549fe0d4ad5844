/*
 * login: AUTHORIZATION. Runs in the front, in the jail. RFC 1939 4, 7.
 */
#include <string.h>

#include "session.h"
#include "str.h"

/* Any name will do: who exists is nobody's business. */
const char *login_user(void *session, struct cmd_call *call)
{
	struct session *s = session;
	str_copy(s->user, sizeof s->user, call->argv[0]);
	s->state = STATE_USER_GIVEN;
	return "+OK send PASS\r\n";
}

static const char *refusal(struct session *s)
{
	static const char *const words[] = {
		[VERDICT_DENIED] = "-ERR [AUTH] wrong name or password\r\n",
		[VERDICT_TROUBLE] = "-ERR [SYS/TEMP] cannot check this now\r\n",
	};
	static char body[SPLIT_MAX];
	struct record_verdict verdict;
	size_t size;
	unsigned char type = split_receive(&s->split, body, &size, NULL);
	if (type != RECORD_VERDICT || size != sizeof verdict) {
		s->state = STATE_LEAVING; /* the keeper is gone */
		return words[VERDICT_TROUBLE];
	}
	memcpy(&verdict, body, sizeof verdict);
	s->state = STATE_AUTHORIZATION;
	return words[verdict.verdict == VERDICT_DENIED ? VERDICT_DENIED : VERDICT_TROUBLE];
}

/* The keeper decides; if it says yes, this process ends within. */
const char *login_pass(void *session, struct cmd_call *call)
{
	static struct record_login login;
	struct session *s = session;
	str_copy(login.user, sizeof login.user, s->user);
	str_copy(login.secret, sizeof login.secret, call->argv[0]);
	login.unread = (uint32_t)(s->io.end - s->io.start);
	memcpy(login.input, s->io.buf + s->io.start, login.unread);
	io_flush(&s->io);
	bool sent = split_send(&s->split, RECORD_LOGIN, &login, sizeof login, -1);
	str_wipe(login.secret, sizeof login.secret);
	str_wipe(call->argv[0], strlen(call->argv[0]));
	if (!sent)
		s->state = STATE_LEAVING;
	return refusal(s);
}

const char *login_quit(void *session, struct cmd_call *call)
{
	struct session *s = session;
	(void)call;
	s->state = STATE_LEAVING;
	return "+OK\r\n";
}
