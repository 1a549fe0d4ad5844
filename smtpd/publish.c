/*
 * publish: a message into its Maildirs. Runs in the keeper, as deliver.c does. RFC 5321 6.1.
 *
 * Order: data of every draft to disk; programs; links and renames into every new/; every new/ to
 * disk; only then YES.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deliver_own.h"
#include "settings.h"

#define TOGETHER 64 /* folders that are synced at a time */

/* Another target with the same Maildir, by another path, is to get the message instead. */
static bool has_twin(struct delivery *d, size_t i)
{
	struct target *t = &d->target[i];
	for (size_t j = 0; j < i; j++) {
		struct target *other = &d->target[j];
		if (other->ready && other->device == t->device && other->inode == t->inode) {
			other->chosen = true;
			t->chosen = false;
			t->published = other->published; /* by LMTP, for who came before */
			return true;
		}
	}
	return false;
}

static size_t find_leader(const struct delivery *d, size_t i)
{
	const struct target *t = &d->target[i];
	for (size_t j = 0; j < i; j++) {
		const struct target *l = &d->target[j];
		if (l->ready && l->leader == j && l->device == t->device &&
			l->to.box.owner.uid == t->to.box.owner.uid &&
			l->to.box.owner.gid == t->to.box.owner.gid)
			return j;
	}
	return i;
}

/* Finds out with whom the target shares; if with nobody before it, it gets its copy. */
static bool join(struct delivery *d, size_t i, const struct maildir *m)
{
	struct target *t = &d->target[i];
	struct stat st;
	if (fstat(m->root, &st) < 0)
		return deliver_fail(d, t, "stat");
	t->device = st.st_dev;
	t->inode = st.st_ino;
	if (has_twin(d, i))
		return deliver_fits(d, t, m);
	if (t->chosen && !deliver_fits(d, t, m))
		return false;
	t->leader = find_leader(d, i);
	t->ready = i == d->home || t->leader != i || deliver_copy(d, t, m);
	return t->ready;
}

static bool make_ready(struct delivery *d, size_t i)
{
	struct target *t = &d->target[i];
	struct maildir m;
	if (t->published || (t->ready && !(t->chosen && t->to.quota)))
		return true;
	if (!deliver_enter(d, t, &m))
		return false;
	bool good = t->ready ? deliver_fits(d, t, &m) : join(d, i, &m);
	deliver_leave(d, t, &m);
	return good;
}

/* What one fsync() could not write the next one does not tell of, so it is asked once. */
static bool sync_spool(struct delivery *d, const struct target *home)
{
	if (d->lost)
		d->verdict = TROUBLE;
	else if (!d->synced)
		d->synced = deliver_sync(d, home, d->spool);
	d->lost = !d->synced;
	return d->synced;
}

/* Every draft is on disk, and every Maildir is there and has room. */
static bool prepare(struct delivery *d)
{
	struct target *home = &d->target[d->home];
	if (!target_is_maildir(home))
		return true;
	if (!sync_spool(d, home))
		return false;
	if (d->count == 1 && !home->to.quota) {
		home->leader = d->home;
		home->ready = true;
	}
	for (size_t i = d->home; i < d->count; i++)
		if ((i == d->home || d->target[i].chosen) && target_is_maildir(&d->target[i]) &&
			!make_ready(d, i))
			return false;
	return true;
}

static void publish_done(struct target *t)
{
	t->published = t->fresh = true;
}

/* Links leader `l`'s draft into `i`'s new/. Where that cannot be, `i` gets a copy and leads those
 * of the group that come behind it, itself included. */
static bool share(struct delivery *d, size_t l, const struct maildir *from, size_t i)
{
	struct target *t = &d->target[i], *leader = &d->target[l];
	struct maildir to;
	if (!deliver_enter(d, t, &to))
		return false;
	bool good = true, there = leader->draft.name[0];
	if (there && maildir_share(from, &leader->draft, &to, leader->name) == 0) {
		memcpy(t->name, leader->name, sizeof t->name);
		publish_done(t);
	} else if (!there || errno == EXDEV || errno == EMLINK || errno == EPERM) {
		for (size_t j = i; j < d->count; j++)
			if (d->target[j].ready && d->target[j].leader == l)
				d->target[j].leader = i;
		good = deliver_copy(d, t, &to);
	} else
		good = deliver_fail(d, t, "link");
	deliver_leave(d, t, &to);
	return good;
}

/* A draft that was renamed and withdrawn again is made anew. */
static bool publish_own(struct delivery *d, struct target *t, const struct maildir *m)
{
	if (!t->draft.name[0] && !deliver_copy(d, t, m))
		return false;
	maildir_name(&t->draft, d->disk, d->wire, t->name);
	if (!(d->keep && maildir_share(m, &t->draft, m, t->name) == 0) &&
		maildir_publish(m, &t->draft, t->name) < 0)
		return deliver_fail(d, t, "publish");
	publish_done(t);
	return true;
}

