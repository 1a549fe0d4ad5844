/*
 * client: who asks, in the words that names of folders and remap rules can be made of.
 */
#ifndef TFTPD_CLIENT_H
#define TFTPD_CLIENT_H

#include "neighbour.h"
#include "net.h"
#include "str.h"

struct client {
	struct net_addr address;
	char ip[NET_TEXT]; /* 192.0.2.10 */
	char hex[33]; /* C000020A; of IPv6, all 32 digits */
	char mac[NEIGHBOUR_TEXT]; /* 02-00-5e-10-00-0a; empty: not known */
};

/* Looks the MAC address up only if a setting names it. */
void client_learn(struct client *c, const struct net_addr *address);

/* Behind each % of a folder's path is i, x or m. */
bool client_valid(const char *pattern);

/* A folder's path, with %i, %x and %m in it replaced. False: it does not fit, or what is to be
 * there is not known. */
bool client_path(const struct client *c, const char *pattern, struct str *to);

#endif
