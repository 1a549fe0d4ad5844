/*
 * session: the front's half of a session, shared by its files.
 */
#ifndef SMTPD_SESSION_H
#define SMTPD_SESSION_H

#include "cmd.h"
#include "fault.h"
#include "records.h"
#include "split.h"

/* States of RFC 5321 4.1.4, as bits for the command table. 0 ends the session. */
enum session_state {
	STATE_GREETED = 1, /* no EHLO or HELO yet */
	STATE_READY = 2,
	STATE_MAIL = 4, /* a sender, no recipient yet */
	STATE_RCPT = 8, /* at least one recipient */
	STATE_BDAT = 16, /* and a part of the message, more is to come */
	STATE_FAILED = 32 /* a part was refused: only RSET or EHLO leads out */
};

struct session {
	struct io io;
	struct split *split;
	unsigned state;
	int timeout; /* seconds */
	struct net_addr client; /* who speaks with us, or by XCLIENT, whom that speaks for */
	bool proxy; /* XCLIENT is for this client */
	bool helo_told, proto_told; /* by XCLIENT, so EHLO does not change it */
	bool authenticated;
	char login[ACCOUNT_NAME]; /* who it is by XCLIENT */
	struct ask_mail mail; /* of the current transaction; helo and esmtp of the session */
	uint64_t recipients; /* accepted for it */
	unsigned asked; /* RCPT commands to come that the keeper has been asked about (ahead.c) */
	bool spool_asked; /* and likewise DATA */
	int spool; /* that has come with an answer; -1: none */
	const char *end; /* how the session ended, for its last log line; NULL: in the usual way */
	uint64_t unknown; /* recipients that there are not, of all transactions */
	uint64_t transactions; /* begun */
	uint64_t messages; /* accepted */
	struct fault_plan fault;
};

/* Buffers: input, and what waits to be written to the spool. */
#define SESSION_INPUT (128 * 1024)

/* The front's life; its result is the exit status. */
int session_front(struct split *split, const struct peer *peer);

/* The keeper's. */
int keeper(struct split *split, const struct peer *peer);

/*
 * Puts a question and waits for the answer; the spool that comes along is in s->spool. False: the
 * keeper is gone; then the session ends and the reply is session_failed.
 */
bool session_ask(
	struct session *s, enum record type, const void *body, size_t size, struct answer *a);
/* Its parts (ask.c): a record that waits, false if there is no room for it; sending all that wait;
 * the next answer. */
bool session_tell(enum record type, const void *body, size_t size);
bool session_send(struct session *s);
bool session_hear(struct session *s, struct answer *a);
/* What waits is not sent. False: nothing did. */
bool session_untell(void);
extern const char session_failed[];
/* The same when there is nothing to ask any more: ends the session, and is its reply. */
const char *session_fail(struct session *s);

/* The connection ended within a dialogue; its reply. The command loop meets a stop, too. */
const char *session_lose(struct session *s, enum io_result how);

/* The reply whose words the keeper has put (REPLY). It never counts as an error; 421 ends the
 * session. */
const char *session_reply(struct session *s, const struct answer *a);

/* Ends the transaction, if there is one, without delivery. False: the keeper is gone, as above. */
bool session_reset(struct session *s, enum give_up why, uint64_t wire);

/* Whether the client is one of our own people: by loopback, no address at all, or `trusted`. */
bool session_trusts(const struct session *s);

extern const struct cmd_dialect session_dialect; /* commands.c */

/* EXPN, and VRFY in earnest, are for the networks of the setting `trusted`. */
bool verify_offered(const struct session *s);

/* What RCPT says to a verdict other than REPLY. */
const char *envelope_reply(enum verdict v);

/* The argument of RCPT, which is changed; its reply if that is wrong, else NULL. */
const char *envelope_recipient(struct session *s, char *text, struct path *to);

/* Behind a recipient about whom the keeper is to be asked: those that the client has sent ahead,
 * and DATA, so that they are asked about together (RFC 2920). */
void ahead_tell(struct session *s);

/* smtpd -n ADDRESS: tells where its mail goes; the exit status. */
int explain(char **operands);

/* Commands, a file each for those that belong together. */
cmd_handler hello_ehlo, hello_lhlo, hello_helo;
cmd_handler envelope_mail, envelope_send, envelope_rcpt, envelope_rset;
cmd_handler data_run, data_bdat;
cmd_handler auth_run, xclient_run;
cmd_handler verify_vrfy, verify_expn;

bool auth_offered(const struct session *s);

/* 220, once and after XCLIENT. */
void hello_greet(struct session *s);

#endif
