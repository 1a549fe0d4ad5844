/*
 * kept: what is known of messages beside their names, in a file of the Maildir. Runs in the keeper
 * as the mailbox's owner.
 */
#include "kept.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "import.h"
#include "io.h"
#include "lines.h"
#include "log.h"
#include "settings.h"
#include "str.h"

#define KEPT "trivet-sizes"
#define KEPT_LINE 512 /* octets of a line with its end and a NUL, at most */

static const char *const version[] = {"trivet-sizes 1", "trivet-sizes 1 imported"};

/* Cuts a word off that ends with one space; NULL: there is none. */
static char *cut(char **at)
{
	char *word = *at, *space = strchr(word, ' ');
	if (!space || space == word)
		return NULL;
	*space = '\0';
	*at = space + 1;
	return word;
}

static bool absent(const char *word)
{
	return strcmp(word, "-") == 0;
}

static bool read_line(struct maildrop *d, char *line, size_t *gone)
{
	uint64_t octets = MESSAGE_UNMEASURED;
	char *number = cut(&line), *uidl = number ? cut(&line) : NULL;
	if (!uidl)
		return false;
	if (!absent(number) && !str_number(number, MESSAGE_UNMEASURED - 1, &octets))
		return false;
	if (!uidlist_legal(uidl))
		return false;
	struct message *m = maildrop_named(d, line);
	*gone += !m;
	if (m && m->octets == MESSAGE_UNMEASURED)
		m->octets = octets;
	return !m || absent(uidl) || maildrop_give(d, m, uidl);
}

/* False: no line of it is to be believed. */
static bool read_lines(struct maildrop *d, int fd)
{
	struct lines file;
	size_t lines = 0, gone = 0;
	bool whole;
	lines_begin(&file, fd);
	char *line = lines_next(&file, &whole);
	if (!line || !whole || (strcmp(line, version[0]) != 0 && strcmp(line, version[1]) != 0))
		return false;
	for (; (line = lines_next(&file, &whole)) != NULL; lines++)
		if (!whole || strlen(line) > KEPT_LINE - 2 || !read_line(d, line, &gone))
			return false;
	d->changed |= gone > lines / 2;
	return !file.failed;
}

/* An empty maildrop decides nothing: its mail may be on the way. */
static bool may_import(const struct maildrop *d)
{
	return !d->imported && d->count > 0 && *settings.import_uidl != '\0';
}

static void import(struct maildrop *d)
{
	if (!may_import(d))
		return;
	import_uidls(d);
	import_settle(d);
	d->imported = d->changed = true;
}

/* Nothing is known but what the names tell. */
static void forget(struct maildrop *d)
{
	for (size_t i = 0; i < d->count; i++) {
		struct message *m = &d->messages[i];
		m->octets = maildrop_told(maildrop_base(d, m));
		m->uidl = 0;
	}
	d->imported = false;
}

void kept_read(struct maildrop *d)
{
	int fd = d->kept;
	if (fd < 0)
		return;
	d->kept = -1;
	if (!read_lines(d, fd)) {
		log_event(LOG_WARNING, "ignored %s: not as it was written", KEPT);
		forget(d);
		import(d);
	}
	import_settle(d);
	close(fd);
}

/* The mark, without reading the rest. */
static bool is_marked(int fd)
{
	char line[64];
	size_t n = strlen(version[1]);
	return pread(fd, line, n + 1, 0) == (ssize_t)n + 1 && line[n] == '\n' &&
	       memcmp(line, version[1], n) == 0;
}

void kept_open(struct maildrop *d)
{
	d->kept = maildir_file(&d->dir, KEPT, O_RDONLY);
	d->imported = d->kept >= 0 && is_marked(d->kept);
	if (!may_import(d))
		return;
	kept_read(d);
	import(d);
	kept_write(d);
}

/* A message of which there is nothing to tell has no line. */
static void add_line(const struct maildrop *d, const struct message *m, struct str *s)
{
	const char *base = maildrop_base(d, m);
	bool counted = m->octets != MESSAGE_UNMEASURED && m->octets > 0 &&
		       maildrop_told(base) == MESSAGE_UNMEASURED;
	/* A line end in a name would make two lines of it. */
	if (m->deleted || (!counted && !m->uidl) || strchr(base, '\n'))
		return;
	if (counted)
		str_addf(s, "%llu", (unsigned long long)m->octets);
	else
		str_add(s, "-");
	str_addf(s, " %s %s\n", m->uidl ? d->names + m->uidl : "-", base);
}

static bool write_lines(const struct maildrop *d, int fd)
{
	char text[32 * 1024];
	struct str s;
	str_init(&s, text, sizeof text);
	str_addf(&s, "%s\n", version[d->imported]);
	for (size_t i = 0; i < d->count; i++) {
		add_line(d, &d->messages[i], &s);
		if (s.len < sizeof text - KEPT_LINE)
			continue;
		if (write_all(fd, text, s.len) < 0)
			return false;
		s.len = 0;
	}
	return write_all(fd, text, s.len) == 0;
}

static bool replace(const struct maildrop *d)
{
	struct maildir_draft draft;
	if (maildir_draft(&d->dir, settings.hostname, &draft) != 0)
		return false;
	bool done = write_lines(d, draft.fd) && maildir_replace(&d->dir, &draft, KEPT) == 0;
	maildir_discard(&d->dir, &draft);
	return done;
}

void kept_write(struct maildrop *d)
{
	if (!d->changed)
		return;
	if (!replace(d))
		log_event(LOG_WARNING, "cannot replace %s: %s", KEPT, strerror(errno));
	d->changed = false;
}
