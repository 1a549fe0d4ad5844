/*
 * deliver: into Maildirs. Runs in the keeper: as root (where the daemon was started so) it takes
 * the owner's ids for each step, and holds two Maildirs and the first one open at most, however
 * many recipients there are. RFC 5321 6.1.
 *
 * Order: data of every draft to disk; links and renames into every new/; every new/ to disk; only
 * then YES.
 */
#include "deliver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "log.h"
#include "settings.h"

#define NO_LEADER SIZE_MAX /* instead of a leader */

/* Remembers and logs why a step for `t` failed. Always false. */
static bool fail(struct delivery *d, const struct target *t, const char *step)
{
	d->error = errno;
	log_event(LOG_ERR, "delivery failed: maildir=%s %s: %s", log_quote(t->box.path), step,
		strerror(d->error));
	return false;
}

static enum verdict verdict(const struct delivery *d)
{
	return d->error == ENOSPC || d->error == EDQUOT ? DISK_FULL : TROUBLE;
}

/* Where a folder of a Maildir lies. */
static struct mailbox box_of(const struct destination *to)
{
	struct str s;
	struct mailbox box = {.owner = to->box.owner};
	str_init(&s, box.path, sizeof box.path);
	str_add(&s, to->box.path);
	if (to->folder[0])
		str_addf(&s, "/.%s", to->folder);
	return box;
}

enum verdict deliver_add(struct delivery *d, const struct destination *to)
{
	struct mailbox whole = box_of(to), *box = &whole;
	if (to->program[0]) {
		log_event(LOG_ERR, "no program can be run: %s", log_quote(to->program));
		return TROUBLE;
	}
	for (size_t i = 0; i < d->count; i++)
		if (strcmp(d->target[i].box.path, box->path) == 0)
			return YES;
	if (d->count == d->room) {
		size_t room = d->room ? 2 * d->room : 4;
		struct target *more = realloc(d->target, room * sizeof *more);
		if (!more) {
			log_event(LOG_ERR, "out of memory for %zu recipients", room);
			return TROUBLE;
		}
		d->target = more;
		d->room = room;
	}
	d->target[d->count++] = (struct target){.box = *box};
	return YES;
}

static int open_or_make(struct maildir *m, const char *path)
{
	if (maildir_open(m, path) == 0) {
		if (m->folder[MAILDIR_TMP] >= 0 && m->folder[MAILDIR_NEW] >= 0)
			return 0;
		maildir_close(m);
	} else if (errno != ENOENT)
		return -1;
	return maildir_make(path) < 0 ? -1 : maildir_open(m, path);
}

/* A target's steps stand between enter(), which takes its owner's ids, and leave(). */
static bool enter(struct delivery *d, const struct target *t, struct maildir *m)
{
	priv_as(t->box.owner);
	if (t == d->target && t->drafted)
		*m = d->first;
	else if (open_or_make(m, t->box.path) < 0) {
		fail(d, t, "open");
		priv_back();
		return false;
	}
	return true;
}

static void leave(struct delivery *d, const struct target *t, struct maildir *m)
{
	if (t != d->target || !t->drafted)
		maildir_close(m);
	priv_back();
}

static bool draft(struct delivery *d, struct target *t, struct maildir *m)
{
	t->drafted = maildir_draft(m, settings.hostname, &t->draft) == 0;
	return t->drafted || fail(d, t, "create");
}

enum verdict deliver_begin(struct delivery *d, const struct str *top)
{
	struct target *t = &d->target[0];
	struct maildir m;
	d->source = -1;
	if (!enter(d, t, &m))
		return verdict(d);
	bool good = draft(d, t, &m);
	if (good) {
		d->first = m;
		good = write_all(t->draft.fd, top->at, top->len) == 0 || fail(d, t, "write");
	}
	leave(d, t, &m);
	return good ? YES : verdict(d);
}

/* Those of [at, end). */
static bool copy_octets(int from, int to, uint64_t at, uint64_t end)
{
	static char block[64 * 1024];
	while (at < end) {
		uint64_t part = end - at < sizeof block ? end - at : sizeof block;
		ssize_t got = pread(from, block, part, (off_t)at);
		if (got == 0)
			errno = EIO;
		if (got <= 0 || write_all(to, block, (size_t)got) < 0)
			return false;
		at += (uint64_t)got;
	}
	return true;
}

/* A draft of the target's own, with the message in it and safe. */
static bool copy(struct delivery *d, struct target *t, struct maildir *m)
{
	if (!draft(d, t, m))
		return false;
	if (!copy_octets(d->source, t->draft.fd, 0, d->disk))
		return fail(d, t, "copy");
	if (fsync(t->draft.fd) < 0)
		return fail(d, t, "fsync");
	close(t->draft.fd);
	t->draft.fd = -1;
	return true;
}

/* The target whose draft `i` can share: itself if there is none, NO_LEADER if one with the same
 * Maildir, by another path, comes before it. */
static size_t find_leader(const struct delivery *d, size_t i)
{
	const struct target *t = &d->target[i];
	size_t leader = i;
	for (size_t j = 0; j < i; j++) {
		const struct target *l = &d->target[j];
		if (l->device != t->device)
			continue;
		if (l->inode == t->inode)
			return NO_LEADER;
		if (leader == i && l->leader == j && l->box.owner.uid == t->box.owner.uid &&
			l->box.owner.gid == t->box.owner.gid)
			leader = j;
	}
	return leader;
}

