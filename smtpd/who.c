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

/* The members of the list that the front asks for one after the other. */
static struct {
	struct path *member;
	size_t count, room;
	bool utf8; /* it may be told of those that are not in ASCII */
} told;

/* Programs, folders and the like are nobody's business, and a reply is in ASCII unless UTF-8 was
 * asked for (RFC 6531 3.7.4.2). */
static bool is_told(const struct member *m)
{
	if (m->kind != MEMBER_ADDRESS && m->kind != MEMBER_ACCOUNT)
		return false;
	return told.utf8 || path_ascii(&m->address);
}

static void forget(void)
{
	free(told.member);
	told.member = NULL;
	told.count = told.room = 0;
}

/* A list, and whether the files that it includes count. */
struct text {
	const char *list;
	bool lines, trusted;
};

static bool collect(const struct text *t, unsigned depth);

static bool collect_included(const char *path, unsigned depth)
{
	struct listfile f;
	if (depth == WHO_DEPTH || listfile_include(path, &f) != LISTFILE_OK)
		return true;
	f.text[f.size] = '\0';
	bool good = collect(
		&(struct text){.list = f.text, .lines = true, .trusted = f.trusted}, depth + 1);
	free(f.text);
	return good;
}

static bool add(const struct path *member)
{
	if (told.count == told.room) {
		size_t more = told.room ? 2 * told.room : 16;
		struct path *larger = realloc(told.member, more * sizeof *larger);
		if (!larger)
			return false;
		told.member = larger;
		told.room = more;
	}
	told.member[told.count++] = *member;
	return true;
}

/* False: no memory. */
static bool collect(const struct text *t, unsigned depth)
{
	struct members rest = {.at = t->list, .lines = t->lines};
	struct member m;
	bool good = true;
	while (good && told.count < ROUTE_MOST && members_next(&rest, &m) != MEMBER_END) {
		if (m.kind == MEMBER_INCLUDE && t->trusted)
			good = collect_included(m.text, depth);
		else if (is_told(&m))
			good = add(&m.address);
	}
	return good;
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

/* All members are looked up for the first one, or a list would be read once for each. */
static enum verdict list(struct keeper *k, const struct ask_who *ask)
{
	struct alias_list members;
	bool first = ask->member == 0;
	if (first) {
		forget();
		told.utf8 = ask->utf8;
		if (route_alias(&ask->to, &k->peer->local, &members) &&
			!collect(
				&(struct text){.list = members.text, .trusted = book_trusted()}, 0))
			return TROUBLE;
	}
	if (ask->member < told.count) {
		describe(&told.member[ask->member], &k->peer->local, k->reply);
		return REPLY;
	}
	forget();
	return first ? verify(k, &ask->to) : NO_SUCH_USER;
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
	keeper_answer(k, v, -1);
	return true;
}
