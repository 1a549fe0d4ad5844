/*
 * udp: what datagrams can do on one system and not on another. One file for each: udp_linux.c,
 * udp_posix.c; callers have no #ifdef. Behind the filter for transfers: udp_send() alone. udp.c has
 * what is the same everywhere.
 */
#ifndef LIB_UDP_H
#define LIB_UDP_H

#include <stdbool.h>
#include <stddef.h>

#include "net.h"

/*
 * Sends n octets as datagrams of `each` octets, the last of what is left, in as few system calls as
 * it takes. Never waits. Returns of how many octets the kernel has disposed: less than n when the
 * socket has no room for more. What cannot be sent counts as lost on the way.
 */
size_t udp_send(
	int fd, const struct net_addr *to, const unsigned char *octets, size_t n, size_t each);

/* The octets that a datagram to there may have and still travel whole; 0: not known. */
size_t udp_whole(const struct net_addr *from, const struct net_addr *to);

/* Room for so many octets of packets that have come and are not yet received; how many there are
 * now. What a packet costs is more than its own octets. */
size_t udp_room(int fd, size_t wanted);

/*
 * A socket on the same port as the socket `service`, which the kernel gives what comes from that
 * client, and only that; before it was connected, something else may have slipped in. Both must
 * belong to the same user. -1 and errno.
 */
int udp_share(int service, const struct net_addr *own, const struct net_addr *client);

/* Sends one datagram by the socket `service`, from that one of its addresses. What cannot be sent
 * counts as lost on the way. */
void udp_answer(int service, const struct net_addr *own, const struct net_addr *to,
	const void *octets, size_t n);

#endif
