/*
 * net: socket addresses, networks and listening sockets. Used before and after the drop; no
 * look-ups of names.
 */
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "str.h"

/* A numeric host; an IPv4 address mapped into IPv6 becomes plain. */
static bool parse_host(const char *host, struct net_addr *out)
{
	struct net_addr a = {0};
	a.sa.sa_family = AF_INET;
	if (inet_pton(AF_INET, host, &a.v4.sin_addr) == 1) {
		*out = a;
		return true;
	}
	memset(&a, 0, sizeof a);
	a.sa.sa_family = AF_INET6;
	if (inet_pton(AF_INET6, host, &a.v6.sin6_addr) != 1)
		return false;
	net_from(&a.sa, out);
	return true;
}

/* Cuts "[::1]:110", "192.0.2.1:110", ":110" and "110" in two; `port` NULL when there is none. */
static bool cut_port(char *text, char **host, char **port)
{
	char *colon = strchr(text, ':');
	*host = text;
	*port = NULL;
	if (text[0] == '[') {
		char *close = strchr(text, ']');
		if (!close || close == text + 1 || (close[1] && close[1] != ':'))
			return false;
		*host = text + 1;
		*port = close[1] ? close + 2 : NULL;
		*close = '\0';
		return true;
	}
	if (!colon && text[strspn(text, "0123456789")] == '\0') {
		*port = text;
		*host = text + strlen(text);
		return true;
	}
	if (colon && !strchr(colon + 1, ':')) {
		*colon = '\0';
		*port = colon + 1;
	}
	return true;
}

bool net_parse(const char *text, uint16_t default_port, struct net_addr *out)
{
	char copy[NET_TEXT], *host, *port;
	uint64_t number = default_port;
	if (!str_copy(copy, sizeof copy, text) || !cut_port(copy, &host, &port))
		return false;
	if (port && !str_number(port, 65535, &number))
		return false;
	if (!parse_host(*host ? host : "0.0.0.0", out))
		return false;
	net_set_port(out, (uint16_t)number);
	return true;
}

socklen_t net_size(const struct net_addr *a)
{
	return a->sa.sa_family == AF_INET ? sizeof a->v4 : sizeof a->v6;
}

uint16_t net_port(const struct net_addr *a)
{
	switch (a->sa.sa_family) {
	case AF_INET:
		return ntohs(a->v4.sin_port);
	case AF_INET6:
		return ntohs(a->v6.sin6_port);
	default:
		return 0;
	}
}

void net_set_port(struct net_addr *a, uint16_t port)
{
	if (a->sa.sa_family == AF_INET)
		a->v4.sin_port = htons(port);
	else
		a->v6.sin6_port = htons(port);
}

bool net_loopback(const struct net_addr *a)
{
	if (a->sa.sa_family == AF_INET)
		return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
	return a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

bool net_same(const struct net_addr *a, const struct net_addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family || net_port(a) != net_port(b))
		return false;
	struct in6_addr x = net_key(a), y = net_key(b);
	return memcmp(&x, &y, sizeof x) == 0 &&
	       (a->sa.sa_family != AF_INET6 || a->v6.sin6_scope_id == b->v6.sin6_scope_id);
}

void net_from(const struct sockaddr *sa, struct net_addr *out)
{
	struct net_addr a = {0};
	if (sa->sa_family == AF_INET) {
		memcpy(&a.v4, sa, sizeof a.v4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&a.v6, sa, sizeof a.v6);
		if (IN6_IS_ADDR_V4MAPPED(&a.v6.sin6_addr)) {
			struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = a.v6.sin6_port};
			memcpy(&v4.sin_addr, a.v6.sin6_addr.s6_addr + 12, 4);
			memset(&a, 0, sizeof a);
			a.v4 = v4;
		}
	}
	*out = a;
}

void net_local(int fd, struct net_addr *out)
{
	struct sockaddr_storage sa = {0};
	socklen_t n = sizeof sa;
	if (getsockname(fd, (struct sockaddr *)&sa, &n) < 0)
		sa.ss_family = AF_UNSPEC;
	net_from((struct sockaddr *)&sa, out);
}

