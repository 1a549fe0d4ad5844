/*
 * bursts: many datagrams by one call, where the kernel can (UDP_SEGMENT, UDP_GRO, recvmmsg); so
 * that a load or a limit is not the slow part of what is measured. On connected sockets.
 */
#ifndef BENCH_BURSTS_H
#define BENCH_BURSTS_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#define UDP_GRO 104
#endif

enum {
	BURSTS_SEGMENTS = 64, /* of one message that is sent */
	BURSTS_OCTETS = 65507, /* of one message */
	BURSTS_MESSAGES = 32 /* received by one call */
};

/* How many datagrams of `each` octets are one message. */
static inline size_t bursts_fit(size_t each)
{
	size_t fit = BURSTS_OCTETS / each;

	return fit < BURSTS_SEGMENTS ? fit : BURSTS_SEGMENTS;
}

/* Sends n octets as datagrams of `each`, the last one of what is left; no more than fit. */
static inline void bursts_send(int fd, const unsigned char *at, size_t n, size_t each)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))] = {0};
	struct cmsghdr *c = (struct cmsghdr *)control;
	struct iovec v = {(void *)(uintptr_t)at, n};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};

	if (n > each) {
		m.msg_control = control;
		m.msg_controllen = sizeof control;
		*c = (struct cmsghdr){.cmsg_level = IPPROTO_UDP,
			.cmsg_type = UDP_SEGMENT,
			.cmsg_len = CMSG_LEN(sizeof(uint16_t))};
		memcpy(CMSG_DATA(c), &(uint16_t){(uint16_t)each}, sizeof(uint16_t));
	}
	if (sendmsg(fd, &m, 0) >= 0 || errno == ECONNREFUSED)
		return;
	for (size_t done = 0; done < n; done += each)
		send(fd, at + done, n - done < each ? n - done : each, 0);
}

/* Lets the kernel hand over what it has in one piece, and keep much of it. */
static inline void bursts_prepare(int fd, int room)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	setsockopt(fd, IPPROTO_UDP, UDP_GRO, &(int){1}, sizeof(int));
}

/* Of a message, the size of each datagram but the last. */
static inline size_t bursts_each(struct msghdr *m, size_t n)
{
	int each = (int)n;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
			memcpy(&each, CMSG_DATA(c), sizeof each);
	return each > 0 ? (size_t)each : n;
}

/*
 * Receives what is there, up to so many messages; with MSG_WAITFORONE in `flags`, at least one.
 * take() gets each datagram, and returns false when it wants no more; then so does this.
 */
static inline bool bursts_receive(int fd, unsigned most, int flags,
	bool (*take)(void *self, const unsigned char *in, size_t n), void *self)
{
	static unsigned char octets[BURSTS_MESSAGES][BURSTS_OCTETS];
	static _Alignas(struct cmsghdr) char control[BURSTS_MESSAGES][CMSG_SPACE(sizeof(int))];
	struct mmsghdr m[BURSTS_MESSAGES];
	struct iovec v[BURSTS_MESSAGES];

	for (unsigned i = 0; i < most; i++) {
		v[i] = (struct iovec){octets[i], sizeof octets[i]};
		m[i].msg_hdr = (struct msghdr){.msg_iov = &v[i],
			.msg_iovlen = 1,
			.msg_control = control[i],
			.msg_controllen = sizeof control[i]};
	}
	int count = recvmmsg(fd, m, most, flags, NULL);
	for (int i = 0; i < count; i++) {
		size_t n = m[i].msg_len, each = bursts_each(&m[i].msg_hdr, n);
		for (size_t done = 0; done < n; done += each)
			if (!take(self, octets[i] + done, n - done < each ? n - done : each))
				return false;
	}
	return true;
}

#endif
