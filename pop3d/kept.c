/*
 * kept: what is known of messages beside their names, in a file of the Maildir. Runs in the keeper
 * as the mailbox's owner.
 */
#include "kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "import.h"
#include "log.h"
#include "settings.h"
#include "str.h"

#define KEPT "trivet-sizes"
#define KEPT_LINE 512 /* octets of a line and its NUL */

static const char *const version[] = {"trivet-sizes 1\n", "trivet-sizes 1 imported\n"};

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
	if (!uidl || *line == '\0')
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
static bool read_lines(struct maildrop *d, FILE *file)
{
	char line[KEPT_LINE];
	size_t lines = 0, gone = 0;
	if (!fgets(line, sizeof line, file) ||
		(strcmp(line, version[0]) != 0 && strcmp(line, version[1]) != 0))
		return false;
	for (; fgets(line, sizeof line, file); lines++) {
		char *end = strchr(line, '\n');
		if (!end)
			return false;
		*end = '\0';
		if (!read_line(d, line, &gone))
			return false;
	}
	d->changed |= gone > lines / 2;
	return !ferror(file);
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
	if (d->kept < 0)
		return;
	FILE *file = fdopen(d->kept, "r");
	d->kept = -1;
	if (!file || !read_lines(d, file)) {
		log_event(LOG_WARNING, "ignored %s: not as it was written", KEPT);
		forget(d);
		import(d);
	}
	import_settle(d);
	if (file)
		fclose(file);
}

/* The mark, without reading the rest. */
static bool is_marked(int fd)
{
	char line[KEPT_LINE];
	size_t n = strlen(version[1]);
	return pread(fd, line, n, 0) == (ssize_t)n && memcmp(line, version[1], n) == 0;
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
static void write_line(const struct maildrop *d, const struct message *m, FILE *file)
{
	const char *base = maildrop_base(d, m);
	bool counted = m->octets != MESSAGE_UNMEASURED && m->octets > 0 &&
		       maildrop_told(base) == MESSAGE_UNMEASURED;
	/* A line end in a name would make two lines of it. */
	if (m->deleted || (!counted && !m->uidl) || strchr(base, '\n'))
		return;
	if (counted)
		fprintf(file, "%llu", (unsigned long long)m->octets);
	else
		fputs("-", file);
	fprintf(file, " %s %s\n", m->uidl ? d->names + m->uidl : "-", base);
}

static bool write_lines(const struct maildrop *d, int fd)
{
	FILE *file = fdopen(fd, "w");
	if (!file) {
		close(fd);
		return false;
	}
	fputs(version[d->imported], file);
	for (size_t i = 0; i < d->count; i++)
		write_line(d, &d->messages[i], file);
	bool failed = fflush(file) != 0 || ferror(file);
	return fclose(file) == 0 && !failed;
}

static bool replace(const struct maildrop *d)
{
	struct maildir_draft draft;
	if (maildir_draft(&d->dir, settings.hostname, &draft) != 0)
		return false;
	bool done = write_lines(d, dup(draft.fd)) && maildir_replace(&d->dir, &draft, KEPT) == 0;
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
