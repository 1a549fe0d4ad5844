/*
 * udp: what datagrams can do everywhere: a second socket on the port of a service, an answer from
 * the address that was asked, and room for those that come. Runs in the loop of tftpd and, before
 * the filter, in its children, as the jailed user; for a port below 1024 that user keeps the right
 * to bind, see priv.h.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "udp.h"

#define ROOM_MOST (8 << 20)

int udp_share(int service, const struct net_addr *own, const struct net_addr *client)
{
	int on = 1;
	int fd = socket(own->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (own->sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	/* Never SO_REUSEADDR: with that any user could take the port; with this, the same only. */
	if (setsockopt(service, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
		bind(fd, &own->sa, net_size(own)) == 0 &&
		connect(fd, &client->sa, net_size(client)) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void put_source(struct msghdr *m, int level, int type, const void *info, size_t n)
{
	struct cmsghdr *c = m->msg_control;

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), info, n);
	m->msg_controllen = CMSG_SPACE(n);
}

void udp_answer(int service, const struct net_addr *own, const struct net_addr *to,
	const void *octets, size_t n)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = {.room = ""};
	struct iovec v = {(void *)(uintptr_t)octets, n};
	struct msghdr m = {.msg_name = (void *)(uintptr_t)&to->sa,
		.msg_namelen = net_size(to),
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = control.room};

	if (own->sa.sa_family == AF_INET) {
		struct in_pktinfo from = {.ipi_spec_dst = own->v4.sin_addr};
		put_source(&m, IPPROTO_IP, IP_PKTINFO, &from, sizeof from);
	} else {
		struct in6_pktinfo from = {
			.ipi6_addr = own->v6.sin6_addr, .ipi6_ifindex = own->v6.sin6_scope_id};
		put_source(&m, IPPROTO_IPV6, IPV6_PKTINFO, &from, sizeof from);
	}
	sendmsg(service, &m, MSG_DONTWAIT);
}

/* The system may give less, and Linux says twice what was asked for, since it counts what else a
 * packet costs. */
size_t udp_room(int fd, size_t wanted)
{
	int room = wanted < ROOM_MOST ? (int)wanted : ROOM_MOST, has = 0;
	socklen_t n = sizeof has;

	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &has, &n) == 0 && has < room)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	n = sizeof has;
	return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &has, &n) == 0 && has > 0 ? (size_t)has : 0;
}