/* Chosen, and has not got it yet. */
static bool waits(const struct target *t)
{
	return t->chosen && t->ready && !t->published;
}

static bool settle_one(struct delivery *d, struct target *t, const struct maildir *m)
{
	int64_t began = deliver_clock();
	if (t->sync_error < 0)
		t->sync_error = maildir_settle(m) < 0 ? errno : 0;
	d->fsync_us += deliver_clock() - began;
	errno = t->sync_error;
	if (errno)
		return deliver_fail(d, t, "fsync new");
	deliver_count(d, t, m, true);
	return true;
}

static bool publish_group(struct delivery *d, size_t l)
{
	struct target *t = &d->target[l];
	struct maildir m;
	bool good = true;
	if (!deliver_enter(d, t, &m))
		return false;
	if (t->draft.name[0])
		maildir_name(&t->draft, d->disk, d->wire, t->name);
	for (size_t i = l + 1; good && i < d->count; i++)
		if (waits(&d->target[i]) && d->target[i].leader == l)
			good = share(d, l, &m, i);
	if (good && waits(t))
		good = publish_own(d, t, &m);
	if (good && d->count == 1)
		good = settle_one(d, t, &m);
	deliver_leave(d, t, &m);
	return good;
}

/* Who could not share leads a group of its own now. */
static bool publish(struct delivery *d)
{
	for (size_t i = 0; i < d->count; i++)
		while (waits(&d->target[i]))
			if (!publish_group(d, d->target[i].leader))
				return false;
	return true;
}

static bool is_new(const struct target *t)
{
	return t->fresh && target_is_maildir(t);
}

/* From `*i` on, as many as there is room for: what is held open is synced with others. */
static void sync_held(struct delivery *d, size_t *i)
{
	struct target *t[TOGETHER];
	struct sync list[TOGETHER];
	size_t n = 0;
	int64_t began = deliver_clock();
	for (; *i < d->count && n < TOGETHER; ++*i) {
		struct target *next = &d->target[*i];
		if (!is_new(next) || next->sync_error >= 0 || !next->held)
			continue;
		t[n] = next;
		list[n++].fd = next->dir.folder[MAILDIR_NEW];
	}
	maildir_sync_all(list, n);
	while (n-- > 0)
		t[n]->sync_error = list[n].error;
	d->fsync_us += deliver_clock() - began;
}

static bool settle(struct delivery *d)
{
	for (size_t i = 0; i < d->count;)
		sync_held(d, &i);
	for (size_t i = 0; i < d->count; i++) {
		struct target *t = &d->target[i];
		struct maildir m;
		if (!is_new(t))
			continue;
		if (!deliver_enter(d, t, &m))
			return false;
		bool good = settle_one(d, t, &m);
		deliver_leave(d, t, &m);
		if (!good)
			return false;
	}
	return true;
}

static void withdraw(struct delivery *d)
{
	enum verdict why = d->verdict;
	for (size_t i = 0; i < d->count; i++) {
		struct target *t = &d->target[i];
		struct maildir m;
		if (!is_new(t))
			continue;
		t->published = false; /* even if it stays: better twice than not safe */
		if (!deliver_enter(d, t, &m))
			continue;
		if (maildir_withdraw(&m, t->name) < 0)
			deliver_fail(d, t, "withdraw");
		deliver_count(d, t, &m, false);
		deliver_leave(d, t, &m);
	}
	d->verdict = why;
}

static bool run_programs(struct delivery *d)
{
	for (size_t i = 0; i < d->count; i++) {
		struct target *t = &d->target[i];
		if (t->chosen && target_is_program(t) && !t->published && !program_run(d, t))
			return false;
	}
	return true;
}

/* To those that are chosen, or to none of them. */
static enum verdict reach_chosen(struct delivery *d, uint64_t disk, uint64_t wire)
{
	d->disk = disk;
	d->wire = wire;
	for (size_t i = 0; i < d->count; i++) {
		d->target[i].fresh = d->target[i].counted = false;
		d->target[i].sync_error = -1;
	}
	bool good = prepare(d) && run_programs(d) && publish(d) && settle(d);
	if (!good)
		withdraw(d);
	deliver_back();
	return good ? YES : d->verdict;
}

enum verdict deliver_commit(struct delivery *d, uint64_t disk, uint64_t wire)
{
	for (size_t i = 0; i < d->count; i++)
		d->target[i].chosen =
			target_is_maildir(&d->target[i]) || target_is_program(&d->target[i]);
	return reach_chosen(d, disk, wire);
}

enum verdict deliver_commit_one(struct delivery *d, size_t recipient, uint64_t disk, uint64_t wire)
{
	const struct recipient *r = &d->recipient[recipient];
	d->keep = recipient + 1 < d->recipients;
	for (size_t i = 0; i < d->count; i++)
		d->target[i].chosen = false;
	for (size_t i = 0; i < r->count; i++)
		d->target[d->reach[r->first + i]].chosen = true;
	return reach_chosen(d, disk, wire);
}
