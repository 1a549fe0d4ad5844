/*
 * link: the socket of one transfer, and who is at the other end. Runs in the child, behind the
 * filter; link_error() also in the loop. RFC 1350 4, RFC 1123 4.2.3.
 */
#include "link.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "str.h"
#include "udp.h"

#define MOMENT 20 /* ms: most answers come sooner, and the first try waits for them */
#define UNANSWERED_PACKETS 3
#define UNANSWERED_TIMES 4

bool link_may_send(const struct link *l, size_t n)
{
	if (l->answered || l->packets == 0)
		return true;
	return l->packets < UNANSWERED_PACKETS &&
	       l->octets + n <= UNANSWERED_TIMES * l->request_length;
}

bool link_same_request(const struct link *l)
{
	return l->in_length == l->request_length && memcmp(l->in, l->request, l->in_length) == 0;
}

void link_renew(struct link *l)
{
	l->packets = 0;
	l->octets = 0;
}

size_t link_send(struct link *l, const unsigned char *octets, size_t n, size_t each)
{
	size_t gone = udp_send(l->socket, &l->peer, octets, n, each);

	l->more = false;
	l->packets += gone > 0;
	l->octets += gone;
	return gone;
}

void link_error(int socket, const struct net_addr *to, enum packet_code code, const char *text)
{
	unsigned char packet[PACKET_SMALL];
	size_t n = packet_error(packet, code, text);

	udp_send(socket, to, packet, n, n);
}

/* Another transfer identifier than our peer's (RFC 1350 4): told so once, and never in answer to an
 * ERROR. */
static void rebuff(struct link *l, const struct net_addr *stranger, size_t length)
{
	if (packet_opcode(l->in, length) == PACKET_ERROR || l->stranger_count == LINK_STRANGERS)
		return;
	for (size_t i = 0; i < l->stranger_count; i++)
		if (net_same(&l->strangers[i], stranger))
			return;
	l->strangers[l->stranger_count++] = *stranger;
	link_error(l->socket, stranger, PACKET_TID, "Unknown transfer ID");
}

void link_prepare(struct link *l)
{
	struct timeval moment = {.tv_usec = MOMENT * 1000};
	int flags = fcntl(l->socket, F_GETFL);

	/* Where this fails, the first try finds nothing at once, and poll() waits. */
	if (setsockopt(l->socket, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment) == 0 &&
		flags >= 0)
		fcntl(l->socket, F_SETFL, flags & ~O_NONBLOCK);
}

/* The peer's next packet into `in`; false: there is none. */
static bool receive(struct link *l, bool wait)
{
	struct sockaddr_storage sa = {0};
	struct net_addr from;
	socklen_t n = sizeof sa;
	ssize_t got = recvfrom(l->socket, l->in, sizeof l->in, wait ? 0 : MSG_DONTWAIT,
		(struct sockaddr *)&sa, &n);

	l->more = got >= 0;
	if (got < PACKET_HEADER)
		return false;
	net_from((struct sockaddr *)&sa, &from);
	l->in_length = (size_t)got;
	if (net_same(&from, &l->peer))
		return true;
	rebuff(l, &from, l->in_length);
	return false;
}

/* Has the deadline passed? What came before it, while this process had to wait for the processor,
 * gets one chance to be seen. */
static bool too_late(struct link *l, int64_t deadline, int64_t left)
{
	bool again = l->overdue == deadline;

	if (left > 0)
		return false;
	l->overdue = deadline;
	return again;
}

static enum link_event kind(const struct link *l)
{
	switch (packet_opcode(l->in, l->in_length)) {
	case PACKET_ERROR:
		return LINK_ERROR;
	case PACKET_RRQ:
	case PACKET_WRQ:
		return LINK_REQUEST;
	default:
		return LINK_PACKET;
	}
}

enum link_event link_wait(struct link *l, int64_t deadline, bool room, bool idle)
{
	struct pollfd ready = {.fd = l->socket, .events = room ? POLLIN | POLLOUT : POLLIN};
	sigset_t but_end;
	bool soon = !room && !idle;

	if (idle) {
		sigfillset(&but_end);
		sigdelset(&but_end, SIGTERM);
	}
	for (;; soon = false) {
		int64_t left = deadline - now_ms();
		if (too_late(l, deadline, left))
			return LINK_EXPIRED;
		if (left < 0)
			left = 0;
		soon = soon && left > MOMENT;
		struct timespec wait = {left / 1000, left % 1000 * 1000000};
		if (!soon && !l->more && ppoll(&ready, 1, &wait, idle ? &but_end : NULL) < 0 &&
			idle)
			return LINK_SIGNAL;
		if (receive(l, soon))
			break;
		if (ready.revents & POLLOUT)
			return LINK_ROOM;
	}
	return kind(l);
}
