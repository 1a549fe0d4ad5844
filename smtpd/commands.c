/*
 * commands: the table of SMTP's commands, and those that need no file of their own. Runs in the
 * front. RFC 5321 4.1; PIPELINING 2920, ENHANCEDSTATUSCODES 2034 and 3463.
 */
#include <string.h>

#include "sasl.h"
#include "send.h"
#include "session.h"
#include "settings.h"

#define ANY (STATE_GREETED | STATE_READY | STATE_MAIL | STATE_RCPT | STATE_BDAT | STATE_FAILED)

static const char ok[] = "250 2.0.0 OK\r\n";
static const char goodbye[] = "221 2.0.0 Goodbye\r\n";
static const char hello_first[] = "503 5.5.1 EHLO or LHLO comes first, and MAIL once a message\r\n";
static const char mail_first[] = "503 5.5.1 MAIL comes first\r\n";
static const char not_now[] = "503 5.5.1 Only behind EHLO, and not within a message\r\n";
static const char recipient_first[] = "503 5.5.1 MAIL and an accepted RCPT come first\r\n";
static const char not_offered[] = "502 5.5.1 Not offered here\r\n";
static const char no_such_help[] = "504 5.5.4 There is no such command\r\n";

static const char *run_noop(void *session, struct cmd_call *call)
{
	(void)session, (void)call;
	return ok;
}

static const char *run_quit(void *session, struct cmd_call *call)
{
	struct session *s = session;
	(void)call;
	s->state = 0;
	s->end = cmd_end_name(CMD_LEFT);
	return goodbye;
}

static const char *run_help(void *session, struct cmd_call *call);

static const struct cmd commands[] = {
	{"EHLO", "name", ANY, 1, 1, CMD_REST, hello_ehlo, NULL, NULL},
	{"HELO", "name", ANY, 1, 1, CMD_REST, hello_helo, NULL, NULL},
	{"LHLO", "name", ANY, 1, 1, CMD_REST, hello_lhlo, NULL, NULL},
	{"MAIL", "FROM:<address> [SIZE=octets] [BODY=7BIT|8BITMIME] [SMTPUTF8] [AUTH=address]",
		STATE_READY, 1, 1, CMD_REST, envelope_mail, hello_first, "8BITMIME"},
	{"SEND", "", 0, 1, 1, CMD_REST, NULL, not_offered, NULL},
	{"SOML", "", 0, 1, 1, CMD_REST, NULL, not_offered, NULL},
	{"SAML", "", 0, 1, 1, CMD_REST, NULL, not_offered, NULL},
	{"SEND", "FROM:<address>", STATE_READY, 1, 1, CMD_REST, envelope_send, hello_first, "SEND"},
	{"SOML", "FROM:<address>", STATE_READY, 1, 1, CMD_REST, envelope_send, hello_first, "SOML"},
	{"SAML", "FROM:<address>", STATE_READY, 1, 1, CMD_REST, envelope_send, hello_first, "SAML"},
	{"RCPT", "TO:<address>", STATE_MAIL | STATE_RCPT, 1, 1, CMD_REST, envelope_rcpt, mail_first,
		"SMTPUTF8"},
	{"DATA", "", STATE_RCPT, 0, 0, 0, data_run, recipient_first, NULL},
	{"BDAT", "octets [LAST]", ANY, 0, 1, CMD_REST, data_bdat, NULL, "CHUNKING"},
	{"RSET", "", ANY, 0, 0, 0, envelope_rset, NULL, NULL},
	{"NOOP", "[text]", ANY, 0, 1, CMD_REST, run_noop, NULL, NULL},
	{"QUIT", "", ANY, 0, 0, 0, run_quit, NULL, NULL},
	{"AUTH", "mechanism [initial-response]", STATE_READY, 1, 2, CMD_SECRET, auth_run, not_now,
		NULL},
	{"XCLIENT", "attribute=value ...", STATE_GREETED | STATE_READY, 1, 1, CMD_REST, xclient_run,
		not_now, "XCLIENT NAME ADDR PORT PROTO HELO LOGIN"},
	{"VRFY", "address", ANY, 1, 1, CMD_REST, verify_vrfy, NULL, "VRFY"},
	{"EXPN", "list", ANY, 1, 1, CMD_REST, verify_expn, NULL, NULL},
	{"HELP", "[command]", ANY, 0, 1, 0, run_help, NULL, "HELP"},
	{0},
};

static bool speaks_smtp(const struct session *s)
{
	(void)s;
	return !settings.lmtp;
}

static bool speaks_lmtp(const struct session *s)
{
	(void)s;
	return settings.lmtp;
}

static bool is_proxy(const struct session *s)
{
	return s->proxy;
}

static bool may_log_in(const struct session *s)
{
	return s->authenticated || auth_offered(s);
}

static bool may_send(const struct session *s)
{
	return !settings.lmtp && send_offered(&s->client);
}

/* Commands that not every session has. */
static const struct {
	cmd_handler *run;
	bool (*is_there)(const struct session *s);
} some[] = {
	{hello_ehlo, speaks_smtp},
	{hello_helo, speaks_smtp},
	{hello_lhlo, speaks_lmtp},
	{auth_run, may_log_in},
	{envelope_send, may_send},
	{xclient_run, is_proxy},
};

static bool offers(const void *session, const struct cmd *row)
{
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
		if (some[i].run == row->run)
			return some[i].is_there(session);
	return true;
}

/* TLS begins with a record of type 22; HTTP names its version at the end of the line, and may carry
 * a whole session in what follows. */
static bool is_foreign(void *session, const char *octets, size_t n)
{
	static const char tls = 0x16, http[] = " HTTP/";
	struct session *s = session;
	if (octets[0] == tls)
		s->end = "tls";
	else if (memmem(octets, n, http, sizeof http - 1))
		s->end = "http";
	if (s->end)
		s->state = 0;
	return s->end != NULL;
}

const struct cmd_dialect session_dialect = {
	.rows = commands,
	.line_max = SASL_LINE, /* RFC 5321 4.5.3.1.4 wants 512 and what the extensions add */
	.error_marks = "5",
	.unknown = "500 5.5.1 There is no such command, try HELP\r\n",
	.arguments = "501 5.5.4 Wrong arguments, try HELP and the command\r\n",
	.too_long = "500 5.5.6 The line is too long\r\n",
	.nul = "500 5.5.2 The line holds a NUL\r\n",
	.too_many = "421 4.7.0 Too many errors\r\n",
	.timeout = "421 4.4.2 Waited too long\r\n",
	.stopping = "421 4.3.2 The server is being stopped, try again later\r\n",
	.offers = offers,
	.foreign = is_foreign,
};

static const char *run_help(void *session, struct cmd_call *call)
{
	struct session *s = session;
	if (call->argc == 0)
		io_put(&s->io, "214-2.0.0 Commands:");
	for (const struct cmd *row = commands; row->verb; row++) {
		if (row->states == 0 || !offers(s, row) ||
			(row->run == verify_expn && !verify_offered(s)))
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
