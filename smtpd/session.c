/*
 * session: the front. Speaks SMTP with the client, in the jail, and asks the keeper what it may not
 * know itself. RFC 5321; SIZE 1870, 8BITMIME 6152, PIPELINING 2920, ENHANCEDSTATUSCODES 2034 and
 * 3463.
 */
#include "session.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "log.h"

#define ANY (STATE_GREETED | STATE_READY | STATE_MAIL | STATE_RCPT)

/* Every wording but DATA's. */
const char session_failed[] = "421 4.3.0 Something failed here, try again later\r\n";
static const char ok[] = "250 2.0.0 OK\r\n";
static const char sender_ok[] = "250 2.1.0 Sender OK\r\n";
static const char goodbye[] = "221 2.0.0 Goodbye\r\n";
static const char will_not_tell[] = "252 2.0.0 Not told here, but mail to it may be accepted\r\n";
static const char hello_first[] = "503 5.5.1 EHLO comes first, and MAIL once a message\r\n";
static const char mail_first[] = "503 5.5.1 MAIL comes first\r\n";
static const char recipient_first[] = "503 5.5.1 MAIL and an accepted RCPT come first\r\n";
static const char not_offered[] = "502 5.5.1 Not offered here\r\n";
static const char no_such_help[] = "504 5.5.4 There is no such command\r\n";
static const char bad_hello[] = "501 5.5.4 The name is missing or too long\r\n";
static const char bad_parameter[] = "501 5.5.4 A parameter is malformed or repeated\r\n";
static const char unknown_parameter[] = "555 5.5.4 There is no such parameter\r\n";
static const char too_large[] = "552 5.3.4 Larger than what is accepted here\r\n";
static const char no_sender_domain[] = "553 5.1.7 The sender's domain is missing\r\n";
static const char no_recipient[] = "501 5.1.3 The recipient is empty\r\n";

/* What path_read() found, for senders and recipients. */
static const char *const bad_sender[] = {
	[PATH_SYNTAX] = "501 5.1.7 Syntax: MAIL FROM:<address>\r\n",
	[PATH_LONG] = "501 5.1.7 The sender's address is too long\r\n",
	[PATH_NOT_ASCII] = "553 5.6.7 The sender's address is not ASCII\r\n",
};
static const char *const bad_recipient[] = {
	[PATH_SYNTAX] = "501 5.1.3 Syntax: RCPT TO:<address>\r\n",
	[PATH_LONG] = "501 5.1.3 The recipient's address is too long\r\n",
	[PATH_NOT_ASCII] = "553 5.6.7 The recipient's address is not ASCII\r\n",
};
static const char *const recipient_verdict[] = {
	[YES] = "250 2.1.5 Recipient OK\r\n",
	[NO_SUCH_USER] = "550 5.1.1 No such user here\r\n",
	[NOT_LOCAL] = "550 5.7.1 Relaying denied\r\n",
	[TOO_MANY] = "452 4.5.3 Too many recipients\r\n",
	[DISK_FULL] = "452 4.3.1 No room\r\n",
	[TROUBLE] = "451 4.3.0 Something failed here, try again later\r\n",
};

static const char *failed(struct session *s)
{
	s->state = 0;
	return session_failed;
}

bool session_ask(struct session *s, enum record type, const void *body, size_t size,
	struct answer *a, int *fd)
{
	static char record[SPLIT_MAX];
	size_t n;
	if (!split_send(s->split, (unsigned char)type, body, size, -1) ||
		split_receive(s->split, record, &n, fd) != ANSWER || n != sizeof *a) {
		failed(s);
		return false;
	}
	memcpy(a, record, sizeof *a);
	return true;
}

bool session_reset(struct session *s, enum give_up why, uint64_t wire)
{
	struct ask_reset reset = {.why = (unsigned char)why, .wire = wire};
	if (s->state <= STATE_READY)
		return true;
	s->state = STATE_READY;
	if (split_send(s->split, ASK_RESET, &reset, sizeof reset, -1))
		return true;
	failed(s);
	return false;
}

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

static const struct cmd_dialect dialect;

