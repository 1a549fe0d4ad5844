/*
 * route: recipients. Runs in the keeper, with the privileges of the start. RFC 5321 3.6, 4.5.1
 * (postmaster).
 */
#include "route.h"

#include <string.h>

#include "log.h"
#include "settings.h"

/* "[192.0.2.1]" or "[IPv6:...]" is the host `here`. */
static bool literal_is(const char *domain, const struct net_addr *here)
{
	char text[PATH_DOMAIN];
	struct net_addr there;
	if (here->sa.sa_family == AF_UNSPEC || domain[0] != '[')
		return false;
	str_copy(text, sizeof text, domain + (str_begins(domain, "[IPv6:") ? 6 : 1));
	text[strcspn(text, "]")] = '\0';
	if (!net_parse(text, 0, &there))
		return false;
	struct in6_addr a = net_key(&there), b = net_key(here);
	return memcmp(&a, &b, sizeof a) == 0;
}

static bool domain_is_local(const char *domain, const struct net_addr *here)
{
	if (domain[0] == '\0')
		return true;
	for (char **d = settings.domains; *d; d++)
		if (str_same(*d, domain))
			return true;
	return literal_is(domain, here);
}

/* By the whole address, else by the local part; and postmaster there always is. */
static enum account_result find(const struct path *to, struct account *a)
{
	char address[PATH_LOCAL + PATH_DOMAIN];
	struct str s;
	str_init(&s, address, sizeof address);
	str_addf(&s, "%s@%s", to->local, to->domain);
	enum account_result r = ACCOUNT_NONE;
	if (to->domain[0])
		r = account_find(address, a);
	if (r == ACCOUNT_NONE)
		r = account_find(to->local, a);
	if (r == ACCOUNT_NONE && str_same(to->local, "postmaster")) {
		*a = (struct account){.name = "postmaster"};
		r = ACCOUNT_OK;
	}
	return r;
}

enum verdict route_find(const struct path *to, const struct net_addr *here, struct mailbox *box)
{
	struct account a;
	if (!domain_is_local(to->domain, here))
		return NOT_LOCAL;
	enum account_result r = find(to, &a);
	if (r == ACCOUNT_OK && a.forward[0]) {
		log_event(LOG_ERR, "account %s: forward is not supported, its mail is put off",
			log_quote(a.name));
		r = ACCOUNT_TROUBLE;
	}
	if (r == ACCOUNT_OK)
		r = account_mailbox(&a, box);
	if (r == ACCOUNT_OK)
		return YES;
	return r == ACCOUNT_NONE ? NO_SUCH_USER : TROUBLE;
}
