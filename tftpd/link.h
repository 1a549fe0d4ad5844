/*
 * link: the socket of one transfer, and who is at the other end. RFC 1350 4, RFC 1123 4.2.3.
 *
 * Runs in the child, as the jailed user and behind the system-call filter.
 */
#ifndef TFTPD_LINK_H
#define TFTPD_LINK_H

#include "net.h"
#include "packet.h"

#define LINK_STRANGERS 8 /* that get an ERROR each; more than these are not answered */

struct link {
	/* The caller's part. */
	int socket; /* its address is our transfer identifier */
	struct net_addr peer;
	const void *request; /* as it came: what may be sent before the peer has answered depends */
	size_t request_length; /* on how long it was */
	bool answered; /* the peer is who it says: to be set with its first good packet */

	/* What link_wait() has found. */
	size_t in_length; /* of `in`, at the end */

	/* The link's own. */
	bool more; /* perhaps there is another packet already */
	int64_t overdue; /* the deadline that has passed once */
	unsigned packets; /* sent before an answer; and their octets */
	size_t octets;
	struct net_addr strangers[LINK_STRANGERS];
	size_t stranger_count;

	/* Large: what is not touched of it costs nothing. */
	unsigned char in[PACKET_HEADER + PACKET_BLKSIZE_MAX + 1]; /* one more: longer is seen */
};

enum link_event {
	LINK_PACKET, /* of the peer, of at least PACKET_HEADER octets; none of the next two */
	LINK_ERROR,
	LINK_REQUEST,
	LINK_ROOM, /* more can be sent now */
	LINK_EXPIRED,
	LINK_SIGNAL
};

/* Before the system-call filter: lets an answer that comes soon be waited for and received by one
 * call. */
void link_prepare(struct link *l);

/* Waits until the deadline, which nothing that comes meanwhile moves; with `room`, also for room to
 * send; with `idle`, also for SIGTERM, which is blocked otherwise. */
enum link_event link_wait(struct link *l, int64_t deadline, bool room, bool idle);

/* Whether a packet of n octets may go to a peer that, so far, may be the victim of a forger: three
 * of them, and in all four times what has come from there; the first one in any case. */
bool link_may_send(const struct link *l, size_t n);

/* Is the request that has come the same as the first one? If so, and it has not been answered, all
 * that may be sent to such a peer may be sent anew. */
bool link_same_request(const struct link *l);
void link_renew(struct link *l);

/* Sends n octets as packets of `each`; returns what udp_send() does. */
size_t link_send(struct link *l, const unsigned char *octets, size_t n, size_t each);

/* Sends one ERROR. */
void link_error(int socket, const struct net_addr *to, enum packet_code code, const char *text);

#endif
