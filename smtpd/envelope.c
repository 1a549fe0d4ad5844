/*
 * envelope: MAIL, RCPT and RSET. Runs in the front; which recipients there are the keeper knows.
 * RFC 5321 3.3, 4.1.1; parameters: SIZE 1870, 8BITMIME 6152, SMTPUTF8 6531 3.4, AUTH 4954 5;
 * limits: RFC 9422.
 */
#include <string.h>
#include <strings.h>

#include "session.h"
#include "settings.h"

static const char ok[] = "250 2.0.0 OK\r\n";
static const char sender_ok[] = "250 2.1.0 Sender OK\r\n";
static const char bad_parameter[] = "501 5.5.4 A parameter is malformed or repeated\r\n";
static const char unknown_parameter[] = "555 5.5.4 There is no such parameter\r\n";
static const char too_large[] = "552 5.3.4 Larger than what is accepted here\r\n";
static const char not_ascii[] = "553 5.6.7 An address that is not ASCII needs SMTPUTF8\r\n";
static const char too_many_messages[] =
	"421 4.7.0 Too many messages in one session, connect again\r\n";
static const char no_sender_domain[] = "553 5.1.7 The sender's domain is missing\r\n";
static const char no_recipient[] = "501 5.1.3 The recipient is empty\r\n";

/* What path_read() found, for senders and recipients. */
static const char *const bad_sender[] = {
	[PATH_SYNTAX] = "501 5.1.7 Syntax: MAIL FROM:<address>\r\n",
	[PATH_LONG] = "501 5.1.7 The sender's address is too long\r\n",
};
static const char *const bad_recipient[] = {
	[PATH_SYNTAX] = "501 5.1.3 Syntax: RCPT TO:<address>\r\n",
	[PATH_LONG] = "501 5.1.3 The recipient's address is too long\r\n",
};
static const char *const recipient_verdict[] = {
	[YES] = "250 2.1.5 Recipient OK\r\n",
	[NO_SUCH_USER] = "550 5.1.1 No such user here\r\n",
	[NOT_LOCAL] = "550 5.7.1 Relaying denied\r\n",
	[TOO_MANY] = "452 4.5.3 Too many recipients\r\n",
	[DISK_FULL] = "452 4.3.1 No room\r\n",
	[TROUBLE] = "451 4.3.0 Something failed here, try again later\r\n",
	[MAILBOX_FULL] = "452 4.2.2 The mailbox is full\r\n",
};

/* Parameters of MAIL. Each check returns what is wrong, or NULL. */
static const char *check_size(struct session *s, char *value)
{
	uint64_t size;
	(void)s;
	if (!value || strlen(value) > 20 || value[strspn(value, "0123456789")]) /* RFC 1870 4 */
		return bad_parameter;
	return str_number(value, settings.message_size, &size) ? NULL : too_large;
}

static const char *check_body(struct session *s, char *value)
{
	(void)s;
	return value && (str_same(value, "7BIT") || str_same(value, "8BITMIME")) ? NULL
										 : bad_parameter;
}

static const char *take_utf8(struct session *s, char *value)
{
	s->mail.utf8 = true;
	return value ? bad_parameter : NULL;
}

/* Who wrote it, as the client says: nothing here depends on that, but it has to be an address. */
static const char *check_auth(struct session *s, char *value)
{
	char text[PATH_TEXT + 2];
	struct path p;
	struct str t;
	const char *at = text;
	if (!s->authenticated && !auth_offered(s))
		return unknown_parameter;
	if (!value || !path_xtext(value))
		return bad_parameter;
	str_init(&t, text, sizeof text);
	str_addf(&t, *value == '<' ? "%s" : "<%s>", value);
	return !t.cut && path_read(&at, &p) == PATH_OK && *at == '\0' ? NULL : bad_parameter;
}

struct parameter {
	const char *keyword;
	const char *(*take)(struct session *s, char *value);
};
static const struct parameter mail_parameters[] = {{"SIZE", check_size}, {"BODY", check_body},
	{"SMTPUTF8", take_utf8}, {"AUTH", check_auth}, {NULL, NULL}};
static const struct parameter rcpt_parameters[] = {{NULL, NULL}};

static const char *take_parameter(struct session *s, const struct parameter *table, unsigned *seen,
	const char *keyword, char *value)
{
	for (unsigned i = 0; table[i].keyword; i++) {
		if (!str_same(table[i].keyword, keyword))
			continue;
		bool again = *seen & 1u << i;
		*seen |= 1u << i;
		return again ? bad_parameter : table[i].take(s, value);
	}
	return unknown_parameter;
}

