/*
 * maildrop: the messages of one Maildir as one session sees them: numbered, measured, marked.
 *
 * The list is taken once; numbers never move. Runs in the keeper as the mailbox's owner.
 */
#ifndef POP3D_MAILDROP_H
#define POP3D_MAILDROP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "maildir.h"
#include "uidlist.h"

/* Names in order lie anywhere in memory: so many messages ahead, a loop over all has the processor
 * fetch one, and most lie in two lines of its cache. */
#define MAILDROP_AHEAD 8
static inline void maildrop_fetch(const char *name)
{
	__builtin_prefetch(name);
	__builtin_prefetch(name + 48);
}

#define MESSAGE_UNMEASURED ((UINT64_C(1) << 56) - 1)

/* 16 octets, as there may be millions. */
struct message {
	uint64_t octets : 56; /* as RETR sends them, without dot-doubling; or MESSAGE_UNMEASURED */
	uint64_t folder : 2;
	uint64_t deleted : 1;
	uint64_t seen : 1; /* UPDATE is to flag it so */
	uint64_t missing : 1; /* UPDATE has not found it where it was */
	uint32_t name; /* offset in names: base name, NUL, flags (":2,S" or nothing), NUL */
	uint32_t uidl; /* offset in names: the id that another server gave; 0: none */
};

#define MAILDROP_SMALL 32 /* messages */

/* Stays where it was opened. */
struct maildrop {
	struct maildir dir;
	bool absent; /* there is no Maildir yet: no messages */
	char *names;
	size_t names_len, names_cap;
	struct message *messages;
	size_t count;
	size_t deleted;
	struct message *ahead; /* the one that maildrop_ahead() has opened, or NULL */
	int ahead_fd;
	int kept; /* trivet-sizes, until it is read; -1: there is none */
	bool imported; /* another server's ids were looked for, in this session or before */
	bool changed; /* there is something to keep */
	/* The first block of each kind. With few messages there is no other, and nothing of the
	 * heap, of which a session would have some pages as its own. */
	struct {
		char names[32 * MAILDROP_SMALL];
		struct message messages[MAILDROP_SMALL];
	} small;
};

/* Opens the Maildir at `path`. False with errno; a missing one is an empty maildrop. */
bool maildrop_open(struct maildrop *d, const char *path);
/* Takes the lock, and the list. False with errno: EAGAIN, another session has it. */
bool maildrop_lock(struct maildrop *d);

/* The message of a number as a client writes it; NULL: there is none, or it is marked as deleted.
 */
struct message *maildrop_find(struct maildrop *d, const char *number);
size_t maildrop_number(const struct maildrop *d, const struct message *m);

/* What a base name tells; MESSAGE_UNMEASURED: nothing. */
uint64_t maildrop_told(const char *base);
uint64_t maildrop_octets(struct maildrop *d, struct message *m);
/* Of those that are not marked: their number, and their octets in *octets. */
size_t maildrop_total(struct maildrop *d, uint64_t *octets);

/* What another server gave it; else the base name where that is legal, else a hash of it, which is
 * put into `made`. */
const char *maildrop_uidl(struct maildrop *d, const struct message *m, char made[UIDL_TEXT]);
/* It has this one. False: no memory for that. */
bool maildrop_give(struct maildrop *d, struct message *m, const char *uidl);

/* A descriptor for reading, also when another program has renamed it meanwhile; -1: it is gone, or
 * no file. */
int maildrop_read(struct maildrop *d, struct message *m);

/* The same, of what maildrop_ahead() has opened, if it is that one; it keeps nothing from now on.
 */
int maildrop_take(struct maildrop *d, struct message *m);
/* Behind maildrop_take(): opens the next one behind `m` that is not marked, and has the system read
 * it. */
void maildrop_ahead(struct maildrop *d, const struct message *m);

/* The message of a base name, or NULL; its base name; its flags (":2,S", or nothing). */
struct message *maildrop_named(struct maildrop *d, const char *base);
const char *maildrop_base(const struct maildrop *d, const struct message *m);
const char *maildrop_flags(const struct maildrop *d, const struct message *m);

/* Its file's name as far as we know; now it is this one, in this folder. */
void maildrop_name(const struct maildrop *d, const struct message *m, char name[MAILDIR_NAME]);
void maildrop_rename(
	struct maildrop *d, struct message *m, enum maildir_folder folder, const char *name);

/*
 * While another program renames messages, a look at the folders may miss one, and a name may be
 * wrong as soon as it is read: `while (maildrop_look_again(d, &looks))` looks until nobody does,
 * but not for ever (look.c).
 */
struct looks {
	int count;
	int64_t began; /* the last one */
	bool escaped; /* it has shown what was not there any more: set by a visitor */
};
bool maildrop_look_again(const struct maildrop *d, struct looks *looks);

/* A look: each message is visited when its file is seen, and has its present name. False with
 * errno.
 */
typedef void maildrop_visit(void *context, struct message *m);
bool maildrop_look(struct maildrop *d, maildrop_visit *visit, void *context);

void maildrop_delete(struct maildrop *d, struct message *m);
void maildrop_reset(struct maildrop *d);

/* The end of any session: keeps what it has counted. */
void maildrop_close(struct maildrop *d);

#endif
