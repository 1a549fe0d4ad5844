/*
 * route: from a recipient's address to the Maildir that it means.
 */
#ifndef SMTPD_ROUTE_H
#define SMTPD_ROUTE_H

#include "account.h"
#include "net.h"
#include "records.h"

/*
 * YES and *box; NO_SUCH_USER; NOT_LOCAL; or TROUBLE, which is logged. `here` is the address that
 * the client is connected to: as a literal it is a local domain. Makes nothing.
 */
enum verdict route_find(const struct path *to, const struct net_addr *here, struct mailbox *box);

#endif
