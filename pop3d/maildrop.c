/*
 * maildrop: the messages of one Maildir as one session sees them. Runs in the keeper as the
 * mailbox's owner, confined to this Maildir. RFC 1939 3, 5, 6, 7, 11.
 */
#include "maildrop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kept.h"
#include "order.h"
#include "sha256.h"
#include "str.h"
#include "text.h"

bool maildrop_open(struct maildrop *d, const char *path)
{
	*d = (struct maildrop){.kept = -1, .names_cap = sizeof d->small.names};
	d->names = d->small.names;
	if (maildir_open(&d->dir, path) == 0)
		return true;
	d->absent = errno == ENOENT;
	return d->absent;
}

const char *maildrop_base(const struct maildrop *d, const struct message *m)
{
	return d->names + m->name;
}

const char *maildrop_flags(const struct maildrop *d, const struct message *m)
{
	const char *base = maildrop_base(d, m);
	return base + strlen(base) + 1;
}

/* The block, or one in its place with room for `need` octets; NULL when there is no memory for
 * that. The first one is the maildrop's own. */
static char *grow(char *block, const char *first, size_t *cap, size_t need)
{
	size_t more = *cap;
	if (need <= more)
		return block;
	while (more < need)
		more *= 2;
	char *grown = realloc(block == first ? NULL : block, more);
	if (!grown)
		return NULL;
	if (block == first)
		memcpy(grown, first, *cap);
	*cap = more;
	return grown;
}

/* Puts a text of n octets and a NUL behind the names; its offset, or -1 when there is no room. */
static int64_t add_text(struct maildrop *d, const char *text, size_t n)
{
	size_t at = d->names_len;
	if (at + n + 1 > UINT32_MAX)
		return -1;
	char *names = grow(d->names, d->small.names, &d->names_cap, at + n + 1);
	if (!names)
		return -1;
	d->names = names;
	memcpy(names + at, text, n);
	names[at + n] = '\0';
	d->names_len += n + 1;
	return (int64_t)at;
}

/* The same for a name, cut in two. */
static int64_t add_name(struct maildrop *d, const char *name)
{
	size_t base = maildir_base(name);
	int64_t at = add_text(d, name, base);
	return at < 0 || add_text(d, name + base, strlen(name + base)) < 0 ? -1 : at;
}

/* What a look at the folders has put into names: base name and flags of each. */
struct scan {
	struct maildrop *d;
	struct order_name few[MAILDROP_SMALL], *list; /* where each begins */
	size_t count, room; /* of the list, the latter in octets */
	size_t cur; /* from this offset on they are of cur, which comes after new, in the last look
		     */
	bool full; /* no memory for all */
};

static void add_found(void *context, enum maildir_folder folder, const char *name)
{
	struct scan *scan = context;
	if (scan->full)
		return;
	void *list = grow((char *)scan->list, (char *)scan->few, &scan->room,
		(scan->count + 1) * sizeof *scan->list);
	if (list)
		scan->list = list;
	int64_t at = list ? add_name(scan->d, name) : -1;
	scan->full = at < 0;
	if (scan->full)
		return;
	scan->list[scan->count++].at = (uint32_t)at;
	if (folder == MAILDIR_NEW)
		scan->cur = scan->d->names_len;
}

uint64_t maildrop_told(const char *base)
{
	uint64_t disk, wire;
	if (!maildir_sizes(base, &disk, &wire) || wire >= MESSAGE_UNMEASURED)
		return MESSAGE_UNMEASURED;
	return wire;
}

/* How many messages they are. `first` may be the list itself: each message takes the place of a
 * name that has been read. */
static size_t number_messages(struct scan *scan, struct message *first)
{
	_Static_assert(sizeof(struct order_name) == sizeof *first,
		"there is room for them, and they are not ahead of what is read");
	const char *names = scan->d->names, *last = NULL;
	const struct order_name *list = scan->list;
	struct message *next = first;
	order_names(scan->list, scan->count, names);
	for (size_t i = 0; i < scan->count; i++) {
		uint32_t at = list[i].at;
		const char *base = names + at;
		if (i + MAILDROP_AHEAD < scan->count)
			maildrop_fetch(names + list[i + MAILDROP_AHEAD].at);
		/* What was moved or flagged meanwhile was seen twice: what was seen last counts. */
		if (last && strcmp(base, last) == 0)
			continue;
		last = base;
		*next++ = (struct message){.octets = maildrop_told(base),
			.name = at,
			.folder = at < scan->cur ? MAILDIR_NEW : MAILDIR_CUR};
	}
	return (size_t)(next - first);
}