static const char *run_ehlo(void *session, struct cmd_call *call)
{
	struct session *s = session;
	const char *bad = greet(s, call->argv[0], true);
	if (bad)
		return bad;
	io_putf(&s->io, "250-%s\r\n", settings.hostname);
	io_put(&s->io, "250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n");
	cmd_announce(&dialect, &s->io, "250-", "\r\n");
	io_putf(&s->io, "250 SIZE %llu\r\n", (unsigned long long)settings.message_size);
	return NULL;
}

static const char *run_helo(void *session, struct cmd_call *call)
{
	struct session *s = session;
	const char *bad = greet(s, call->argv[0], false);
	if (!bad)
		io_putf(&s->io, "250 %s\r\n", settings.hostname);
	return bad;
}

/* Parameters of MAIL. Each check returns what is wrong, or NULL. */
static const char *check_size(const char *value)
{
	uint64_t size;
	if (!value || strlen(value) > 20 || value[strspn(value, "0123456789")]) /* RFC 1870 4 */
		return bad_parameter;
	return str_number(value, settings.message_size, &size) ? NULL : too_large;
}

static const char *check_body(const char *value)
{
	return value && (str_same(value, "7BIT") || str_same(value, "8BITMIME")) ? NULL
										 : bad_parameter;
}

struct parameter {
	const char *keyword;
	const char *(*check)(const char *value);
};
static const struct parameter mail_parameters[] = {
	{"SIZE", check_size}, {"BODY", check_body}, {NULL, NULL}};
static const struct parameter rcpt_parameters[] = {{NULL, NULL}};

static const char *check_parameter(
	const struct parameter *table, unsigned *seen, const char *keyword, const char *value)
{
	for (unsigned i = 0; table[i].keyword; i++) {
		if (!str_same(table[i].keyword, keyword))
			continue;
		bool again = *seen & 1u << i;
		*seen |= 1u << i;
		return again ? bad_parameter : table[i].check(value);
	}
	return unknown_parameter;
}

static const char *check_parameters(const struct parameter *table, char *at)
{
	unsigned seen = 0;
	char *keyword, *value;
	const char *bad = NULL;
	while (!bad && path_parameter(&at, &keyword, &value))
		bad = check_parameter(table, &seen, keyword, value);
	return !bad && *at ? bad_parameter : bad;
}

/* "FROM:<path> parameters" or the like; people type a space behind the colon. */
static const char *read_argument(char *text, const char *prefix, struct path *p,
	const char *const *bad, const struct parameter *table)
{
	text += strspn(text, " ");
	size_t n = strlen(prefix);
	if (strncasecmp(text, prefix, n) != 0)
		return bad[PATH_SYNTAX];
	const char *at = text + n + strspn(text + n, " ");
	enum path_result r = path_read(&at, p);
	return r != PATH_OK ? bad[r] : check_parameters(table, text + (at - text));
}

static const char *run_mail(void *session, struct cmd_call *call)
{
	struct session *s = session;
	struct path *from = &s->mail.from;
	const char *bad = read_argument(call->argv[0], "FROM:", from, bad_sender, mail_parameters);
	if (bad)
		return bad;
	if (!path_null(from) && from->domain[0] == '\0')
		return no_sender_domain;
	if (!split_send(s->split, ASK_MAIL, &s->mail, sizeof s->mail, -1))
		return failed(s);
	s->state = STATE_MAIL;
	return sender_ok;
}

static const char *run_rcpt(void *session, struct cmd_call *call)
{
	struct session *s = session;
	struct ask_rcpt rcpt;
	struct answer a;
	const char *bad =
		read_argument(call->argv[0], "TO:", &rcpt.to, bad_recipient, rcpt_parameters);
	if (bad)
		return bad;
	if (path_null(&rcpt.to))
		return no_recipient;
	if (!session_ask(s, ASK_RCPT, &rcpt, sizeof rcpt, &a, NULL))
		return session_failed;
	if (a.verdict == YES)
		s->state = STATE_RCPT;
	if (a.verdict != NO_SUCH_USER)
		return recipient_verdict[a.verdict];
	/* Not counted as an error: a list whose members have left must still reach those who stay.
	 */
	io_put(&s->io, recipient_verdict[NO_SUCH_USER]);
	return NULL;
}

static const char *run_rset(void *session, struct cmd_call *call)
{
	(void)call;
	return session_reset(session, WITHDRAWN, 0) ? ok : session_failed;
}

