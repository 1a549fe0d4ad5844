/*
 * search: one recipient's way through aliases, accounts and included files. Between route.c, which
 * knows what an address means, and expand.c, which knows what an alias or account leads to.
 */
#ifndef SMTPD_SEARCH_H
#define SMTPD_SEARCH_H

#include "route.h"
#include "seen.h"

/* An alias, or an account that forwards, whose members are being looked up. */
struct step {
	const struct step *outer;
	const char *name;
	bool account;
};

struct search {
	struct route *route;
	route_tell *tell; /* NULL: nobody listens */
	const struct net_addr *here;
	const struct step *inner; /* the last of them */
	unsigned depth; /* of lists within lists */
	unsigned members; /* looked up */
	unsigned indent; /* of what is told */
	struct seen seen;
	bool trouble; /* logged */
	bool foreign; /* an address is not of this host */
	bool looped; /* logged */
	bool nothing; /* it is wanted that mail goes nowhere */
};

/* A line for whoever listens. */
void search_tell(struct search *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Adds what an address leads to; `direct`: its account alone, neither alias nor forward. False:
 * there is nobody of that name.
 */
bool route_resolve(struct search *s, const struct path *to, bool direct);

/* Adds what the alias leads to, unless it has been added. */
void expand_alias(struct search *s, const char *name, const struct alias_list *list);
/* Likewise an account's mailbox or folder `detail` ("" for none), or, unless `direct`, where it
 * forwards its mail to. */
void expand_account(struct search *s, const struct account *a, const char *detail, bool direct);

/* The list of this alias or account leads to it with no other name between. Then an alias means the
 * account, and an account its mailbox. */
bool expand_is_self(const struct search *s, const char *name, bool account);

#endif