bool maildrop_lock(struct maildrop *d)
{
	struct scan scan = {.d = d, .list = scan.few, .room = sizeof scan.few};
	struct looks looks = {0};
	if (d->absent)
		return true;
	if (maildir_lock(&d->dir) < 0)
		return false;
	while (maildrop_look_again(d, &looks))
		if (maildir_scan(&d->dir, add_found, &scan) < 0)
			return false;
	errno = ENOMEM;
	if (scan.full)
		return false;
	d->messages = scan.list == scan.few ? d->small.messages : (void *)scan.list;
	d->count = number_messages(&scan, d->messages);
	kept_open(d);
	return true;
}

struct message *maildrop_find(struct maildrop *d, const char *number)
{
	uint64_t n;
	if (!str_number(number, d->count, &n) || n == 0 || d->messages[n - 1].deleted)
		return NULL;
	return &d->messages[n - 1];
}

size_t maildrop_number(const struct maildrop *d, const struct message *m)
{
	return (size_t)(m - d->messages) + 1;
}

static const char
	*sorted_names; /* of the maildrop that is searched: bsearch() carries no context */

static int with_base(const void *base, const void *message)
{
	return strcmp(base, sorted_names + ((const struct message *)message)->name);
}

struct message *maildrop_named(struct maildrop *d, const char *base)
{
	sorted_names = d->names;
	return d->count ? bsearch(base, d->messages, d->count, sizeof *d->messages, with_base)
			: NULL;
}

void maildrop_rename(
	struct maildrop *d, struct message *m, enum maildir_folder folder, const char *name)
{
	m->folder = folder;
	if (strcmp(maildrop_flags(d, m), name + maildir_base(name)) == 0)
		return;
	int64_t at = add_name(d, name);
	if (at >= 0)
		m->name = (uint32_t)at;
}

void maildrop_name(const struct maildrop *d, const struct message *m, char name[MAILDIR_NAME])
{
	struct str s;
	str_init(&s, name, MAILDIR_NAME);
	str_add(&s, maildrop_base(d, m));
	str_add(&s, maildrop_flags(d, m));
}

/* 0 for what cannot be read: RETR will say so, and it is not kept. */
static uint64_t measure(struct maildrop *d, struct message *m)
{
	char block[64 * 1024];
	struct text_size size = {0};
	ssize_t n;
	int fd = maildrop_read(d, m);
	if (fd < 0)
		return 0;
	while ((n = read(fd, block, sizeof block)) > 0)
		text_size(&size, block, (size_t)n);
	close(fd);
	return n < 0 ? 0 : text_size_end(&size);
}

uint64_t maildrop_octets(struct maildrop *d, struct message *m)
{
	if (m->octets == MESSAGE_UNMEASURED)
		kept_read(d);
	if (m->octets == MESSAGE_UNMEASURED) {
		m->octets = measure(d, m);
		d->changed |= m->octets > 0;
	}
	return m->octets;
}

size_t maildrop_total(struct maildrop *d, uint64_t *octets)
{
	*octets = 0;
	for (size_t i = 0; i < d->count; i++)
		if (!d->messages[i].deleted)
			*octets += maildrop_octets(d, &d->messages[i]);
	return d->count - d->deleted;
}

bool maildrop_give(struct maildrop *d, struct message *m, const char *uidl)
{
	int64_t at = add_text(d, uidl, strlen(uidl));
	m->uidl = at < 0 ? 0 : (uint32_t)at;
	return at >= 0;
}

const char *maildrop_uidl(struct maildrop *d, const struct message *m, char made[UIDL_TEXT])
{
	kept_read(d);
	const char *base = maildrop_base(d, m);
	const char *given = m->uidl ? d->names + m->uidl : base;
	unsigned char hash[SHA256_SIZE];
	struct sha256 state;
	struct str s;
	if (uidlist_legal(given))
		return given;
	sha256_start(&state);
	sha256_add(&state, base, strlen(base));
	sha256_end(&state, hash);
	str_init(&s, made, UIDL_TEXT);
	for (size_t i = 0; i < sizeof hash; i++)
		str_addf(&s, "%02x", hash[i]);
	return made;
}

void maildrop_delete(struct maildrop *d, struct message *m)
{
	m->deleted = true;
	d->deleted++;
}

void maildrop_reset(struct maildrop *d)
{
	for (size_t i = 0; i < d->count; i++)
		d->messages[i].deleted = false;
	d->deleted = 0;
}

void maildrop_close(struct maildrop *d)
{
	maildrop_reset(d); /* without UPDATE, marks mean nothing */
	kept_write(d);
	if (!d->absent)
		maildir_tidy(&d->dir);
}
