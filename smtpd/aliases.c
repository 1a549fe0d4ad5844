/*
 * aliases: the text of an alias file. Runs in the keeper, with the privileges of the start. A file
 * may hold 100,000 names, and is read for each message: so one pass finds the names, and all else
 * has to wait until a name is asked for.
 */
#include "aliases.h"

#include <stdlib.h>
#include <string.h>

#include "members.h"

struct alias {
	uint32_t hash, name, list; /* offsets in the text */
	unsigned line;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The text on its way into the list. */
struct reading {
	struct aliases *a;
	char *at, *end;
	unsigned line;
	bool open, faulty; /* the last name's list may go on; the name was none */
	bool joined; /* the line before has ended in a backslash */
};

/* Folds the name that begins the line, takes its quotes away, and ends it with a NUL. Returns the
 * place behind its colon, or NULL. */
static char *read_name(char *at, const char *end, struct alias *new)
{
	char *to = at;
	const char *start = at;
	bool quoted = false;
	for (; at < end && (quoted || *at != ':'); at++) {
		if (*at == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *at == '\\' && at + 1 < end)
			at++;
		*to++ = str_lower(*at);
	}
	if (at == end)
		return NULL;
	while (to > start && is_space(to[-1]))
		to--;
	*to = '\0';
	new->hash = (uint32_t)str_hash(start, (size_t)(to - start));
	return at + 1;
}

static void begin_alias(struct reading *r, char *at, const char *end)
{
	struct aliases *a = r->a;
	struct alias *new = &a->alias[a->count];
	const char *list = read_name(at, end, new);
	r->open = list != NULL;
	r->faulty = !list;
	if (!list) {
		a->fault(a->context, r->line, "has no colon");
		return;
	}
	new->line = r->line;
	new->name = (uint32_t)(at - a->text);
	new->list = (uint32_t)(list - a->text);
	a->count++;
}

/* A line of the file, its line end at `end`. */
static void read_alias_line(struct reading *r, char *at, char *end)
{
	char *first = at;
	bool more = r->joined || is_space(*at);
	while (first < end && is_space(*first))
		first++;
	r->joined = false;
	if (first == end || *first == '#') { /* nothing, wherever it stands */
		memset(at, ' ', (size_t)(end - at));
		return;
	}
	while (is_space(end[-1]))
		end--;
	if (end[-1] == '\\') {
		r->joined = true;
		*--end = ' ';
	}
	if (more && !r->open && !r->faulty)
		r->a->fault(r->a->context, r->line, "goes on, but nothing has begun");
	if (more)
		return;
	if (at > r->a->text)
		at[-1] = '\0'; /* the list before */
	begin_alias(r, at, end);
}

static bool is_named(
	const struct aliases *a, const struct alias *one, uint32_t hash, const char *name)
{
	return one->hash == hash && strcmp(a->text + one->name, name) == 0;
}

/* The slot that the name has, or would have. */
static uint32_t *find_slot(const struct aliases *a, uint32_t hash, const char *name)
{
	size_t i = hash & a->mask;
	while (a->slot[i] && !is_named(a, &a->alias[a->slot[i] - 1], hash, name))
		i = (i + 1) & a->mask;
	return &a->slot[i];
}

/* Room for an alias in each line. */
static bool make_room(struct aliases *a, const char *text, const char *end)
{
	size_t lines = 1;
	while ((text = memchr(text, '\n', (size_t)(end - text))) != NULL) {
		text++;
		lines++;
	}
	a->alias = malloc(lines * sizeof *a->alias);
	return a->alias != NULL;
}

/* All names into a table that is at most half full. */
static bool make_table(struct aliases *a)
{
	size_t slots = 2;
	while (slots < 2 * a->count)
		slots *= 2;
	a->slot = calloc(slots, sizeof *a->slot);
	a->mask = slots - 1;
	if (!a->slot)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		struct alias *new = &a->alias[i];
		uint32_t *slot = find_slot(a, new->hash, a->text + new->name);
		if (*slot)
			a->fault(a->context, new->line, "has a name that was there before");
		else
			*slot = (uint32_t)i + 1;
	}
	return true;
}

bool aliases_read(struct aliases *a, char *text, size_t size)
{
	struct reading r = {.a = a, .at = text, .end = text + size, .line = 1};
	a->text = text;
	a->count = 0;
	if (!make_room(a, text, r.end))
		return false;
	*r.end = '\0';
	for (char *nul = text; (nul = memchr(nul, '\0', (size_t)(r.end - nul))) != NULL;)
		*nul = '\x7f'; /* a control character, which no name and no member holds */
	while (r.at < r.end) {
		char *end = memchr(r.at, '\n', (size_t)(r.end - r.at));
		end = end ? end : r.end;
		read_alias_line(&r, r.at, end);
		r.at = end + 1;
		r.line++;
	}
	return make_table(a);
}

/* A name that an address could be looked up by. */
static bool name_valid(const char *name)
{
	struct path p = {.local = "x"};
	const char *at = strrchr(name, '@');
	size_t n = at ? (size_t)(at - name) : strlen(name);
	if (n >= sizeof p.local || (n == 0 && !at))
		return false;
	if (n > 0) {
		memcpy(p.local, name, n);
		p.local[n] = '\0';
	}
	return (!at || (at[1] && str_copy(p.domain, sizeof p.domain, at + 1))) && path_valid(&p);
}

/* Whether the list is good; if not, tells. */
static bool check_alias(const struct aliases *a, const struct alias *one)
{
	unsigned line = 0;
	const char *name = a->text + one->name;
	const char *what = name_valid(name) ? members_fault(a->text + one->list, &line)
					    : "has a name that is no address";
	if (what)
		a->fault(a->context, one->line + line, what);
	return !what;
}

bool aliases_find(const struct aliases *a, const char *name, struct alias_list *list)
{
	uint32_t hash = (uint32_t)str_hash(name, strlen(name));
	if (a->count == 0)
		return false;
	uint32_t slot = *find_slot(a, hash, name);
	if (slot == 0 || !check_alias(a, &a->alias[slot - 1]))
		return false;
	const struct alias *found = &a->alias[slot - 1];
	*list = (struct alias_list){.text = a->text + found->list, .line = found->line};
	return true;
}

void aliases_check(const struct aliases *a)
{
	for (size_t i = 0; i < a->count; i++)
		check_alias(a, &a->alias[i]);
}

void aliases_forget(struct aliases *a)
{
	free(a->alias);
	free(a->slot);
	a->alias = NULL;
	a->slot = NULL;
	a->count = 0;
}
