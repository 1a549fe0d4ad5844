/*
 * import: ids from another server's list. Runs in the keeper as the mailbox's owner. RFC 1939 7.
 */
#include "import.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lines.h"
#include "log.h"
#include "settings.h"

/* The next line; NULL: no more, or one that is too long or unfinished. */
static char *next_line(struct lines *file)
{
	bool whole;
	char *line = lines_next(file, &whole);
	return line && whole ? line : NULL;
}

/* The list may be wrong here and there, and is not ours: what makes no sense is passed over. */
static void read_list(struct maildrop *d, const struct uidlist_kind *kind, int fd)
{
	struct uidlist l = {.format = settings.import_uidl};
	struct lines file;
	size_t given = 0;
	lines_begin(&file, fd);
	char uidl[UIDL_TEXT], *line = next_line(&file);
	if (!line || !kind->begin(&l, line)) {
		log_event(LOG_WARNING, "cannot import %s: not of a version known", kind->file);
		return;
	}
	while ((line = next_line(&file)) != NULL) {
		const char *base = kind->line(&l, line, uidl);
		struct message *m = base ? maildrop_named(d, base) : NULL;
		if (m && !m->uidl && strcmp(uidl, "-") != 0)
			given += maildrop_give(d, m, uidl);
	}
	log_event(LOG_INFO, "imported %zu ids from %s", given, kind->file);
}

void import_uidls(struct maildrop *d)
{
	for (const struct uidlist_kind *kind = uidlist_kinds; kind->file; kind++) {
		int fd = maildir_file(&d->dir, kind->file, O_RDONLY);
		if (fd < 0)
			continue;
		read_list(d, kind, fd);
		close(fd);
		return;
	}
}

static const char *sorted_names; /* of the maildrop being settled: qsort() carries no context */

static int by_uidl(const void *a, const void *b)
{
	const struct message *x = *(struct message *const *)a, *y = *(struct message *const *)b;
	int order = strcmp(sorted_names + x->uidl, sorted_names + y->uidl);
	return order ? order : (x > y) - (x < y);
}

/* Nor is one the name of another message, which may be an id as well. */
void import_settle(struct maildrop *d)
{
	size_t n = 0;
	for (size_t i = 0; i < d->count; i++)
		n += d->messages[i].uidl != 0;
	struct message **given = n > 0 ? malloc(n * sizeof *given) : NULL;
	if (!given)
		return;
	n = 0;
	for (size_t i = 0; i < d->count; i++)
		if (d->messages[i].uidl)
			given[n++] = &d->messages[i];
	sorted_names = d->names;
	qsort(given, n, sizeof *given, by_uidl);
	const char *last = "";
	for (size_t i = 0; i < n; i++) {
		const char *uidl = d->names + given[i]->uidl;
		struct message *other = maildrop_named(d, uidl);
		if (strcmp(uidl, last) == 0 || (other && other != given[i]))
			given[i]->uidl = 0;
		last = uidl;
	}
	free(given);
}
