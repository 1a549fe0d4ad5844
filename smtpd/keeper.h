/*
 * keeper: the keeper's half of a session, shared by its files: one SMTP transaction after another,
 * by the questions of records.h, each only in its season.
 */
#ifndef SMTPD_KEEPER_H
#define SMTPD_KEEPER_H

#include "deliver.h"
#include "hook.h"
#include "send.h"
#include "split.h"
#include "str.h"
#include "trace.h"

enum season { SEASON_IDLE = 1, SEASON_MAIL = 2, SEASON_RCPT = 4, SEASON_SPOOL = 8 };
#define SEASON_ANY (SEASON_IDLE | SEASON_MAIL | SEASON_RCPT | SEASON_SPOOL)

struct keeper {
	struct split *split;
	struct peer client, *peer; /* it; by XCLIENT, whom it speaks for */
	bool proxy; /* XCLIENT may be believed */
	char user[ACCOUNT_NAME]; /* who has logged in, "" for nobody */
	pid_t pid; /* our own */
	unsigned season;
	bool deaf; /* the front, which cannot be told any more */
	bool over; /* it has been told 421, which is the last that its client hears */
	struct ask_mail mail;
	struct path to; /* the first recipient */
	uint64_t transactions; /* begun */
	uint64_t recipients; /* accepted, the same one twice counted twice */
	uint64_t asked; /* recipients of this transaction, whatever became of them */
	unsigned unknown; /* recipients of the session that there are not */
	struct delivery delivery;
	struct callees callees; /* of SEND, SOML and SAML */
	struct str recipient_list; /* for a data-hook: a line each */
	char recipient_text[HOOK_RECIPIENTS];
	char id[MESSAGE_ID];
	char reply[REPLY_TEXT]; /* of the verdict REPLY: "450 4.2.1 Words" */
	struct str trace; /* what the spool begins with */
	char trace_text[TRACE_TEXT + HOOK_OUTPUT];
	int64_t began;
};

/* Answers the front, soon; `fd` -1: none goes along. */
void keeper_answer(struct keeper *k, enum verdict v, int fd);
/* At once, with the answers that wait. */
void keeper_tell(struct keeper *k);

/* Answers to the records of a transaction. False: the record is none that a sound front sends. */
bool transaction_mail(struct keeper *k, const void *body);
bool transaction_rcpt(struct keeper *k, const void *body);
bool transaction_spool(struct keeper *k, const void *body);
bool transaction_commit(struct keeper *k, const void *body);
bool transaction_reset(struct keeper *k, const void *body);

/* The answer to VRFY and EXPN. */
bool who_is(struct keeper *k, const void *body);

/* Log lines of the message (report.c): one that came as far as a spool, for all recipients or those
 * whose status this is; and a recipient who is not to get it. */
void report_message(struct keeper *k, const char *status, uint64_t octets);
void report_refusal(struct keeper *k, const struct path *to, const char *status);

/* The front has gone: what is left of a transaction is undone and logged. */
void transaction_lost(struct keeper *k);

#endif