/* Finds out with whom the target shares; if with nobody before it, it gets its copy. */
static bool group(struct delivery *d, size_t i)
{
	struct target *t = &d->target[i];
	struct maildir m;
	struct stat st;
	if (!enter(d, t, &m))
		return false;
	bool good = fstat(m.root, &st) == 0 || fail(d, t, "stat");
	if (good) {
		t->device = st.st_dev;
		t->inode = st.st_ino;
		t->leader = find_leader(d, i);
		good = i == 0 || t->leader != i || copy(d, t, &m);
	}
	leave(d, t, &m);
	return good;
}

int deliver_read(struct delivery *d)
{
	struct target *t = &d->target[0];
	struct maildir m;
	if (!enter(d, t, &m))
		return -1;
	int fd = maildir_message(&m, MAILDIR_TMP, t->draft.name);
	if (fd < 0)
		fail(d, t, "read");
	leave(d, t, &m);
	return fd;
}

static bool renew(struct delivery *d, struct target *t, struct maildir *m, const struct str *top,
	int from, uint64_t skip, uint64_t octets)
{
	struct maildir_draft fresh, old = t->draft;
	if (maildir_draft(m, settings.hostname, &fresh) < 0)
		return fail(d, t, "create");
	bool good = write_all(fresh.fd, top->at, top->len) == 0 &&
		    copy_octets(from, fresh.fd, skip, skip + octets);
	if (good)
		t->draft = fresh;
	else
		fail(d, t, "copy");
	maildir_discard(m, good ? &old : &fresh);
	return good;
}

enum verdict deliver_renew(
	struct delivery *d, const struct str *top, uint64_t skip, uint64_t octets)
{
	struct target *t = &d->target[0];
	struct maildir m;
	int from = deliver_read(d);
	if (from < 0)
		return verdict(d);
	bool good = enter(d, t, &m);
	if (good) {
		good = renew(d, t, &m, top, from, skip, octets);
		leave(d, t, &m);
	}
	close(from);
	return good ? YES : verdict(d);
}

/* Every draft is on disk, and every Maildir is there. */
static bool prepare(struct delivery *d)
{
	if (fsync(d->target[0].draft.fd) < 0)
		return fail(d, &d->target[0], "fsync");
	if (d->count == 1)
		return true;
	d->source = deliver_read(d);
	if (d->source < 0)
		return false;
	for (size_t i = 0; i < d->count; i++)
		if (!group(d, i))
			return false;
	return true;
}

/* Links leader `l`'s draft into `i`'s new/. Where that cannot be, `i` gets a copy and leads those
 * of the group that come behind it, itself included. */
static bool share(struct delivery *d, size_t l, const struct maildir *from, size_t i)
{
	struct target *t = &d->target[i];
	struct maildir to;
	if (open_or_make(&to, t->box.path) < 0)
		return fail(d, t, "open");
	bool good = true;
	t->published = maildir_share(from, &d->target[l].draft, &to, d->target[l].name) == 0;
	if (!t->published && (errno == EXDEV || errno == EMLINK || errno == EPERM)) {
		for (size_t j = i; j < d->count; j++)
			if (d->target[j].leader == l)
				d->target[j].leader = i;
		good = copy(d, t, &to);
	} else if (!t->published)
		good = fail(d, t, "link");
	maildir_close(&to);
	return good;
}

static bool publish_group(struct delivery *d, size_t l)
{
	struct target *t = &d->target[l];
	struct maildir m;
	if (!enter(d, t, &m))
		return false;
	bool good = true;
	maildir_name(&t->draft, d->disk, d->wire, t->name);
	for (size_t i = l + 1; good && i < d->count; i++)
		if (d->target[i].leader == l)
			good = share(d, l, &m, i);
	if (good) {
		t->published = maildir_publish(&m, &t->draft, t->name) == 0;
		good = t->published || fail(d, t, "publish");
	}
	leave(d, t, &m);
	return good;
}

static bool publish(struct delivery *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->target[i].leader == i && !publish_group(d, i))
			return false;
	return true;
}

static bool settle(struct delivery *d)
{
	for (size_t i = 0; i < d->count; i++) {
		struct target *t = &d->target[i];
		struct maildir m;
		if (!enter(d, t, &m))
			return false;
		bool good = maildir_settle(&m) == 0 || fail(d, t, "fsync new");
		leave(d, t, &m);
		if (!good)
			return false;
	}
	return true;
}

static void withdraw(struct delivery *d)
{
	int why = d->error;
	for (size_t i = 0; i < d->count; i++) {
		struct target *t = &d->target[i];
		struct maildir m;
		if (!t->published || !enter(d, t, &m))
			continue;
		if (maildir_withdraw(&m, d->target[t->leader].name) < 0)
			fail(d, t, "withdraw");
		leave(d, t, &m);
	}
	d->error = why;
}

enum verdict deliver_commit(struct delivery *d, uint64_t disk, uint64_t wire)
{
	d->disk = disk;
	d->wire = wire;
	if (prepare(d) && publish(d) && settle(d))
		return YES;
	withdraw(d);
	return verdict(d);
}

static void drop(struct delivery *d, struct target *t)
{
	struct maildir m;
	bool left = t->draft.name[0] || t->draft.fd >= 0;
	if (!t->drafted || !left || !enter(d, t, &m))
		return;
	maildir_discard(&m, &t->draft);
	leave(d, t, &m);
}

void deliver_end(struct delivery *d)
{
	for (size_t i = 0; i < d->count; i++)
		drop(d, &d->target[i]);
	if (d->count > 0 && d->target[0].drafted) {
		maildir_close(&d->first);
		if (d->source >= 0)
			close(d->source);
	}
	free(d->target);
	*d = (struct delivery){.source = -1};
}
