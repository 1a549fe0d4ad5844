/*
 * children: who is being served: one row for each living child, for limits and for retransmitted
 * datagrams.
 */
#ifndef LIB_CHILDREN_H
#define LIB_CHILDREN_H

#include <sys/types.h>

#include "net.h"

/* Room for so many; rows in use are kept even if there are more. False: no memory, nothing changed.
 */
bool children_room(size_t limit);

bool children_full(void);
size_t children_count(void);

/* Not a proxy (setting xclient) nor somebody without an address: they may have any number. */
bool children_limited(const struct net_addr *client);

/* Those of the client's source who are limited: an IPv4 address or an IPv6 /64, as in penalty.h; by
 * host, its address alone, from the next child on. */
size_t children_from(const struct net_addr *client);
void children_by_host(void);

/*
 * Whether a child serves exactly that host and port because of the datagram whose digest is
 * `first`, since a moment ago: the same one again is a repetition, another one from the same port
 * is a new request, and so is one that comes after a while, or to a child that `idle` says has done
 * its work.
 */
bool children_serve(const struct net_addr *client, uint64_t first, bool (*idle)(pid_t pid));

void children_add(pid_t pid, const struct net_addr *client, uint64_t first);

/* A child that serves nobody: it is counted, and not limited. False, for pid 0 too: there are
 * enough of them. */
#define CHILDREN_ASIDE 2
bool children_aside(pid_t pid);

/* Ends the oldest child of that host (NULL: of any) that `idle` says does not matter, and counts it
 * no more. False: there is none. */
bool children_dismiss(const struct net_addr *source, bool (*idle)(pid_t pid));

/* Reaps all that have ended; logs those that a signal killed. */
void children_reap(void);
/* Reaps the one that SIGCHLD has told of. The signal may have been for several: all that have ended
 * are looked for as well (true), or, among many, in one of the next calls; 0 is for nobody but all.
 */
bool children_ended(pid_t pid);

/* Whether a signal has killed a client's child since this was asked last. */
bool children_killed(void);

/* Sends a signal to each. */
void children_signal(int signal);

#endif
