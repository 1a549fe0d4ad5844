/*
 * sink: with -S, where mail goes instead of to accounts: all of it to DIR/all, and what is for an
 * address to DIR/<address>, with the envelope in X-Envelope-From and X-Envelope-To lines on top.
 *
 * In DIR/all they name every recipient, in another Maildir only its own. Nothing is synced to disk.
 * Each Maildir keeps its newest messages only.
 */
#ifndef SMTPD_SINK_H
#define SMTPD_SINK_H

#include "keeper.h"

/* How many messages a Maildir keeps; 500 unless it is said at the start. */
void sink_keep(uint64_t messages);

/* A recipient of the message to come, whoever it is. YES or TROUBLE. */
enum verdict sink_add(struct keeper *k, const struct path *to);

/* Before the trace lines: puts the envelope into k->trace, with room for them. YES or TROUBLE. */
enum verdict sink_envelope(struct keeper *k);

/* As deliver_commit(), and prints the path in DIR/all to standard output, unless that is the
 * client's. */
enum verdict sink_commit(struct keeper *k, uint64_t disk, uint64_t wire);

/* Forgets the recipients. */
void sink_forget(void);

/* The session is over. */
void sink_end(void);

/* sink_trim.c: a message was put into the Maildir `m`, which lies at `path`: what is too much goes.
 */
void sink_trim(const struct maildir *m, const char *path, uint64_t keep);
/* The same for all of the session, at its end. */
void sink_trim_all(uint64_t keep);

#endif
