/*
 * commands: POP3's commands and wording, one table for front and keeper, so that CAPA says the same
 * in every state. RFC 1939 4, 5, 7; RFC 2449 5, 6, 8; RFC 3206; RFC 5034 3; RFC 6856 2, 3.
 */
#include "session.h"
#include "str.h"

#define AUTHORIZING (STATE_AUTHORIZATION | STATE_USER_GIVEN)
#define NOT_NOW "-ERR not in this state\r\n"
#define LOGGED_IN "-ERR already logged in\r\n"
#define NOT_YET "-ERR log in first\r\n"

/* The last word is what CAPA says of the command. */
static const struct cmd rows[] = {
	{"CAPA", "", AUTHORIZING | STATE_TRANSACTION, 0, 0, 0, command_capa, NOT_NOW, NULL},
	{"USER", "name", AUTHORIZING, 1, 1, CMD_REST, login_user, LOGGED_IN, NULL},
	{"PASS", "secret", STATE_USER_GIVEN, 1, 1, CMD_REST | CMD_SECRET, login_pass,
		"-ERR PASS comes right after USER\r\n", NULL},
	{"AUTH", "[mechanism [initial-response]]", AUTHORIZING, 0, 2, CMD_SECRET, login_auth,
		LOGGED_IN, NULL},
	{"QUIT", "", AUTHORIZING, 0, 0, 0, login_quit, NOT_NOW, NULL},
	{"UTF8", "", AUTHORIZING, 0, 0, 0, language_utf8, NOT_NOW, "UTF8"},
	{"LANG", "[language]", AUTHORIZING | STATE_TRANSACTION, 0, 1, 0, language_lang, NOT_NOW,
		"LANG"},
	{"STAT", "", STATE_TRANSACTION, 0, 0, 0, mail_stat, NOT_YET, NULL},
	{"LIST", "[message]", STATE_TRANSACTION, 0, 1, 0, mail_list, NOT_YET, NULL},
	{"RETR", "message", STATE_TRANSACTION, 1, 1, 0, mail_retr, NOT_YET, NULL},
	{"DELE", "message", STATE_TRANSACTION, 1, 1, 0, mail_dele, NOT_YET, NULL},
	{"NOOP", "", STATE_TRANSACTION, 0, 0, 0, mail_noop, NOT_YET, NULL},
	{"RSET", "", STATE_TRANSACTION, 0, 0, 0, mail_rset, NOT_YET, NULL},
	{"TOP", "message lines", STATE_TRANSACTION, 2, 2, 0, mail_top, NOT_YET, "TOP"},
	{"UIDL", "[message]", STATE_TRANSACTION, 0, 1, 0, mail_uidl, NOT_YET, "UIDL"},
	{"LAST", "", STATE_TRANSACTION, 0, 0, 0, last_command, NOT_YET, NULL},
	{"QUIT", "", STATE_TRANSACTION, 0, 0, 0, mail_quit, NOT_NOW, NULL},
	{NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL},
};

const struct cmd_dialect pop3_dialect = {
	.rows = rows,
	.line_max = POP3_LINE,
	.error_marks = "-",
	.unknown = "-ERR unknown command\r\n",
	.arguments = "-ERR wrong arguments\r\n",
	.too_long = "-ERR line too long\r\n",
	.nul = "-ERR NUL in a command\r\n",
	.too_many = "-ERR too many errors\r\n",
	.timeout = "", /* nothing is said at autologout (RFC 1939 3) */
	.stopping = "-ERR [SYS/TEMP] shutting down\r\n",
	.idle = mail_idle,
};

/* How one may log in from where this client is. */
static void announce_login(struct session *s)
{
	bool clear = sasl_clear(&s->peer->remote);
	const char *name;
	if (clear)
		io_put(&s->io, "USER\r\n");
	for (size_t i = 0; (name = sasl_offered(clear, i)) != NULL; i++)
		io_putf(&s->io, "%s %s", i == 0 ? "SASL" : "", name);
	if (sasl_offered(clear, 0))
		io_put(&s->io, "\r\n");
}

/* What the site has decided; the same for each user (RFC 2449 6.5, 6.7). */
static void announce_policy(struct io *io)
{
	if (settings.login_delay > 0)
		io_putf(io, "LOGIN-DELAY %llu\r\n", (unsigned long long)settings.login_delay);
	if (*settings.expire)
		io_putf(io, "EXPIRE %s\r\n",
			str_same(settings.expire, "never") ? "NEVER" : settings.expire);
}

const char *command_capa(void *session, struct cmd_call *call)
{
	struct session *s = session;
	(void)call;
	io_put(&s->io, "+OK\r\n");
	announce_login(s);
	cmd_announce(&pop3_dialect, &s->io, s, "", "\r\n");
	announce_policy(&s->io);
	if (settings.implementation)
		io_put(&s->io, "IMPLEMENTATION trivet-pop3d-" TRIVET_VERSION "\r\n");
	return "RESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n.\r\n";
}
