/*
 * deliver: one message into the Maildirs of all its recipients, or of none.
 *
 * The message is written once, as a draft in the first recipient's Maildir. Recipients with the
 * same owner on the same file system share it by hard links; for every other such group one copy is
 * made, as its owner. Nothing below a mailbox's folder is touched with other ids than its owner's.
 */
#ifndef SMTPD_DELIVER_H
#define SMTPD_DELIVER_H

#include "account.h"
#include "maildir.h"
#include "records.h"

/* One place that a recipient's mail goes to. */
struct destination {
	struct mailbox box; /* the Maildir; of a program: path "", and the owner is who runs it */
	char folder[ACCOUNT_NAME]; /* Maildir++ folder in it, without its leading dot: "" for none
				    */
	char program[ACCOUNT_VALUE]; /* command line for /bin/sh -c; "" for none */
	uint64_t quota; /* octets; 0: no limit */
};

/* One mailbox that gets the message. */
struct target {
	struct mailbox box;
	dev_t device; /* of the Maildir's folder, as is the inode */
	ino_t inode;
	size_t leader; /* index of the target whose draft it gets, perhaps its own */
	struct maildir_draft draft; /* of a leader, if `drafted` */
	char name[MAILDIR_NAME]; /* of a leader: what it is published as */
	bool drafted, published;
};

struct delivery {
	struct target *target;
	size_t count, room;
	struct maildir first; /* of target[0], open while that has a draft */
	uint64_t disk, wire; /* octets of the message as it lies there, and as POP3 sends it */
	int source; /* its draft for reading, where copies are made */
	int error; /* errno of the step that failed */
};

/* Adds a destination of the recipient that is being judged; one that is there already is once. YES,
 * TROUBLE, or MAILBOX_FULL. */
enum verdict deliver_add(struct delivery *d, const struct destination *to);

/* Makes the first recipient's draft, begins it with `top`, and leaves target[0].draft.fd for the
 * rest. Not YES: logged. */
enum verdict deliver_begin(struct delivery *d, const struct str *top);

/*
 * Puts a fresh file, which nobody else holds, in the place of target[0]'s draft: `top`, and the
 * `octets` that lie behind the first `skip` of the old one. Not YES: logged, and all is as it was.
 */
enum verdict deliver_renew(
	struct delivery *d, const struct str *top, uint64_t skip, uint64_t octets);

/* Target[0]'s draft, for reading from its start; -1: logged. */
int deliver_read(struct delivery *d);

/*
 * Publishes what has been written, `disk` octets on disk and `wire` on the wire. YES: it is durable
 * in every Maildir. Otherwise logged, and in none.
 */
enum verdict deliver_commit(struct delivery *d, uint64_t disk, uint64_t wire);

/* Removes the drafts that are left and forgets the recipients. */
void deliver_end(struct delivery *d);

#endif
