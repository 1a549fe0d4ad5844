/*
 * session: one client from its greeting to its end, first in the front, then in the keeper.
 */
#ifndef POP3D_SESSION_H
#define POP3D_SESSION_H

#include "cmd.h"
#include "maildrop.h"
#include "records.h"
#include "serve.h"
#include "split.h"

enum pop3_state {
	STATE_LEAVING = 0,
	STATE_AUTHORIZATION = 1,
	STATE_USER_GIVEN = 2, /* AUTHORIZATION, behind a USER */
	STATE_TRANSACTION = 4
};

struct tally {
	uint64_t count, octets;
};

struct session {
	const struct peer *peer;
	int64_t began; /* now_ms() */
	struct split split;
	struct io io;
	unsigned state;
	int timeout;
	char user[POP3_LINE + 1];
	const char *reason; /* why it ended, if not as cmd_loop() says */
	/* In the keeper, from TRANSACTION on. */
	bool logged_in;
	size_t unread; /* octets of input that the front had not used */
	struct maildrop drop;
	const struct message *sent; /* by RETR; the one behind it is to be opened ahead */
	struct split filter; /* its helper */
	struct tally retrieved, topped;
	size_t last; /* number of the highest message accessed, for LAST */
	bool idle; /* as takeover_mark() has said */
	bool updated; /* what is still marked as deleted is gone */
};

/* Serves one client; the exit status. */
int session_run(const struct peer *peer);

/* Logs that it has ended, in either process (closing.c). */
void closing_log(struct session *s, const char *reason);

/* The one table of commands of both processes (commands.c). */
extern const struct cmd_dialect pop3_dialect;

/* Handlers: in the front (login.c)... */
cmd_handler login_user, login_pass, login_auth, login_quit;
/* ...in both (commands.c, language.c)... */
cmd_handler command_capa, language_utf8, language_lang;
/* ...and in the keeper (mail.c, last.c). */
cmd_handler mail_stat, mail_list, mail_retr, mail_dele, mail_noop, mail_rset, mail_top, mail_uidl,
	mail_quit, last_command;

/* The setting `takeover` (takeover.c): before the lock, and whenever the client is waited for. */
void takeover_try(const struct session *s);
void takeover_mark(struct session *s, bool idle);

/* The client is waited for, or not any more (mail.c). */
void mail_idle(void *session, bool idle);

/* LAST: back to what was seen before this session, at its begin and with RSET (last.c). */
void last_reset(struct session *s);
void last_access(struct session *s, const struct message *m);

#endif
