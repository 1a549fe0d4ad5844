/*
 * udp_linux: bursts of datagrams by segmentation offload and sendmmsg(2), and the route's MTU. Runs
 * in the children of tftpd, udp_whole() before the system-call filter and udp_send() behind it.
 */
#include "udp.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#define IP_MTU_NUMBER 14 /* <linux/in.h>; the C library hides it or has it, as it likes */
#define IPV6_MTU_NUMBER 24

enum {
	MESSAGES = 64, /* of one call */
	SEGMENTS = 64, /* of one message: older kernels take no more */
	OCTETS = 65507 /* of one message: UDP over IPv4 */
};

enum way { OFFLOAD, MANY, SINGLE };
static enum way way; /* how this process sends: down a step when the kernel refuses, and never up */

/* How many datagrams go as one message. */
static size_t segments_of(size_t each)
{
	size_t fit = OCTETS / each;

	if (way != OFFLOAD || fit < 1)
		return 1;
	return fit < SEGMENTS ? fit : SEGMENTS;
}

struct message {
	struct iovec octets;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))];
};

static void prepare(struct msghdr *h, struct message *m, const struct net_addr *to, uint16_t each)
{
	*h = (struct msghdr){.msg_name = (void *)(uintptr_t)&to->sa,
		.msg_namelen = net_size(to),
		.msg_iov = &m->octets,
		.msg_iovlen = 1};
	if (m->octets.iov_len <= each)
		return;
	h->msg_control = m->control;
	h->msg_controllen = sizeof m->control;
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	c->cmsg_level = IPPROTO_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof each);
	memcpy(CMSG_DATA(c), &each, sizeof each);
}

/* One call: of how many octets it has disposed, or -1. */
static ssize_t send_many(
	int fd, const struct net_addr *to, const unsigned char *at, size_t n, size_t each)
{
	struct mmsghdr headers[MESSAGES] = {0};
	struct message messages[MESSAGES];
	size_t most = segments_of(each) * each, done = 0;
	unsigned count = 0;

	for (; count < MESSAGES && done < n; count++) {
		size_t length = n - done < most ? n - done : most;
		messages[count].octets = (struct iovec){(void *)(uintptr_t)(at + done), length};
		prepare(&headers[count].msg_hdr, &messages[count], to, (uint16_t)each);
		done += length;
	}
	int sent = sendmmsg(fd, headers, count, MSG_DONTWAIT);
	return sent < 0                     ? -1
	       : (size_t)sent * most < done ? (ssize_t)((size_t)sent * most)
					    : (ssize_t)done;
}

static ssize_t send_single(
	int fd, const struct net_addr *to, const unsigned char *at, size_t n, size_t each)
{
	size_t length = n < each ? n : each;

	return sendto(fd, at, length, MSG_DONTWAIT, &to->sa, net_size(to)) < 0 ? -1
									       : (ssize_t)length;
}

/* The kernel or the device on the way cannot do it like this; anything else is the network. */
static bool refused(int error)
{
	static const int errors[] = {EINVAL, EIO, EMSGSIZE, ENOPROTOOPT, EOPNOTSUPP, ENOSYS};

	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (error == errors[i])
			return true;
	return false;
}

size_t udp_send(
	int fd, const struct net_addr *to, const unsigned char *octets, size_t n, size_t each)
{
	size_t done = 0;

	while (done < n) {
		enum way now = n - done <= each ? SINGLE : way;
		ssize_t sent = (now == SINGLE ? send_single : send_many)(
			fd, to, octets + done, n - done, each);
		if (sent < 0 && errno == EAGAIN)
			break;
		if (sent < 0 && now != SINGLE && refused(errno))
			way++;
		else
			done += sent < 0 ? each : (size_t)sent;
	}
	return done < n ? done : n;
}

size_t udp_whole(const struct net_addr *from, const struct net_addr *to)
{
	bool v4 = to->sa.sa_family == AF_INET;
	size_t headers = v4 ? 20 + 8 : 40 + 8;
	struct net_addr own = *from;
	int mtu = 0, fd;
	socklen_t n = sizeof mtu;

	net_set_port(&own, 0);
	fd = net_listen(&own, SOCK_DGRAM);
	if (fd < 0)
		return 0;
	if (connect(fd, &to->sa, net_size(to)) < 0 ||
		getsockopt(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_MTU_NUMBER : IPV6_MTU_NUMBER,
			&mtu, &n) < 0)
		mtu = 0;
	close(fd);
	return (size_t)mtu > headers ? (size_t)mtu - headers : 0;
}
