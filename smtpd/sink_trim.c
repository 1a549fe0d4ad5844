/*
 * sink_trim: a Maildir of the sink keeps its newest messages. Runs in the keeper.
 *
 * A folder is not read for each message. What was read last tells how many more it has room for,
 * or, when it is full, which are the next to go. Other sessions put messages there as well: so it
 * is read again after some messages, and at the end of the session.
 */
#include "memory.h"
#include "sink.h"

#include <stdlib.h>
#include <string.h>

#define WATCHED 16 /* Maildirs that are known at a time */
#define AHEAD 32 /* messages until a Maildir is read again */

static OWN_PAGES struct watched {
	char path[ACCOUNT_PATH];
	unsigned room; /* messages until it has to be read again */
	unsigned unread; /* messages since it was read */
	unsigned left; /* of `old` */
	char old[AHEAD][MAILDIR_NAME]; /* next to go, the last one first */
} watched[WATCHED];

struct list {
	char (*name)[MAILDIR_NAME];
	size_t count, room;
};

/* Without memory for all, some are kept that could go. */
static void add(void *context, enum maildir_folder folder, const char *name)
{
	struct list *l = context;
	(void)folder;
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		void *more = realloc(l->name, room * sizeof *l->name);
		if (!more)
			return;
		l->name = more;
		l->room = room;
	}
	if (strlen(name) < MAILDIR_NAME)
		strcpy(l->name[l->count++], name);
}

/* Names begin with the time. */
static int by_age(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* False: it is gone already. */
static bool drop(const struct maildir *m, const char *name)
{
	return maildir_remove(m, MAILDIR_NEW, name) == 0 ||
	       maildir_remove(m, MAILDIR_CUR, name) == 0;
}

static void read_again(struct watched *w, const struct maildir *m, uint64_t keep)
{
	struct list l = {NULL, 0, 0};
	maildir_scan(m, add, &l);
	if (l.count > 0)
		qsort(l.name, l.count, sizeof *l.name, by_age);
	size_t surplus = l.count > keep ? l.count - (size_t)keep : 0;
	for (size_t i = 0; i < surplus; i++)
		drop(m, l.name[i]);
	uint64_t room = keep - (l.count - surplus);
	w->unread = w->left = 0;
	w->room = room < AHEAD ? (unsigned)room : AHEAD;
	if (room == 0)
		while (w->left < AHEAD && w->left < keep)
			w->left++;
	for (unsigned i = 0; i < w->left; i++)
		strcpy(w->old[w->left - 1 - i], l.name[surplus + i]);
	free(l.name);
}

static void finish(struct watched *w, uint64_t keep)
{
	struct maildir m;
	if (w->unread > 0 && maildir_open(&m, w->path) == 0) {
		read_again(w, &m, keep);
		maildir_close(&m);
	}
}

/* The Maildir's place, which may have been another's. */
static struct watched *find(const char *path, uint64_t keep)
{
	static unsigned next;
	for (size_t i = 0; i < WATCHED; i++)
		if (strcmp(watched[i].path, path) == 0)
			return &watched[i];
	struct watched *w = &watched[next++ % WATCHED];
	finish(w, keep);
	str_copy(w->path, sizeof w->path, path);
	w->room = w->left = w->unread = 0;
	return w;
}

void sink_trim(const struct maildir *m, const char *path, uint64_t keep)
{
	struct watched *w = find(path, keep);
	w->unread++;
	if (w->room > 0) {
		w->room--;
		return;
	}
	while (w->left > 0)
		if (drop(m, w->old[--w->left]))
			return;
	read_again(w, m, keep);
}

void sink_trim_all(uint64_t keep)
{
	for (size_t i = 0; i < WATCHED; i++)
		finish(&watched[i], keep);
}
