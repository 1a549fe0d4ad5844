/*
 * deliver: the destinations of a message, and the steps towards them. Runs in the keeper: as root
 * (where the daemon was started so) it takes the owner's ids for the steps, and holds some Maildirs
 * open, however many there are. RFC 5321 6.1.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deliver_own.h"
#include "log.h"
#include "memory.h"
#include "settings.h"

/* How many Maildirs, of three descriptors each, stay open from one step to the next. */
static size_t held_most(void)
{
	static long most;
	if (most == 0)
		most = sysconf(_SC_OPEN_MAX) / 16;
	return most > 0 ? (size_t)most : 1;
}

/* As whom the steps are taken: it is changed when the owner is another one. */
static struct {
	bool on;
	struct priv_ids owner;
} acting;

static void act_as(struct priv_ids owner)
{
	if (acting.on && acting.owner.uid == owner.uid && acting.owner.gid == owner.gid)
		return;
	deliver_back();
	priv_as(owner);
	acting.on = true;
	acting.owner = owner;
}

void deliver_back(void)
{
	if (acting.on)
		priv_back();
	acting.on = false;
}

static const char *place(const struct target *t)
{
	static OWN_PAGES char path[ACCOUNT_PATH + ACCOUNT_NAME + 2];
	struct str s;
	str_init(&s, path, sizeof path);
	str_add(&s, target_is_maildir(t) ? t->to.box.path : DELIVER_LOOSE);
	if (t->to.folder[0])
		str_addf(&s, "/.%s", t->to.folder);
	return path;
}

bool deliver_fail(struct delivery *d, const struct target *t, const char *step)
{
	int error = errno;
	log_event(LOG_ERR, "delivery failed: maildir=%s %s: %s", log_quote(place(t)), step,
		strerror(error));
	d->verdict = error == ENOSPC || error == EDQUOT ? DISK_FULL : TROUBLE;
	return false;
}

static void *grow(void *list, size_t *room, size_t count, size_t size)
{
	if (count < *room)
		return list;
	size_t more = *room ? 2 * *room : 4;
	void *larger = realloc(list, more * size);
	if (larger)
		*room = more;
	else
		log_event(LOG_ERR, "out of memory for %zu recipients", more);
	return larger;
}

bool deliver_recipient(struct delivery *d, const struct path *to)
{
	char text[PATH_TEXT];
	struct str s;
	str_init(&s, text, sizeof text);
	path_write(to, &s);
	struct recipient *r = grow(d->recipient, &d->recipient_room, d->recipients, sizeof *r);
	if (!r)
		return false;
	d->recipient = r;
	r += d->recipients;
	*r = (struct recipient){.address = strdup(text), .first = d->reaches};
	d->recipients += r->address != NULL;
	return r->address != NULL;
}

void deliver_take_back(struct delivery *d)
{
	struct recipient *r = &d->recipient[--d->recipients];
	d->reaches = r->first;
	while (d->count > 0 && d->target[d->count - 1].recipient == d->recipients)
		d->count--;
	free(r->address);
}

struct target *deliver_target(struct delivery *d, const struct destination *to)
{
	struct target *list = grow(d->target, &d->room, d->count, sizeof *list);
	if (!list)
		return NULL;
	d->target = list;
	list[d->count] = (struct target){.to = *to, .recipient = d->recipients - 1, .draft.fd = -1};
	return &list[d->count];
}

static bool same(const struct destination *a, const struct destination *b)
{
	return strcmp(a->box.path, b->box.path) == 0 && strcmp(a->folder, b->folder) == 0 &&
	       strcmp(a->program, b->program) == 0 && a->box.owner.uid == b->box.owner.uid;
}

/* Whether nothing more fits, as far as can be seen: a Maildir that is not there is made later. */
static bool full(struct target *t)
{
	struct maildir m;
	int room = 1;
	if (!t->to.quota)
		return false;
	priv_as(t->to.box.owner);
	if (maildir_open(&m, t->to.box.path) == 0) {
		room = maildir_room(&m, settings.hostname, t->to.quota, 1);
		maildir_close(&m);
	}
	priv_back();
	return room == 0;
}

enum verdict deliver_add(struct delivery *d, const struct destination *to)
{
	size_t i = 0;
	while (i < d->count && !same(&d->target[i].to, to))
		i++;
	size_t *reach = grow(d->reach, &d->reach_room, d->reaches, sizeof *reach);
	if (!reach)
		return TROUBLE;
	d->reach = reach;
	if (i == d->count) {
		struct target *t = deliver_target(d, to);
		if (!t)
			return TROUBLE;
		if (full(t))
			return MAILBOX_FULL;
		d->count++;
	}
	d->reach[d->reaches++] = i;
	d->recipient[d->recipients - 1].count++;
	return YES;
}

static bool no_folder(void)
{
	return errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
}

static int open_or_make(struct target *t, struct maildir *m)
{
	*m = (struct maildir){-1, {-1, -1, -1}};
	if (!target_is_maildir(t))
		return 0;
	bool there = maildir_open_to_deliver(m, place(t)) == 0;
	if (there) {
		if (m->folder[MAILDIR_TMP] >= 0 && m->folder[MAILDIR_NEW] >= 0)
			return 0;
		maildir_close(m);
	} else if (t->to.folder[0] && no_folder()) {
		t->to.folder[0] = '\0';
		return open_or_make(t, m);
	} else if (errno != ENOENT)
		return -1;
	return maildir_make(place(t)) < 0 ? -1 : maildir_open_to_deliver(m, place(t));
}

bool deliver_enter(struct delivery *d, struct target *t, struct maildir *m)
{
	act_as(t->to.box.owner);
	*m = t->dir;
	return t->held || open_or_make(t, m) == 0 || deliver_fail(d, t, "open");
}

void deliver_leave(struct delivery *d, struct target *t, struct maildir *m)
{
	if (t->held)
		return;
	if (d->held >= held_most()) {
		maildir_close(m);
		return;
	}
	t->dir = *m;
	t->held = true;
	d->held++;
}

static void drop(struct delivery *d, struct target *t)
{
	struct maildir m;
	bool left = t->draft.name[0] || t->draft.fd >= 0;
	if (!t->drafted || !left || !deliver_enter(d, t, &m))
		return;
	maildir_discard(&m, &t->draft);
	deliver_leave(d, t, &m);
}

void deliver_end(struct delivery *d)
{
	for (size_t i = 0; i < d->count; i++) {
		drop(d, &d->target[i]);
		if (d->target[i].held)
			maildir_close(&d->target[i].dir);
	}
	deliver_back();
	if (d->begun && d->spool >= 0)
		close(d->spool);
	for (size_t i = 0; i < d->recipients; i++)
		free(d->recipient[i].address);
	free(d->recipient);
	free(d->target);
	free(d->reach);
	*d = (struct delivery){.spool = -1};
}