static const char *take_parameters(struct session *s, const struct parameter *table, char *at)
{
	unsigned seen = 0;
	char *keyword, *value;
	const char *bad = NULL;
	while (!bad && path_parameter(&at, &keyword, &value))
		bad = take_parameter(s, table, &seen, keyword, value);
	return !bad && *at ? bad_parameter : bad;
}

/* "FROM:<path> parameters" or the like; people type a space behind the colon. */
static const char *read_argument(struct session *s, char *text, const char *prefix, struct path *p,
	const char *const *bad, const struct parameter *table)
{
	text += strspn(text, " ");
	size_t n = strlen(prefix);
	if (strncasecmp(text, prefix, n) != 0)
		return bad[PATH_SYNTAX];
	const char *at = text + n + strspn(text + n, " ");
	enum path_result r = path_read(&at, p);
	if (r != PATH_OK)
		return bad[r];
	const char *why = take_parameters(s, table, text + (at - text));
	return !why && !s->mail.utf8 && !path_ascii(p) ? not_ascii : why;
}

const char *envelope_mail(void *session, struct cmd_call *call)
{
	struct session *s = session;
	struct path *from = &s->mail.from;
	s->mail.utf8 = false;
	const char *bad =
		read_argument(s, call->argv[0], "FROM:", from, bad_sender, mail_parameters);
	if (bad)
		return bad;
	if (!path_null(from) && from->domain[0] == '\0' &&
		(!session_trusts(s) ||
			!str_copy(from->domain, sizeof from->domain, settings.hostname)))
		return no_sender_domain;
	if (fault_at(s, FAULT_MAIL, from))
		return NULL;
	if (s->transactions++ == settings.transactions) {
		s->state = 0;
		return too_many_messages;
	}
	if (!session_tell(ASK_MAIL, &s->mail, sizeof s->mail))
		return session_fail(s);
	s->recipients = 0;
	s->state = STATE_MAIL;
	return sender_ok;
}

/* SEND, SOML and SAML: as MAIL, but for where the message goes. */
const char *envelope_send(void *session, struct cmd_call *call)
{
	static const char *const verbs[WAYS] = {
		[WAY_SEND] = "SEND", [WAY_SOML] = "SOML", [WAY_SAML] = "SAML"};
	struct session *s = session;
	for (unsigned char way = WAY_SEND; way < WAYS; way++)
		if (str_same(call->row->verb, verbs[way]))
			s->mail.way = way;
	const char *reply = envelope_mail(s, call);
	s->mail.way = WAY_MAIL;
	return reply;
}

const char *envelope_recipient(struct session *s, char *text, struct path *to)
{
	const char *bad = read_argument(s, text, "TO:", to, bad_recipient, rcpt_parameters);
	return !bad && path_null(to) ? no_recipient : bad;
}

/* Asks, unless that has been done ahead, and waits for the answer. */
static bool ask_about(struct session *s, const struct ask_rcpt *rcpt, struct answer *a)
{
	if (s->unknown >= UNKNOWN_FREE)
		io_flush(&s->io); /* a wrong guess takes its time */
	if (s->asked > 0) {
		s->asked--;
		return session_hear(s, a);
	}
	s->spool_asked = false;
	if (!session_tell(ASK_RCPT, rcpt, sizeof *rcpt))
		return false;
	if (s->unknown < UNKNOWN_FREE)
		ahead_tell(s);
	return session_send(s) && session_hear(s, a);
}

const char *envelope_rcpt(void *session, struct cmd_call *call)
{
	struct session *s = session;
	struct ask_rcpt rcpt;
	struct answer a;
	const char *bad = envelope_recipient(s, call->argv[0], &rcpt.to);
	if (bad)
		return bad;
	if (fault_at(s, FAULT_RCPT, &rcpt.to))
		return NULL;
	if (!ask_about(s, &rcpt, &a))
		return session_failed;
	if (a.verdict == YES) {
		s->state = STATE_RCPT;
		s->recipients++;
	}
	if (a.verdict == REPLY)
		return session_reply(s, &a);
	if (a.verdict != NO_SUCH_USER)
		return recipient_verdict[a.verdict];
	/* Not counted as an error: a list whose members have left must still reach those who stay.
	 */
	s->unknown++;
	io_put(&s->io, recipient_verdict[NO_SUCH_USER]);
	return NULL;
}

const char *envelope_rset(void *session, struct cmd_call *call)
{
	(void)call;
	return session_reset(session, WITHDRAWN, 0) ? ok : session_failed;
}

const char *envelope_reply(enum verdict v)
{
	return recipient_verdict[v];
}
