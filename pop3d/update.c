/*
 * update: the UPDATE state. Runs in the keeper as the mailbox's owner. RFC 1939 6; Maildir++ for
 * maildirsize and .Trash.
 */
#include "update.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "settings.h"

struct update {
	struct maildrop *d;
	size_t left; /* could not be removed */
	int error; /* of the first of them */
	size_t missing; /* were not where they were */
	struct looks looks; /* for these */
	bool counts; /* there is a maildirsize */
	uint64_t octets, messages; /* that it is to lose */
	bool unweighed; /* there are more octets */
};

/* A message marked T does not count in Maildir++. */
static bool counts(const struct update *u, const char *name)
{
	return u->counts && !strchr(name + maildir_base(name), 'T');
}

/* Octets of a message as Maildir++ counts them. False: not known. */
static bool weigh(
	const struct update *u, const struct message *m, const char *name, uint64_t *octets)
{
	struct stat st;
	if (maildir_attribute(name, ",S=", octets))
		return true;
	int fd = maildir_message(&u->d->dir, m->folder, name);
	bool known = fd >= 0 && fstat(fd, &st) == 0;
	*octets = known ? (uint64_t)st.st_size : 0;
	if (fd >= 0)
		close(fd);
	return known;
}

static int discard(struct update *u, const struct message *m, const char *name)
{
	uint64_t octets = 0;
	bool counted = counts(u, name), weighed = counted && weigh(u, m, name, &octets);
	int result = settings.trash ? maildir_trash(&u->d->dir, m->folder, name)
				    : maildir_remove(&u->d->dir, m->folder, name);
	if (result == 0 && counted) {
		u->octets += octets;
		u->messages++;
		u->unweighed |= !weighed;
	}
	return result;
}

static void leave(struct update *u, struct message *m)
{
	if (m->deleted && u->left++ == 0)
		u->error = errno;
	m->deleted = false;
}

static void apply(struct update *u, struct message *m)
{
	char name[MAILDIR_NAME];
	maildrop_name(u->d, m, name);
	int result = m->deleted ? discard(u, m, name) : maildir_see(&u->d->dir, m->folder, name);
	m->missing = result != 0 && errno == ENOENT;
	u->missing += m->missing;
	if (result != 0 && !m->missing)
		leave(u, m);
}

static void apply_all(struct update *u)
{
	for (size_t i = 0; i < u->d->count; i++)
		if (u->d->messages[i].deleted || u->d->messages[i].seen)
			apply(u, &u->d->messages[i]);
}

static void apply_found(void *context, struct message *m)
{
	struct update *u = context;
	if (!m->missing)
		return;
	u->missing--;
	apply(u, m);
	u->looks.escaped |= m->missing;
}

/* What was renamed meanwhile is looked for; what is not found, another program has removed. False:
 * nothing is known of what is missing. */
static bool find_missing(struct update *u)
{
	while (u->missing > 0 && maildrop_look_again(u->d, &u->looks))
		if (!maildrop_look(u->d, apply_found, u))
			return false;
	return !u->looks.escaped;
}

static void leave_missing(struct update *u)
{
	for (size_t i = 0; i < u->d->count; i++)
		if (u->d->messages[i].missing)
			leave(u, &u->d->messages[i]);
}

/* After the removing: whoever finds too much in the file counts anew before he refuses mail, but
 * nobody would find too little. */
static void account(const struct update *u)
{
	if (u->messages == 0)
		return;
	if (u->unweighed)
		maildir_recount(&u->d->dir);
	else
		maildir_account(&u->d->dir, -(int64_t)u->octets, -(int64_t)u->messages);
}

size_t update_run(struct maildrop *d)
{
	struct update u = {.d = d, .counts = d->deleted > 0 && maildir_accounts(&d->dir)};
	if (d->absent || settings.read_only)
		return 0;
	apply_all(&u);
	if (!find_missing(&u))
		leave_missing(&u);
	account(&u);
	if (settings.trash)
		maildir_expire(&d->dir, time(NULL) - (time_t)settings.trash * 86400);
	errno = u.error;
	return u.left;
}
