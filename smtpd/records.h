/*
 * records: what the front asks its keeper and what it hears. Sizes are fixed; the keeper takes a
 * record only in its season (keeper.c) and believes no field of it.
 */
#ifndef SMTPD_RECORDS_H
#define SMTPD_RECORDS_H

#include <stdint.h>

#include "account.h"
#include "net.h"
#include "path.h"

enum record {
	ASK_MAIL = 'm', /* struct ask_mail; begins a transaction; no answer */
	ASK_RCPT = 'r', /* struct ask_rcpt; can it be delivered? */
	ASK_SPOOL = 's', /* no body; the answer brings the file the message is to be written to */
	ASK_COMMIT = 'c', /* struct ask_commit; answered when the message is safe or cannot be */
	ASK_RESET = 'x', /* struct ask_reset; ends the transaction without delivery; no answer */
	ASK_AUTH = 'p', /* struct sasl_question; answered by ANSWER_AUTH */
	ASK_XCLIENT = 'i', /* struct ask_xclient; no answer */
	ASK_WHO = 'w', /* struct ask_who; of trusted networks only */
	ASK_SEVERAL = 'e', /* records, a struct several before each: as if they came one by one; a
			      spool behind recipients who were all refused is not answered */
	ANSWER = 'a', /* struct answer, one or several; in LMTP to ASK_COMMIT one for each accepted
			 recipient */
	ANSWER_AUTH = 'q' /* struct sasl_answer */
};

#define HELO_NAME 256

struct several {
	unsigned char type;
	uint16_t size; /* of the body behind it */
};

/* Where the message is to go: which command began the transaction. */
enum way { WAY_MAIL, WAY_SEND, WAY_SOML, WAY_SAML, WAYS };

struct ask_mail {
	struct path from;
	char helo[HELO_NAME];
	unsigned char esmtp; /* not 0: it was EHLO or LHLO */
	unsigned char utf8; /* not 0: MAIL came with SMTPUTF8 */
	unsigned char way; /* enum way */
};

/* Whom a proxy speaks for. */
struct ask_xclient {
	char ip[NET_TEXT]; /* "0.0.0.0": not known */
	uint16_t port;
	char login[ACCOUNT_NAME]; /* "": nobody */
};

struct ask_rcpt {
	struct path to;
};

/*
 * VRFY and EXPN. The answer is REPLY, "250 ... Name <address>", for one address; or what RCPT would
 * say, which behind the last member of a list is NO_SUCH_USER.
 */
struct ask_who {
	struct path to;
	unsigned char list; /* not 0: members of the list, or the address if that is none */
	unsigned char utf8; /* not 0: with SMTPUTF8 (RFC 6531 3.7.4.2) */
	uint32_t member; /* of a list, which one, from 0 */
};

struct ask_commit {
	uint64_t wire; /* octets of the message as it came, line ends as CRLF, dots unstuffed */
};

/* Why a transaction is given up: for the log. */
enum give_up {
	WITHDRAWN,
	CONNECTION_LOST,
	TOO_LARGE,
	NOT_TEXT,
	TOO_MANY_HOPS,
	SPOOL_FULL,
	SPOOL_BROKEN,
	GIVE_UPS
};

struct ask_reset {
	unsigned char why; /* enum give_up */
	uint64_t wire;
};

/* Unknown recipients of a session: so many cost nothing, each of the others a second, and this one
 * ends it. */
#define UNKNOWN_FREE 4
#define UNKNOWN_MOST 20

enum verdict {
	YES,
	NO_SUCH_USER,
	NOT_LOCAL,
	TOO_MANY,
	DISK_FULL,
	TROUBLE,
	MAILBOX_FULL,
	REPLY /* the words are in the answer */
};

#define MESSAGE_ID 32
#define REPLY_TEXT 512 /* RFC 5321 4.5.3.1.5 */

struct answer {
	unsigned char verdict;
	char id[MESSAGE_ID]; /* of ASK_SPOOL */
	char reply[REPLY_TEXT]; /* of REPLY: all of it, but for its CRLF; for any other "" */
};

#endif
