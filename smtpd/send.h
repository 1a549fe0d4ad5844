/*
 * send: SEND, SOML and SAML: messages to the terminals of the system's users (RFC 821 3.4).
 */
#ifndef SMTPD_SEND_H
#define SMTPD_SEND_H

#include "net.h"
#include "priv.h"
#include "records.h"
#include "terminal.h"

/* One whose terminals get the message. */
struct callee {
	char name[PATH_LOCAL];
	struct priv_ids ids;
};

/* Those of a transaction. */
struct callees {
	struct callee *callee;
	size_t count, room;
	char text[TERMINAL_TEXT]; /* what they see */
};

/* Whether a client may: by the settings `terminal` and `trusted`. */
bool send_offered(const struct net_addr *client);

/*
 * A recipient of this name, "" for one who is no user of the system's, of which mail's verdict is
 * `v`. *shown: there is a terminal that would take the message; *mailed: the mailbox gets it, too
 * or instead. For REPLY the words are in `reply`.
 */
enum verdict send_judge(struct callees *c, enum way way, const char *name, enum verdict v,
	bool *shown, bool *mailed, char reply[REPLY_TEXT]);
/* Adds the one that was judged last, and is to be shown the message; twice the same is once. */
void send_add(struct callees *c);

/* Takes what they are to see from a file, where a message begins behind so many octets. */
void send_read(
	struct callees *c, const struct path *from, const char *ip, int file, uint64_t behind);
/* Shows it to all of them. False: there is one of whose terminals none took it. */
bool send_show(const struct callees *c);

/* Forgets them. */
void send_end(struct callees *c);

#endif