void net_peer(int fd, struct net_addr *out)
{
	struct sockaddr_storage sa = {0};
	socklen_t n = sizeof sa;
	if (getpeername(fd, (struct sockaddr *)&sa, &n) < 0)
		sa.ss_family = AF_UNSPEC;
	net_from((struct sockaddr *)&sa, out);
}

const char *net_host(const struct net_addr *a, char *to)
{
	const void *host = a->sa.sa_family == AF_INET ? (const void *)&a->v4.sin_addr
						      : (const void *)&a->v6.sin6_addr;
	if (a->sa.sa_family == AF_UNSPEC || !inet_ntop(a->sa.sa_family, host, to, NET_TEXT))
		strcpy(to, "-");
	return to;
}

const char *net_text(const struct net_addr *a, char *to)
{
	char host[NET_TEXT];
	net_host(a, host);
	snprintf(to, NET_TEXT, a->sa.sa_family == AF_INET6 ? "[%.45s]:%u" : "%.45s:%u", host,
		(unsigned)net_port(a));
	return to;
}

struct in6_addr net_key(const struct net_addr *a)
{
	struct in6_addr key = IN6ADDR_ANY_INIT;
	if (a->sa.sa_family == AF_INET) {
		key.s6_addr[10] = key.s6_addr[11] = 0xff;
		memcpy(key.s6_addr + 12, &a->v4.sin_addr, 4);
	} else if (a->sa.sa_family == AF_INET6) {
		key = a->v6.sin6_addr;
	}
	return key;
}

struct in6_addr net_source(const struct net_addr *a)
{
	struct in6_addr source = net_key(a);
	if (!IN6_IS_ADDR_V4MAPPED(&source))
		memset(source.s6_addr + 8, 0, 8);
	return source;
}

/* Whether the first `bits` bits of the two are the same. */
static bool same_bits(const struct in6_addr *a, const struct in6_addr *b, unsigned bits)
{
	if (memcmp(a, b, bits / 8) != 0)
		return false;
	unsigned char mask = (unsigned char)(0xff00 >> bits % 8);
	return bits % 8 == 0 || ((a->s6_addr[bits / 8] ^ b->s6_addr[bits / 8]) & mask) == 0;
}

bool net_block_parse(const char *text, struct net_block *out)
{
	char host[NET_TEXT];
	struct net_addr a;
	struct in6_addr clean = IN6ADDR_ANY_INIT;
	if (!str_copy(host, sizeof host, text))
		return false;
	char *slash = strchr(host, '/');
	if (slash)
		*slash++ = '\0';
	if (!parse_host(host, &a))
		return false;
	uint64_t width = a.sa.sa_family == AF_INET ? 32 : 128, bits = width;
	if (slash && !str_number(slash, width, &bits))
		return false;
	out->net = net_key(&a);
	out->bits = (unsigned char)(128 - width + bits);
	for (unsigned i = 0; i < out->bits; i++)
		clean.s6_addr[i / 8] |= (unsigned char)(out->net.s6_addr[i / 8] & (0x80 >> i % 8));
	return memcmp(&clean, &out->net, sizeof clean) == 0;
}

bool net_blocks_have(const struct net_blocks *blocks, const struct net_addr *a)
{
	if (a->sa.sa_family == AF_UNSPEC)
		return false;
	struct in6_addr key = net_key(a);
	/* A network of IPv6, ::/0 too, has no IPv4 address in it. */
	unsigned least = a->sa.sa_family == AF_INET ? 96 : 0;
	for (size_t i = 0; i < blocks->count; i++) {
		const struct net_block *b = &blocks->block[i];
		if (b->bits >= least && same_bits(&key, &b->net, b->bits))
			return true;
	}
	return false;
}

int net_listen(const struct net_addr *a, int type)
{
	int on = 1;
	int fd = socket(a->sa.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (a->sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	/* A datagram service never shares its port: with SO_REUSEADDR any user could take it over.
	 */
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, &a->sa, net_size(a)) == 0 &&
		(type != SOCK_STREAM || listen(fd, SOMAXCONN) == 0))
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}
