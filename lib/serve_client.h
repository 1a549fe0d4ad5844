/*
 * serve_client: who a client is, and whether it may come in. For the accept loop, for who tells
 * what that would do, and for clients that a proxy speaks for.
 */
#ifndef LIB_SERVE_CLIENT_H
#define LIB_SERVE_CLIENT_H

#include "serve.h"

/* The client on a connected socket; or on descriptors 0 and 1, when fd is 0 and no Internet socket.
 */
void serve_client(int fd, struct peer *peer);

/* By the settings allow and deny. A client of no known address may come in. */
bool serve_allowed(const struct net_addr *client);

/* By the settings clients and clients-per-source; logs a refusal, not more than one a second. */
bool serve_has_room(const struct net_addr *client);

/* Both; turns the client away with the service's words. */
bool serve_admit(const struct service *service, const struct peer *peer);

/* Says the word (NULL: none) and ends the connection. Never waits. */
void serve_turn_away(const struct peer *peer, const char *word);

#endif
