/*
 * deliver_own: what the files of a delivery share: deliver.c (destinations), spool.c,
 * publish.c (into Maildirs), quota.c and program.c.
 */
#ifndef SMTPD_DELIVER_OWN_H
#define SMTPD_DELIVER_OWN_H

#include "deliver.h"

static inline bool target_is_maildir(const struct target *t)
{
	return t->to.box.path[0] != '\0';
}

static inline bool target_is_program(const struct target *t)
{
	return t->to.program[0] != '\0';
}

/* The spool of a message that no Maildir gets: it has a full path for its name, so that it does not
 * matter that its "Maildir" is none. */
#define DELIVER_LOOSE "/var/tmp/trivet-XXXXXX"

/* A new target behind the last one, not counted yet. NULL: no memory, logged. */
struct target *deliver_target(struct delivery *d, const struct destination *to);

/* Remembers and logs, by errno, why a step for `t` failed. Always false. */
bool deliver_fail(struct delivery *d, const struct target *t, const char *step);

/*
 * A target's steps stand between enter, which takes its owner's ids and opens its Maildir, or makes
 * it, and leave, which keeps it open where there are not too many. A folder in a Maildir is not
 * made: where it is missing the Maildir itself gets the mail from now on. False: logged.
 */
bool deliver_enter(struct delivery *d, struct target *t, struct maildir *m);
void deliver_leave(struct delivery *d, struct target *t, struct maildir *m);
/* Behind the last step, and before what is no owner's business. */
void deliver_back(void);

/* Gives the target a draft of its own, with what the spool holds, on disk. */
bool deliver_copy(struct delivery *d, struct target *t, const struct maildir *m);

/* fsync(), and how long it takes is added up. */
bool deliver_sync(struct delivery *d, const struct target *t, int fd);
int64_t deliver_clock(void); /* microseconds */

/* Whether there is room for all that the mailbox is to get, up to this target (quota.c). False: in
 * `verdict` why not. */
bool deliver_fits(struct delivery *d, const struct target *t, const struct maildir *m);
/* One message more, or one less, in maildirsize. */
void deliver_count(struct delivery *d, struct target *t, const struct maildir *m, bool more);

/* Runs the target's program with the message as its input. */
bool program_run(struct delivery *d, struct target *t);

#endif
