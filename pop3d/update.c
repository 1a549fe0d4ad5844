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

#include "kept.h"
#include "settings.h"

struct update {
	struct maildrop *d;
	size_t left; /* could not be removed */
	size_t missing; /* were not where they were */
	bool counts; /* there is a maildirsize */
	uint64_t octets, messages; /* that it is to lose */
};

/* Octets of a message as Maildir++ counts them; false: it does not count, being marked T. */
static bool weigh(
	const struct update *u, const struct message *m, const char *name, uint64_t *octets)
{
	struct stat st;
	if (strchr(name + maildir_base(name), 'T'))
		return false;
	if (maildir_attribute(name, ",S=", octets))
		return true;
	int fd = maildir_message(&u->d->dir, m->folder, name);
	*octets = fd >= 0 && fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	if (fd >= 0)
		close(fd);
	return true;
}

static int discard(struct update *u, const struct message *m, const char *name)
{
	uint64_t octets = 0;
	bool counts = u->counts && weigh(u, m, name, &octets);
	int result = settings.trash ? maildir_trash(&u->d->dir, m->folder, name)
				    : maildir_remove(&u->d->dir, m->folder, name);
	if (result == 0 && counts) {
		u->octets += octets;
		u->messages++;
	}
	return result;
}

/* What another program has removed is removed; but first it is looked for. */
static void apply(struct update *u, struct message *m)
{
	char name[MAILDIR_NAME];
	if (!m->deleted && !m->seen)
		return;
	maildrop_name(u->d, m, name);
	int result = m->deleted ? discard(u, m, name) : maildir_see(&u->d->dir, m->folder, name);
	if (result == 0)
		return;
	if (errno == ENOENT) {
		u->missing++;
	} else if (m->deleted) {
		m->deleted = false;
		u->left++;
	}
}

static void apply_all(struct update *u)
{
	for (size_t i = 0; i < u->d->count; i++)
		apply(u, &u->d->messages[i]);
}

/* One look for all that were renamed meanwhile; what is not found then is gone. */
size_t update_run(struct maildrop *d)
{
	struct update u = {.d = d, .counts = d->deleted > 0 && maildir_accounts(&d->dir)};
	if (d->absent || settings.read_only)
		return 0;
	apply_all(&u);
	if (u.missing > 0 && maildrop_look_again(d))
		apply_all(&u);
	else
		u.left += u.missing;
	if (u.messages > 0)
		maildir_account(&d->dir, u.octets, u.messages);
	if (settings.trash)
		maildir_expire(&d->dir, time(NULL) - (time_t)settings.trash * 86400);
	kept_write(d);
	return u.left;
}