static const char *run_noop(void *session, struct cmd_call *call)
{
	(void)session, (void)call;
	return ok;
}

static const char *run_vrfy(void *session, struct cmd_call *call)
{
	(void)session, (void)call;
	return will_not_tell;
}

static const char *run_quit(void *session, struct cmd_call *call)
{
	(void)call;
	((struct session *)session)->state = 0;
	return goodbye;
}

static const char *run_help(void *session, struct cmd_call *call);

static const struct cmd commands[] = {
	{"EHLO", "name", ANY, 1, 1, CMD_REST, run_ehlo, NULL, NULL},
	{"HELO", "name", ANY, 1, 1, CMD_REST, run_helo, NULL, NULL},
	{"MAIL", "FROM:<address> [SIZE=octets] [BODY=7BIT|8BITMIME]", STATE_READY, 1, 1, CMD_REST,
		run_mail, hello_first, "8BITMIME"},
	{"RCPT", "TO:<address>", STATE_MAIL | STATE_RCPT, 1, 1, CMD_REST, run_rcpt, mail_first,
		NULL},
	{"DATA", "", STATE_RCPT, 0, 0, 0, data_run, recipient_first, NULL},
	{"RSET", "", ANY, 0, 0, 0, run_rset, NULL, NULL},
	{"NOOP", "[text]", ANY, 0, 1, CMD_REST, run_noop, NULL, NULL},
	{"QUIT", "", ANY, 0, 0, 0, run_quit, NULL, NULL},
	{"VRFY", "address", ANY, 1, 1, CMD_REST, run_vrfy, NULL, "VRFY"},
	{"EXPN", "list", 0, 1, 1, CMD_REST, NULL, not_offered, NULL},
	{"HELP", "[command]", ANY, 0, 1, 0, run_help, NULL, "HELP"},
	{0},
};

static const struct cmd_dialect dialect = {
	.rows = commands,
	.line_max = 2048, /* RFC 5321 4.5.3.1.4 wants 512 and what the extensions add */
	.error_marks = "5",
	.unknown = "500 5.5.1 There is no such command, try HELP\r\n",
	.arguments = "501 5.5.4 Wrong arguments, try HELP and the command\r\n",
	.too_long = "500 5.5.6 The line is too long\r\n",
	.nul = "500 5.5.2 The line holds a NUL\r\n",
	.too_many = "421 4.7.0 Too many errors\r\n",
	.timeout = "421 4.4.2 Waited too long\r\n",
	.stopping = "421 4.3.2 The server is being stopped, try again later\r\n",
};

static const char *run_help(void *session, struct cmd_call *call)
{
	struct session *s = session;
	if (call->argc == 0)
		io_put(&s->io, "214-2.0.0 Commands:");
	for (const struct cmd *row = commands; row->verb; row++) {
		if (row->states == 0)
			continue;
		if (call->argc == 0)
			io_putf(&s->io, " %s", row->verb);
		else if (str_same(call->argv[0], row->verb)) {
			io_putf(&s->io, "214 2.0.0 %s %s\r\n", row->verb, row->syntax);
			return NULL;
		}
	}
	return call->argc == 0 ? "\r\n214 2.0.0 HELP and a command tells more\r\n" : no_such_help;
}

int session_front(struct split *split, const struct peer *peer)
{
	static char input[SESSION_INPUT], output[8 * 1024];
	static struct session s;
	int64_t began = now_ms();
	s.split = split;
	s.state = STATE_GREETED;
	s.timeout = (int)settings.timeout;
	io_open(&s.io, STDIN_FILENO, STDOUT_FILENO, input, sizeof input, output, sizeof output,
		s.timeout * 1000);
	io_putf(&s.io, "220 %s ESMTP\r\n", settings.hostname);
	enum cmd_end end =
		cmd_loop(&dialect, &s.io, &s, &s.state, &s.timeout, (unsigned)settings.errors);
	if (end == CMD_LEFT)
		end = s.lost;
	log_event(LOG_INFO, "session ip=%s end=%s messages=%llu received=%llu sent=%llu ms=%lld",
		peer->ip, cmd_end_name(end), (unsigned long long)s.messages,
		(unsigned long long)s.io.received, (unsigned long long)s.io.sent,
		(long long)(now_ms() - began));
	return 0;
}
