/*
 * quota: what a message takes of its mailboxes' quotas. Runs in the keeper, as deliver.c does.
 */
#include <string.h>

#include "deliver_own.h"
#include "settings.h"

/* Where maildirsize lies: a folder counts with its Maildir. */
static bool open_base(const struct target *t, const struct maildir *m, struct maildir *base)
{
	*base = *m;
	return !t->to.folder[0] || maildir_open(base, t->to.box.path) == 0;
}

static void close_base(const struct target *t, struct maildir *base)
{
	if (t->to.folder[0])
		maildir_close(base);
}

/* Copies that the mailbox is to get, its folders among them, as far as the target. */
static uint64_t copies(const struct delivery *d, const struct target *t)
{
	uint64_t n = 0;
	for (const struct target *o = d->target; o <= t; o++)
		n += o->chosen && !o->published && strcmp(o->to.box.path, t->to.box.path) == 0;
	return n > 0 ? n : 1;
}

bool deliver_fits(struct delivery *d, const struct target *t, const struct maildir *m)
{
	struct maildir base;
	if (!t->to.quota || t->published)
		return true;
	if (!open_base(t, m, &base))
		return deliver_fail(d, t, "open");
	int room = maildir_room(&base, settings.hostname, t->to.quota, copies(d, t) * d->disk);
	if (room < 0)
		deliver_fail(d, t, "maildirsize");
	else if (room == 0)
		d->verdict = MAILBOX_FULL;
	close_base(t, &base);
	return room > 0;
}

void deliver_count(struct delivery *d, struct target *t, const struct maildir *m, bool more)
{
	struct maildir base;
	if (t->counted == more || !open_base(t, m, &base))
		return;
	maildir_account(&base, more ? (int64_t)d->disk : -(int64_t)d->disk, more ? 1 : -1);
	t->counted = more;
	close_base(t, &base);
}
