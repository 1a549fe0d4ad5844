/*
 * grant: which options a client gets. Runs in the child, as the jailed user, before the system-call
 * filter. RFC 2347, RFC 2348, RFC 7440.
 */
#include "grant.h"

#include "settings.h"
#include "udp.h"
#include "window.h"

#define PACKET_COST 1024 /* octets of a packet in the kernel, besides its own */

static void refuse(struct packet_request *request, const struct net_addr *client)
{
	const struct net_blocks *from = &settings.refuse_options_from;

	if (from->count > 0 && !net_blocks_have(from, client))
		return;
	for (char **option = settings.refuse_options; *option; option++)
		packet_refuse(request, *option);
}

/* Blocks that the route does not carry whole would be lost as soon as one of their pieces is. */
static size_t largest(const struct peer *peer)
{
	size_t whole;

	if (settings.blksize > 0)
		return (size_t)settings.blksize;
	whole = udp_whole(&peer->local, &peer->remote);
	return whole > PACKET_HEADER ? whole - PACKET_HEADER : PACKET_BLKSIZE_MAX;
}

static void limit_blksize(struct packet_request *request, const struct peer *peer)
{
	size_t most;

	if (packet_blksize(request) <= PACKET_BLKSIZE)
		return;
	most = largest(peer);
	packet_limit_blksize(request, most > PACKET_BLKSIZE ? most : PACKET_BLKSIZE);
}

/* A window that comes in has to fit into the socket's buffer, with what the kernel adds to it. */
static uint64_t room_for_window(const struct packet_request *request, int socket)
{
	uint64_t cost = 2 * (PACKET_HEADER + packet_blksize(request)) + PACKET_COST;
	uint64_t fit = udp_room(socket, (size_t)(cost * packet_window(request))) / cost;

	return fit > 1 ? fit : 1;
}

void grant_options(struct packet_request *request, const struct peer *peer, int socket)
{
	refuse(request, &peer->remote);
	limit_blksize(request, peer);
	packet_limit_window(request, window_fit(packet_blksize(request), packet_window(request)));
	if (request->opcode == PACKET_WRQ && packet_window(request) > 1)
		packet_limit_window(request, room_for_window(request, socket));
}
