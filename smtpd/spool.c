/*
 * spool: the one file that a message is written to, and copies of it. Runs in the keeper: as root
 * (where the daemon was started so) it acts as the owner of what it writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "deliver_own.h"
#include "io.h"
#include "memory.h"
#include "settings.h"
#include "writers.h"

/* A new file of the target's, for a message. */
static int make_draft(const struct target *t, const struct maildir *m, struct maildir_draft *draft)
{
	if (target_is_maildir(t))
		return maildir_draft(m, settings.hostname, draft);
	*draft = (struct maildir_draft){.name = DELIVER_LOOSE};
	draft->fd = mkostemp(draft->name, O_CLOEXEC);
	if (draft->fd < 0)
		draft->name[0] = '\0';
	return draft->fd < 0 ? -1 : 0;
}

/* The first Maildir; without one, a place that nothing is published from: the first program's, or
 * our own. */
static bool find_home(struct delivery *d)
{
	d->home = 0;
	while (d->home < d->count && !target_is_maildir(&d->target[d->home]))
		d->home++;
	if (d->home < d->count)
		return true;
	struct destination nowhere = {.quota = 0};
	if (d->count > 0)
		nowhere.box.owner = d->target[0].to.box.owner;
	bool good = deliver_target(d, &nowhere) != NULL;
	d->count += good;
	return good;
}

enum verdict deliver_begin(struct delivery *d, const struct str *top, int *fd)
{
	struct maildir m;
	d->verdict = TROUBLE;
	d->spool = -1;
	if (!find_home(d))
		return TROUBLE;
	struct target *t = &d->target[d->home];
	if (!deliver_enter(d, t, &m)) {
		deliver_back();
		return d->verdict;
	}
	bool good = make_draft(t, &m, &t->draft) == 0 || deliver_fail(d, t, "create");
	if (good) {
		d->begun = t->drafted = true;
		d->spool = maildir_draft_reader(&m, &t->draft);
		good = d->spool >= 0 || deliver_fail(d, t, "read");
		good = good && (write_all(t->draft.fd, top->at, top->len) == 0 ||
				       deliver_fail(d, t, "write"));
	}
	deliver_leave(d, t, &m);
	deliver_back();
	if (!good)
		return d->verdict;
	*fd = t->draft.fd;
	t->draft.fd = -1;
	return YES;
}

bool deliver_octets(int from, int to, uint64_t at, uint64_t end)
{
	static OWN_PAGES char block[64 * 1024];
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

int64_t deliver_clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool deliver_sync(struct delivery *d, const struct target *t, int fd)
{
	int64_t began = deliver_clock();
	int result = fsync(fd);
	d->fsync_us += deliver_clock() - began;
	return result == 0 || deliver_fail(d, t, "fsync");
}

bool deliver_copy(struct delivery *d, struct target *t, const struct maildir *m)
{
	if (make_draft(t, m, &t->draft) < 0)
		return deliver_fail(d, t, "create");
	t->drafted = true;
	bool good = deliver_octets(d->spool, t->draft.fd, 0, d->disk) || deliver_fail(d, t, "copy");
	good = good && deliver_sync(d, t, t->draft.fd);
	if (!good) {
		maildir_discard(m, &t->draft); /* the next recipient's may be another one */
		return false;
	}
	close(t->draft.fd);
	t->draft.fd = -1;
	return true;
}

static bool fill(int from, struct maildir_draft *fresh, const struct str *top, uint64_t skip,
	uint64_t octets)
{
	bool good = write_all(fresh->fd, top->at, top->len) == 0 &&
		    deliver_octets(from, fresh->fd, skip, skip + octets);
	close(fresh->fd);
	fresh->fd = -1;
	return good;
}

/* What is there keeps its place until the fresh one has all. */
static bool renew(struct delivery *d, struct target *t, const struct maildir *m,
	const struct str *top, uint64_t skip, uint64_t octets)
{
	struct maildir_draft fresh, old = t->draft;
	int spool = -1;
	if (make_draft(t, m, &fresh) < 0)
		return deliver_fail(d, t, "create");
	bool good = fill(d->spool, &fresh, top, skip, octets);
	if (good)
		spool = maildir_draft_reader(m, &fresh);
	if (spool < 0) {
		deliver_fail(d, t, "copy");
		maildir_discard(m, &fresh);
		return false;
	}
	close(d->spool);
	d->spool = spool;
	t->draft = fresh;
	maildir_discard(m, &old);
	return true;
}

enum verdict deliver_renew(
	struct delivery *d, const struct str *top, uint64_t skip, uint64_t octets)
{
	struct target *t = &d->target[d->home];
	struct maildir m;
	bool good = deliver_enter(d, t, &m);
	if (good) {
		good = renew(d, t, &m, top, skip, octets);
		deliver_leave(d, t, &m);
	}
	deliver_back();
	return good ? YES : d->verdict;
}

enum verdict deliver_seal(struct delivery *d, uint64_t *octets)
{
	static char none[1];
	const struct str nothing = {.at = none, .len = 0};
	struct stat st;
	bool sealed = writers_none(d->spool);
	int result = fstat(d->spool, &st);
	if (result == 0 && !S_ISREG(st.st_mode))
		errno = EINVAL;
	if (result < 0 || !S_ISREG(st.st_mode)) {
		deliver_fail(d, &d->target[d->home], "stat");
		return d->verdict;
	}
	*octets = (uint64_t)st.st_size;
	return sealed ? YES : deliver_renew(d, &nothing, 0, *octets);
}

int deliver_read(struct delivery *d)
{
	struct target *t = &d->target[d->home];
	struct maildir m;
	int fd = -1;
	if (deliver_enter(d, t, &m)) {
		bool draft = t->draft.name[0];
		fd = maildir_message(
			&m, draft ? MAILDIR_TMP : MAILDIR_NEW, draft ? t->draft.name : t->name);
		if (fd < 0)
			deliver_fail(d, t, "read");
		deliver_leave(d, t, &m);
	}
	deliver_back();
	return fd;
}
