/*
 * commands: the table of SMTP's commands, and those that need no file of their own. Runs in the
 * front. RFC 5321 4.1; PIPELINING 2920, ENHANCEDSTATUSCODES 2034 and 3463.
 */
#include "session.h"

#define ANY (STATE_GREETED | STATE_READY | STATE_MAIL | STATE_RCPT)

static const char ok[] = "250 2.0.0 OK\r\n";
static const char goodbye[] = "221 2.0.0 Goodbye\r\n";
static const char will_not_tell[] = "252 2.0.0 Not told here, but mail to it may be accepted\r\n";
static const char hello_first[] = "503 5.5.1 EHLO comes first, and MAIL once a message\r\n";
static const char mail_first[] = "503 5.5.1 MAIL comes first\r\n";
static const char recipient_first[] = "503 5.5.1 MAIL and an accepted RCPT come first\r\n";
static const char not_offered[] = "502 5.5.1 Not offered here\r\n";
static const char no_such_help[] = "504 5.5.4 There is no such command\r\n";

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
	{"EHLO", "name", ANY, 1, 1, CMD_REST, hello_ehlo, NULL, NULL},
	{"HELO", "name", ANY, 1, 1, CMD_REST, hello_helo, NULL, NULL},
	{"MAIL", "FROM:<address> [SIZE=octets] [BODY=7BIT|8BITMIME]", STATE_READY, 1, 1, CMD_REST,
		envelope_mail, hello_first, "8BITMIME"},
	{"RCPT", "TO:<address>", STATE_MAIL | STATE_RCPT, 1, 1, CMD_REST, envelope_rcpt, mail_first,
		NULL},
	{"DATA", "", STATE_RCPT, 0, 0, 0, data_run, recipient_first, NULL},
	{"RSET", "", ANY, 0, 0, 0, envelope_rset, NULL, NULL},
	{"NOOP", "[text]", ANY, 0, 1, CMD_REST, run_noop, NULL, NULL},
	{"QUIT", "", ANY, 0, 0, 0, run_quit, NULL, NULL},
	{"VRFY", "address", ANY, 1, 1, CMD_REST, run_vrfy, NULL, "VRFY"},
	{"EXPN", "list", 0, 1, 1, CMD_REST, NULL, not_offered, NULL},
	{"HELP", "[command]", ANY, 0, 1, 0, run_help, NULL, "HELP"},
	{0},
};

const struct cmd_dialect session_dialect = {
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
