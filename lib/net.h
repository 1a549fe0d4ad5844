/*
 * net: socket addresses as people write them, networks (CIDR), and listening sockets.
 *
 * IPv4 addresses mapped into IPv6 are turned into plain IPv4 wherever an address enters.
 */
#ifndef LIB_NET_H
#define LIB_NET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define NET_TEXT 64 /* room for any address with its port */

struct net_addr {
	union {
		struct sockaddr sa; /* AF_UNSPEC: not known */
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
};

struct net_block {
	struct in6_addr net; /* IPv4 as ::ffff:a.b.c.d */
	unsigned char bits; /* of 128 */
};

struct net_blocks {
	struct net_block *block; /* the owner's, from malloc */
	size_t count;
};

/* "192.0.2.1", "192.0.2.1:110", "::1", "[::1]:110", ":1110", "1110": a missing host is 0.0.0.0. */
bool net_parse(const char *text, uint16_t default_port, struct net_addr *out);

socklen_t net_size(const struct net_addr *a);
uint16_t net_port(const struct net_addr *a);
void net_set_port(struct net_addr *a, uint16_t port);
bool net_loopback(const struct net_addr *a);
bool net_same(const struct net_addr *a, const struct net_addr *b); /* host and port */

/* From the kernel's form; `fd`'s own or its peer's address. AF_UNSPEC when there is none (a pipe,
 * AF_UNIX). */
void net_from(const struct sockaddr *sa, struct net_addr *out);
void net_local(int fd, struct net_addr *out);
void net_peer(int fd, struct net_addr *out);

/* The host alone ("-" if not known), and host and port ("[::1]:110"), into NET_TEXT octets; returns
 * `to`. */
const char *net_host(const struct net_addr *a, char *to);
const char *net_text(const struct net_addr *a, char *to);

/* "192.0.2.0/24", "2001:db8::/32", or a host; host bits must be zero. */
bool net_block_parse(const char *text, struct net_block *out);
bool net_blocks_have(const struct net_blocks *blocks, const struct net_addr *a);

/* The host alone as 16 octets (IPv4 mapped): a key for comparing and counting. */
struct in6_addr net_key(const struct net_addr *a);
/* The same, but of an IPv6 address its /64 alone, which one client may well have to itself. */
struct in6_addr net_source(const struct net_addr *a);

/* A listening (or, for SOCK_DGRAM, bound) socket: close-on-exec, non-blocking, V6ONLY. -1 and
 * errno. */
int net_listen(const struct net_addr *a, int type);

#endif
