/*
 * route: from a recipient's address to the places that its mail goes to.
 */
#ifndef SMTPD_ROUTE_H
#define SMTPD_ROUTE_H

#include "aliases.h"
#include "deliver.h"
#include "net.h"

#define ROUTE_MOST 20000 /* members of lists that one recipient may lead to */
#define ROUTE_DEPTH 20 /* lists within lists */

struct route {
	struct destination *destination;
	size_t count, room;
	char reply[REPLY_TEXT]; /* of REPLY, without a line end */
};

/*
 * YES and the destinations, none where an alias has mail thrown away; NO_SUCH_USER; NOT_LOCAL;
 * REPLY; or TROUBLE, which is logged. `here` is the address that the client is connected to: as a
 * literal it is a local domain. Makes nothing. Whatever it is, route_free() follows.
 */
enum verdict route_find(const struct path *to, const struct net_addr *here, struct route *r);
/* The same, with each step told on the way; `depth` is for indentation. */
typedef void route_tell(unsigned depth, const char *line);
enum verdict route_explain(
	const struct path *to, const struct net_addr *here, route_tell *tell, struct route *r);
void route_free(struct route *r);

/*
 * Aliases are read at the first look-up, and stay as they are until this, and so does the account
 * folder stay open: it is called when a transaction ends, and gives all back.
 */
void route_forget(void);

/* Whether its local part alone says who it is. */
bool route_is_local(const struct path *to, const struct net_addr *here);

/* The alias that an address means, if it means one. */
bool route_alias(const struct path *to, const struct net_addr *here, struct alias_list *list);

#endif
