/*
 * maildir_draft: delivery into Maildirs, from a file in tmp/ to a message in new/. Runs with the
 * ids of the mailbox's owner.
 */
#include "maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "str.h"

#define HOST_MAX 128 /* octets of a host's name that are used */
#define TRIES 10

/*
 * The host's name, so that it can stand in a file name and in a UIDL: anything but visible ASCII
 * becomes \ooo, as Maildirs have it for '/' and ':', and so do ',' that begins a size, and '\'.
 */
static void add_host(struct str *s, const char *hostname)
{
	size_t most = s->len + HOST_MAX;
	for (const char *c = hostname; *c; c++) {
		bool plain = *c > ' ' && *c < 0x7f && !strchr("/:,\\", *c);
		if (s->len + (plain ? 1 : 4) > most)
			return;
		if (plain)
			str_addn(s, c, 1);
		else
			str_addf(s, "\\%03o", (unsigned char)*c);
	}
}

/*
 * No other file ever has this name: a process draws it once (the counter), no two processes of a
 * host are one at a time (the pid), and no two of one pid live in the same microsecond. O_EXCL
 * guards it against a clock that was set back.
 */
static void draw_name(char name[MAILDIR_NAME], const char *hostname)
{
	static unsigned long counter;
	struct timespec now;
	struct str s;
	clock_gettime(CLOCK_REALTIME, &now);
	str_init(&s, name, MAILDIR_NAME);
	str_addf(&s, "%lld.M%06ldP%ldQ%lu.", (long long)now.tv_sec, now.tv_nsec / 1000,
		(long)getpid(), ++counter);
	add_host(&s, hostname);
}

int maildir_draft(const struct maildir *m, const char *hostname, struct maildir_draft *d)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	*d = (struct maildir_draft){.fd = -1};
	if (m->folder[MAILDIR_TMP] < 0 || m->folder[MAILDIR_NEW] < 0) {
		errno = ENOENT;
		return -1;
	}
	for (int i = 0; i < TRIES; i++) {
		draw_name(d->name, hostname);
		d->fd = openat(m->folder[MAILDIR_TMP], d->name, flags, 0600);
		if (d->fd >= 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	d->name[0] = '\0';
	return -1;
}

int maildir_draft_reader(const struct maildir *m, const struct maildir_draft *d)
{
	return openat(m->folder[MAILDIR_TMP], d->name,
		O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
}

void maildir_name(
	const struct maildir_draft *d, uint64_t disk, uint64_t wire, char name[MAILDIR_NAME])
{
	struct str s;
	str_init(&s, name, MAILDIR_NAME);
	str_addf(&s, "%s,S=%llu,W=%llu", d->name, (unsigned long long)disk,
		(unsigned long long)wire);
}

int maildir_share(const struct maildir *m, const struct maildir_draft *d, const struct maildir *to,
	const char *name)
{
	return linkat(m->folder[MAILDIR_TMP], d->name, to->folder[MAILDIR_NEW], name, 0);
}

/* One rename, where link and unlink are two calls and not every file system has links. It would
 * replace a message of the same name; there is none, as the name is unique. */
int maildir_publish(const struct maildir *m, struct maildir_draft *d, const char *name)
{
	if (renameat(m->folder[MAILDIR_TMP], d->name, m->folder[MAILDIR_NEW], name) != 0)
		return -1;
	d->name[0] = '\0';
	return 0;
}

int maildir_settle(const struct maildir *m)
{
	return maildir_sync(m->folder[MAILDIR_NEW]);
}

int maildir_replace(const struct maildir *m, struct maildir_draft *d, const char *name)
{
	if (maildir_sync(d->fd) != 0)
		return -1;
	if (renameat(m->folder[MAILDIR_TMP], d->name, m->root, name) != 0)
		return -1;
	d->name[0] = '\0';
	return maildir_sync(m->root);
}

int maildir_withdraw(const struct maildir *m, const char *name)
{
	return unlinkat(m->folder[MAILDIR_NEW], name, 0);
}

void maildir_discard(const struct maildir *m, struct maildir_draft *d)
{
	int error = errno;
	if (d->fd >= 0)
		close(d->fd);
	if (d->name[0])
		unlinkat(m->folder[MAILDIR_TMP], d->name, 0);
	*d = (struct maildir_draft){.fd = -1};
	errno = error;
}
