/*
 * look: messages are opened, also those that other programs rename while the session goes on. Runs
 * in the keeper as the mailbox's owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "maildrop.h"

#define LOOKS 5
#define PAUSE 15 /* ms: more than a step of a file system's clock */
#define AHEAD (1024 * 1024) /* octets; of a longer message the system reads ahead by itself */

bool maildrop_look_again(const struct maildrop *d, struct looks *looks)
{
	bool rested = looks->count > 0 && !looks->escaped && maildir_rested(&d->dir, looks->began);
	if (rested || looks->count == LOOKS)
		return false;
	if (looks->count++ > 0)
		poll(NULL, 0, PAUSE);
	looks->began = maildir_clock();
	looks->escaped = false;
	return true;
}

struct look {
	struct maildrop *d;
	maildrop_visit *visit;
	void *context;
};

static void look_at(void *context, enum maildir_folder folder, const char *name)
{
	struct look *look = context;
	char base[MAILDIR_NAME];
	size_t n = maildir_base(name);
	if (n >= sizeof base)
		return;
	memcpy(base, name, n);
	base[n] = '\0';
	struct message *m = maildrop_named(look->d, base);
	if (!m)
		return;
	maildrop_rename(look->d, m, folder, name);
	look->visit(look->context, m);
}

bool maildrop_look(struct maildrop *d, maildrop_visit *visit, void *context)
{
	struct look look = {d, visit, context};
	return maildir_scan(&d->dir, look_at, &look) == 0;
}

static int open_message(const struct maildrop *d, const struct message *m)
{
	char name[MAILDIR_NAME];
	maildrop_name(d, m, name);
	return maildir_message(&d->dir, m->folder, name);
}

struct wanted {
	const struct maildrop *d;
	const struct message *m;
	int fd;
	struct looks looks;
};

static void open_wanted(void *context, struct message *m)
{
	struct wanted *w = context;
	if (m != w->m || w->fd >= 0)
		return;
	w->fd = open_message(w->d, m);
	w->looks.escaped = w->fd < 0 && errno == ENOENT;
}

int maildrop_read(struct maildrop *d, struct message *m)
{
	struct wanted w = {.d = d, .m = m, .fd = open_message(d, m)};
	if (w.fd >= 0 || errno != ENOENT)
		return w.fd;
	while (w.fd < 0 && maildrop_look_again(d, &w.looks))
		if (!maildrop_look(d, open_wanted, &w))
			break;
	return w.fd;
}

int maildrop_take(struct maildrop *d, struct message *m)
{
	bool ours = d->ahead == m;
	if (d->ahead && !ours)
		close(d->ahead_fd);
	d->ahead = NULL;
	return ours ? d->ahead_fd : maildrop_read(d, m);
}

/* No look for one that was renamed: that is for when it is asked for. */
void maildrop_ahead(struct maildrop *d, const struct message *m)
{
	struct message *end = d->messages + d->count, *next = d->messages + maildrop_number(d, m);
	while (next < end && next->deleted)
		next++;
	if (next == end)
		return;
	d->ahead_fd = open_message(d, next);
	if (d->ahead_fd < 0)
		return;
	d->ahead = next;
	posix_fadvise(d->ahead_fd, 0, AHEAD, POSIX_FADV_WILLNEED);
}
