/*
 * who: what VRFY and EXPN tell of an address. Runs in the keeper, with the privileges of the start.
 * RFC 5321 3.5.
 */
#include <stdlib.h>
#include <string.h>

#include "book.h"
#include "keeper.h"
#include "listfile.h"
#include "members.h"
#include "route.h"
#include "settings.h"

#define WHO_DEPTH 5 /* files within files */

/* Whose full name it is, if an account has one. */
static void find_name(const struct path *p, const struct net_addr *here, char name[ACCOUNT_VALUE])
{
	char address[PATH_LOCAL + PATH_DOMAIN];
	struct account a;
	struct str s;
	str_init(&s, address, sizeof address);
	str_addf(&s, "%s@%s", p->local, p->domain);
	enum account_result r = account_find(address, &a);
	if (r == ACCOUNT_NONE && !strchr(p->local, '@') && route_is_local(p, here))
		r = account_find(p->local, &a);
	str_copy(name, ACCOUNT_VALUE, r == ACCOUNT_OK ? a.full_name : "");
	str_wipe(a.password, sizeof a.password);
}

/* "250 2.1.5 Full Name <address>"; a name is cleaned, as it must be one of ASCII without <>. */
static void describe(const struct path *p, const struct net_addr *here, char reply[REPLY_TEXT])
{
	char name[ACCOUNT_VALUE];
	struct path whole = *p;
	struct str s;
	if (whole.domain[0] == '\0')
		str_copy(whole.domain, sizeof whole.domain, settings.domains[0]);
	find_name(&whole, here, name);
	str_init(&s, reply, REPLY_TEXT);
	str_add(&s, "250 2.1.5 ");
	for (const char *c = name; *c && c < name + 64; c++)
		str_addn(&s, *c < ' ' || *c > '~' || strchr("<>", *c) ? "?" : c, 1);
	str_add(&s, name[0] ? " <" : "<");
	path_write(&whole, &s);
	str_add(&s, ">");
}

/* Programs, folders and the like are nobody's business, and a reply is in ASCII. */
static bool is_told(const struct member *m)
{
	if (m->kind != MEMBER_ADDRESS && m->kind != MEMBER_ACCOUNT)
		return false;
	for (const char *c = m->address.local; *c; c++)
		if (*c & 0x80)
			return false;
	for (const char *c = m->address.domain; *c; c++)
		if (*c & 0x80)
			return false;
	return true;
}

/* On the way to one member of a list. */
struct walk {
	uint32_t left; /* members before it */
	struct path found;
};

/* A list, and whether the files that it includes count. */
struct text {
	const char *list;
	bool lines, trusted;
};

static bool find_member(struct walk *w, const struct text *t, unsigned depth);

static bool find_included(struct walk *w, const char *path, unsigned depth)
{
	struct listfile f;
	if (depth == WHO_DEPTH || listfile_include(path, &f) != LISTFILE_OK)
		return false;
	f.text[f.size] = '\0';
	bool found = find_member(
		w, &(struct text){.list = f.text, .lines = true, .trusted = f.trusted}, depth + 1);
	free(f.text);
	return found;
}

static bool find_member(struct walk *w, const struct text *t, unsigned depth)
{
	struct members rest = {.at = t->list, .lines = t->lines};
	struct member m;
	while (members_next(&rest, &m) != MEMBER_END) {
		if (m.kind == MEMBER_INCLUDE && t->trusted && find_included(w, m.text, depth))
			return true;
		if (!is_told(&m))
			continue;
		w->found = m.address;
		if (w->left-- == 0)
			return true;
	}
	return false;
}

/* What RCPT would say, or REPLY with the address told. */
static enum verdict verify(struct keeper *k, const struct path *to)
{
	struct route r;
	enum verdict v = route_find(to, &k->peer->local, &r);
	if (v == YES)
		describe(to, &k->peer->local, k->reply);
	else if (v == REPLY)
		str_copy(k->reply, sizeof k->reply, r.reply);
	route_free(&r);
	return v == YES ? REPLY : v;
}

static enum verdict list(struct keeper *k, const struct ask_who *ask)
{
	struct walk w = {.left = ask->member};
	struct alias_list members;
	if (ask->member >= ROUTE_MOST)
		return NO_SUCH_USER;
	if (!route_alias(&ask->to, &k->peer->local, &members))
		return ask->member == 0 ? verify(k, &ask->to) : NO_SUCH_USER;
	struct text t = {.list = members.text, .trusted = book_trusted()};
	if (!find_member(&w, &t, 0))
		return ask->member == 0 ? verify(k, &ask->to) : NO_SUCH_USER;
	describe(&w.found, &k->peer->local, k->reply);
	return REPLY;
}

bool who_is(struct keeper *k, const void *body)
{
	struct ask_who ask;
	memcpy(&ask, body, sizeof ask);
	if (!net_blocks_have(&settings.trusted, &k->peer->remote) || !path_valid(&ask.to) ||
		path_null(&ask.to))
		return false;
	enum verdict v = ask.list ? list(k, &ask) : verify(k, &ask.to);
	if (k->season != SEASON_RCPT && (v != REPLY || !ask.list))
		route_forget();
	return keeper_answer(k, v, -1);
}
