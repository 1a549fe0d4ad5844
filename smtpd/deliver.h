/*
 * deliver: one message to all its destinations, or to none; or (LMTP) to those of one recipient
 * after another.
 *
 * The message is written once, as a draft in the first Maildir. Maildirs with the same owner on the
 * same file system share it by hard links; for every other such group one copy is made, as its
 * owner. Nothing below a mailbox's folder is touched with other ids than its owner's. Programs run
 * when everything is ready to be published and nothing is yet.
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

/* One destination that gets the message. */
struct target {
	struct destination to;
	size_t recipient; /* the first one that led here */
	dev_t device; /* of the Maildir's folder, as is the inode */
	ino_t inode;
	size_t leader; /* index of the target whose draft it gets, perhaps its own; if `ready` */
	struct maildir dir; /* open, if `held` */
	bool held;
	struct maildir_draft draft; /* of a leader, if `drafted` */
	char name[MAILDIR_NAME]; /* what it is published as */
	bool drafted, ready;
	bool chosen; /* is to get it now */
	bool published; /* has it: new/, or the program has taken it */
	bool fresh, counted; /* since now; maildirsize says so */
	int sync_error; /* of its new/: errno, 0 for none; -1: not synced yet */
};

/* One recipient that was accepted. */
struct recipient {
	char *address; /* as it came, without brackets */
	size_t first, count; /* its targets: indices in reach[first], reach[first + 1] ... */
	char status[16]; /* what became of its message, for the log; "" not yet */
};

struct delivery {
	/* Whose message it is, for the programs: set by whoever fills it. */
	const struct path *sender;
	const char *helo, *ip;

	struct recipient *recipient;
	struct target *target;
	size_t *reach;
	size_t recipients, count, reaches;
	size_t recipient_room, room, reach_room;
	size_t home; /* index of the target whose draft the spool is */
	size_t held; /* how many targets' Maildirs are: the home's is, once there is a spool */
	int spool; /* the message for reading, or -1 */
	bool begun; /* there is a spool */
	bool synced; /* which is on disk */
	bool lost; /* or is not: a second fsync() would not tell any more */
	bool keep; /* drafts are to stay, for recipients to come */
	uint64_t disk, wire; /* octets of the message as it lies there, and as POP3 sends it */
	int64_t fsync_us; /* time spent in fsync */
	enum verdict verdict; /* by the step that failed */
	char reply[REPLY_TEXT]; /* of the verdict REPLY */
};

/* A recipient that is being judged; false: no memory, logged. Then its destinations are added, and
 * it is accepted unless it is taken back with them. */
bool deliver_recipient(struct delivery *d, const struct path *to);
/* Adds a destination of the recipient that is being judged; one that is there already is once. YES,
 * TROUBLE, or MAILBOX_FULL. */
enum verdict deliver_add(struct delivery *d, const struct destination *to);
void deliver_take_back(struct delivery *d);

/*
 * Makes the spool, begins it with `top`; *fd is for whoever writes the rest of it: the caller
 * closes it when that has it. Not YES: logged.
 */
enum verdict deliver_begin(struct delivery *d, const struct str *top, int *fd);

/*
 * The message is written: from now on nobody else can change it (a writer who has not closed the
 * descriptor keeps a file that is not used any more). *octets: all of it. Not YES: logged.
 */
enum verdict deliver_seal(struct delivery *d, uint64_t *octets);

/* After the sealing: the message for reading from its start, with a position of its own; the
 * caller's to close. -1: logged. */
int deliver_read(struct delivery *d);

/* Copies the octets [at, end) of a file behind what `to` holds. False and errno. */
bool deliver_octets(int from, int to, uint64_t at, uint64_t end);

/*
 * After the sealing: puts a fresh file, which nobody else holds, in the place of the spool: `top`,
 * and the `octets` that lie behind the first `skip` of the old one. Not YES: logged, and all is as
 * it was.
 */
enum verdict deliver_renew(
	struct delivery *d, const struct str *top, uint64_t skip, uint64_t octets);

/*
 * Publishes what has been written, `disk` octets on disk and `wire` on the wire. YES: it is durable
 * in every Maildir, and every program has taken it. Otherwise logged, and in no Maildir; of the
 * programs some may have taken it. REPLY: the words are in d->reply.
 */
enum verdict deliver_commit(struct delivery *d, uint64_t disk, uint64_t wire);

/* The same for the destinations of one recipient alone (LMTP): for each of them, in order. */
enum verdict deliver_commit_one(struct delivery *d, size_t recipient, uint64_t disk, uint64_t wire);

/* Removes the drafts that are left and forgets the recipients. */
void deliver_end(struct delivery *d);

#endif
