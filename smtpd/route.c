/*
 * route: recipients. Runs in the keeper, with the privileges of the start. RFC 5321 3.6, 4.5.1
 * (postmaster).
 *
 * An address is looked up as a whole and, in a local domain, by its local part; then without the
 * "+detail" of its local part; then as the catch-all of its domain. An alias comes before the
 * account of the same name.
 */
#include "route.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "book.h"
#include "log.h"
#include "search.h"
#include "settings.h"

enum domain { DOMAIN_FOREIGN, DOMAIN_LOCAL, DOMAIN_VIRTUAL };

/* "[192.0.2.1]" or "[IPv6:...]" is the host `here`. */
static bool literal_is(const char *domain, const struct net_addr *here)
{
	char text[PATH_DOMAIN];
	struct net_addr there;
	if (here->sa.sa_family == AF_UNSPEC || domain[0] != '[')
		return false;
	str_copy(text, sizeof text, domain + (strncasecmp(domain, "[IPv6:", 6) == 0 ? 6 : 1));
	text[strcspn(text, "]")] = '\0';
	if (!net_parse(text, 0, &there))
		return false;
	struct in6_addr a = net_key(&there), b = net_key(here);
	return memcmp(&a, &b, sizeof a) == 0;
}

static bool is_among(char **domains, const char *domain)
{
	for (; *domains; domains++)
		if (str_same(*domains, domain))
			return true;
	return false;
}

static enum domain kind_of(const char *domain, const struct net_addr *here)
{
	if (domain[0] == '\0' || is_among(settings.domains, domain) || literal_is(domain, here))
		return DOMAIN_LOCAL;
	return is_among(settings.virtual_domains, domain) ? DOMAIN_VIRTUAL : DOMAIN_FOREIGN;
}

bool route_is_local(const struct path *to, const struct net_addr *here)
{
	return kind_of(to->domain, here) == DOMAIN_LOCAL;
}

/* One name that may stand for the address. */
struct name {
	char text[PATH_LOCAL + PATH_DOMAIN];
	const char *detail; /* what was taken from its local part */
};
#define NAMES 6

static void put_name(struct name *name, const char *local, size_t n, const char *domain)
{
	struct str s;
	str_init(&s, name->text, sizeof name->text);
	str_addn(&s, local, n);
	if (domain[0])
		str_addf(&s, "@%s", domain);
	str_fold(name->text);
}

/* The whole, and the local part where that alone is enough. */
static size_t put_names(struct name *names, const struct path *to, size_t n, enum domain kind)
{
	const char *detail = to->local[n] ? to->local + n + 1 : "";
	size_t count = 0;
	if (to->domain[0])
		put_name(&names[count++], to->local, n, to->domain);
	if (kind == DOMAIN_LOCAL && !memchr(to->local, '@', n))
		put_name(&names[count++], to->local, n, "");
	for (size_t i = 0; i < count; i++)
		names[i].detail = detail;
	return count;
}

/* The names that an address may be found by, the first one first. */
static size_t names_of(struct name names[NAMES], const struct path *to, enum domain kind)
{
	size_t plus = strcspn(to->local, "+"), count = 0;
	if (to->local[0])
		count = put_names(names, to, strlen(to->local), kind);
	if (plus > 0 && to->local[plus])
		count += put_names(names + count, to, plus, kind);
	if (to->domain[0]) {
		put_name(&names[count], "", 0, to->domain);
		names[count++].detail = "";
	}
	return count;
}

/* Whether there is an alias or account of the name. */
static bool try_name(struct search *s, const struct name *name, bool direct)
{
	struct alias_list list;
	struct account a;
	if (!direct && !expand_is_self(s, name->text, false)) {
		enum book_result found = book_find(name->text, &list);
		s->trouble = s->trouble || found == BOOK_TROUBLE;
		if (found == BOOK_FOUND)
			expand_alias(s, name->text, &list);
		if (found != BOOK_NONE)
			return true;
	}
	if (name->text[0] == '@')
		return false;
	enum account_result r = account_find(name->text, &a);
	s->trouble = s->trouble || r == ACCOUNT_TROUBLE;
	if (r == ACCOUNT_OK)
		expand_account(s, &a, name->detail, direct);
	return r != ACCOUNT_NONE;
}

static const struct name postmaster = {"postmaster", ""};

/* Whom there always is, if only by the setting `mail`. */
static void put_postmaster(struct search *s)
{
	static const struct account account = {.name = "postmaster"};
	expand_account(s, &account, "", true);
}

bool route_resolve(struct search *s, const struct path *to, bool direct)
{
	struct name names[NAMES];
	enum domain kind = kind_of(to->domain, s->here);
	if (kind == DOMAIN_FOREIGN) {
		search_tell(s, "not local");
		s->foreign = true;
		return true;
	}
	size_t count = names_of(names, to, kind);
	for (size_t i = 0; i < count; i++)
		if (try_name(s, &names[i], direct))
			return true;
	return str_same(to->local, postmaster.text) && try_name(s, &postmaster, direct);
}

bool route_alias(const struct path *to, const struct net_addr *here, struct alias_list *list)
{
	struct name names[NAMES];
	enum domain kind = kind_of(to->domain, here);
	size_t count = kind == DOMAIN_FOREIGN ? 0 : names_of(names, to, kind);
	for (size_t i = 0; i < count; i++)
		if (book_find(names[i].text, list) == BOOK_FOUND)
			return true;
	return false;
}

void search_tell(struct search *s, const char *format, ...)
{
	char line[ACCOUNT_PATH + 128];
	va_list ap;
	if (!s->tell)
		return;
	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	s->tell(s->indent, line);
}

static bool leads_nowhere(const struct search *s)
{
	return s->route->count == 0 && !s->route->reply[0] && !s->foreign && !s->trouble;
}

enum verdict route_find(const struct path *to, const struct net_addr *here, struct route *r)
{
	return route_explain(to, here, NULL, r);
}

enum verdict route_explain(
	const struct path *to, const struct net_addr *here, route_tell *tell, struct route *r)
{
	struct search s = {.route = r, .here = here, .tell = tell, .indent = 1};
	*r = (struct route){.count = 0};
	account_hold();
	if (!route_resolve(&s, to, false))
		search_tell(&s, "there is none");
	if (str_same(to->local, postmaster.text) && leads_nowhere(&s))
		put_postmaster(&s);
	seen_free(&s.seen);
	if (s.seen.failed)
		log_event(LOG_ERR, "out of memory for a recipient");
	if (s.trouble || s.seen.failed)
		return TROUBLE;
	if (s.foreign)
		return NOT_LOCAL;
	if (r->count > 0)
		return YES;
	if (r->reply[0])
		return REPLY;
	if (s.nothing)
		return YES;
	return s.looped ? TROUBLE : NO_SUCH_USER;
}

void route_free(struct route *r)
{
	free(r->destination);
	r->destination = NULL;
	r->count = r->room = 0;
}

void route_forget(void)
{
	book_close();
	account_release();
}
