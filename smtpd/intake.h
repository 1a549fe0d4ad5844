/*
 * intake: a message on its way from the client into the keeper's spool, as DATA and BDAT share it.
 * One at a time. Whatever is wrong with a message, it is taken to its end, so that the client and
 * we agree on where it ends.
 */
#ifndef SMTPD_INTAKE_H
#define SMTPD_INTAKE_H

#include "session.h"

/* Gets the spool. NULL: the message may come; else the transaction has ended, and this is said. */
const char *intake_begin(struct session *s, bool chunked);

/* Takes octets of the message: how many of them were its own, which are fewer only when the dot was
 * among them. */
size_t intake_take(const char *octets, size_t n);
bool intake_ended(void);

/* Octets of the message so far, as they came. */
uint64_t intake_octets(void);

/* What is wrong with it so far; then the transaction has ended, too. NULL: nothing is. */
const char *intake_refuse(struct session *s);

/* Gives the spool back, if there is one: session_reset() does. */
void intake_drop(void);

/* It is whole: it becomes the keeper's, who answers when it is safe; or is refused. Returns, or in
 * LMTP has given for each recipient, the reply. */
const char *intake_end(struct session *s);

/* The connection was lost in the middle. */
const char *intake_lose(struct session *s, enum io_result how);

#endif
