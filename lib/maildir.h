/*
 * maildir: the only module that knows tmp, new, cur and the names in them.
 *
 * Everything goes by directory descriptors and *at() calls; no step follows a symbolic link below
 * the Maildir. Functions that return int give -1 and errno on failure. Run with the ids of the
 * mailbox's owner.
 */
#ifndef LIB_MAILDIR_H
#define LIB_MAILDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "sync.h"

#define MAILDIR_NAME 256 /* room for a file name */
#define MAILDIR_LOCK "trivet-lock"

enum maildir_folder { MAILDIR_TMP, MAILDIR_NEW, MAILDIR_CUR };

/* "tmp", "new", "cur". */
const char *maildir_folder_name(enum maildir_folder folder);

struct maildir {
	int root;
	int folder[3]; /* by enum maildir_folder; -1: not there */
};

/* Opens the Maildir at `path`: absolute, without a slash at its end, its last component no link.
 * ENOENT: no such Maildir yet. A folder that is missing in it is -1. */
int maildir_open(struct maildir *m, const char *path);
int maildir_open_to_deliver(struct maildir *m, const char *path); /* without cur */
/* Makes what is missing of it, 0700, and has that on disk; parents are not made. Not an error if
 * all is there. ENOTDIR: something else has the place of a folder. */
int maildir_make(const char *path);
void maildir_close(struct maildir *m);
/* From now on nothing that this module does waits for the disk: for mail that may be lost. */
void maildir_unsynced(void);
/* fsync(), or sync_all(), unless maildir_unsynced() was called: then nothing is wrong. */
int maildir_sync(int fd);
void maildir_sync_all(struct sync *list, size_t n);

/*
 * Calls visit for each entry of new and then of cur that could be a message: no leading dot, and
 * not known to be a folder, link or other odd thing (maildir_message() has the last word). In this
 * order, since other readers move messages from new to cur: one that is moved meanwhile is seen in
 * one of them or in both, never in none. A message whose flags another reader changes meanwhile may
 * come twice or not at all, as readdir has it: then maildir_rested() is false. A missing folder is
 * empty.
 */
typedef void maildir_visit(void *context, enum maildir_folder folder, const char *name);
int maildir_scan(const struct maildir *m, maildir_visit *visit, void *context);
/* Nobody has renamed anything in cur since the scan that began then (maildir_clock()). */
bool maildir_rested(const struct maildir *m, int64_t began);
int64_t maildir_clock(void);

/* The base name: octets up to the flags (":2,..."). */
size_t maildir_base(const char *name);

/* The number behind a key such as ",S=" that the base name has once. */
bool maildir_attribute(const char *name, const char *key, uint64_t *number);
/* Sizes in a base name, ",S=" octets on disk and ",W=" octets on the wire; false where it has not
 * each once as a plain number, or they contradict each other (S <= W <= 2 S). */
bool maildir_sizes(const char *name, uint64_t *disk, uint64_t *wire);

/* Opens a message: regular files only (else EINVAL), no links followed (ELOOP), never blocks.
 * ENOENT when it was renamed or removed. */
int maildir_message(const struct maildir *m, enum maildir_folder folder, const char *name);
int maildir_remove(const struct maildir *m, enum maildir_folder folder, const char *name);

/* Opens a file of the Maildir itself, beside the folders, as maildir_message() does; `flags` are
 * open's. */
int maildir_file(const struct maildir *m, const char *name, int flags);

/* Moves a message to cur, with the flag S, unless it has that. EEXIST: another has the place. */
int maildir_see(const struct maildir *m, enum maildir_folder folder, const char *name);
/* Moves a message to the folder .Trash (Maildir++), which is made. ENOENT: there is no message. */
int maildir_trash(const struct maildir *m, enum maildir_folder folder, const char *name);
/* Removes from .Trash what has been there since before this time. */
int maildir_expire(const struct maildir *m, time_t before);

/* The session's exclusive lock (fcntl, works over NFS, dies with the process). 0; -1 with EAGAIN:
 * taken. One a process: closing any descriptor of the file drops it. */
int maildir_lock(const struct maildir *m);
void maildir_unlock(void); /* if there is one */

/* Who has the lock says whether its client is idle, from now on. */
void maildir_mark(const struct maildir *m, bool idle);
/*
 * Before maildir_lock(): ends (SIGTERM) who has the lock, if it is of this machine and has been
 * idle for so long; waits for its end. True: it has ended. Whoever is marked counts as busy until
 * it says otherwise.
 */
bool maildir_take_over(const struct maildir *m, uint64_t seconds);

/*
 * A login is noted, and whether one was noted less than so many seconds ago; not if its time lies
 * ahead, as after a clock was set back. The time is the access time of the lock file, whose
 * modification time maildir_mark() has.
 */
void maildir_note_login(const struct maildir *m);
bool maildir_logged_in(const struct maildir *m, uint64_t seconds);

/* Removes files of tmp/ that nobody has touched for 36 hours: what a delivery that died has left.
 * Looks at 1,000 of them at most. */
void maildir_tidy(const struct maildir *m);

/* Whether the Maildir has a maildirsize (Maildir++), as far as can be seen. */
bool maildir_accounts(const struct maildir *m);
/* It has got so many octets and messages, or lost them if less than 0: says so there. */
void maildir_account(const struct maildir *m, int64_t octets, int64_t messages);
/* What it says there is wrong: removes it, and whoever needs it counts anew. */
void maildir_recount(const struct maildir *m);
/* Whether so many more fit, by maildirsize; 1, 0, or -1 and errno. Where that is missing, cannot be
 * believed, has another limit than `quota` octets, or is about to refuse and not just counted, the
 * Maildir and its folders are counted anew. */
int maildir_room(const struct maildir *m, const char *hostname, uint64_t quota, uint64_t octets);

/*
 * Delivery. A draft is a file in tmp/, of a name that is unique on this host and over time. The
 * order: draft; write, fsync and what else the caller wants to know of `fd`; name; share with the
 * other Maildirs; publish in its own; settle each; only then success. After any of it, discard.
 */
struct maildir_draft {
	int fd; /* for writing, 0600 */
	char name[MAILDIR_NAME]; /* "" once it is published or discarded */
};
/* ENOENT: tmp/ or new/ is missing (maildir_make()). */
int maildir_draft(const struct maildir *m, const char *hostname, struct maildir_draft *d);
/* For reading. Not looked at: the mailbox's owner may have put another thing in its place. */
int maildir_draft_reader(const struct maildir *m, const struct maildir_draft *d);
/* The name it is published under: with ",S=disk,W=wire". */
void maildir_name(
	const struct maildir_draft *d, uint64_t disk, uint64_t wire, char name[MAILDIR_NAME]);
/* Another link to a draft, in the new/ of `to`; EEXIST if the name is taken there. EXDEV, EMLINK,
 * EPERM: copy instead. */
int maildir_share(const struct maildir *m, const struct maildir_draft *d, const struct maildir *to,
	const char *name);
int maildir_publish(
	const struct maildir *m, struct maildir_draft *d, const char *name); /* tmp -> new */
int maildir_settle(const struct maildir *m); /* fsync of new/ */
/* The draft becomes the file `name` of the Maildir itself, on disk. */
int maildir_replace(const struct maildir *m, struct maildir_draft *d, const char *name);
int maildir_withdraw(const struct maildir *m, const char *name); /* out of new/ again */
/* Closes it, and removes it unless it is published; keeps errno. Of a draft that failed or was
 * discarded: does nothing. */
void maildir_discard(const struct maildir *m, struct maildir_draft *d);

#endif
