/*
 * grant: which options a client gets. Runs in the child, as the jailed user, before the system-call
 * filter. RFC 2347, RFC 2348, RFC 7440.
 */
#include "grant.h"

#include "settings.h"
#include "udp.h"
#include "window.h"

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

void grant_options(struct packet_request *request, const struct peer *peer)
{
	refuse(request, &peer->remote);
	limit_blksize(request, peer);
	packet_limit_window(request, window_fit(packet_blksize(request), packet_window(request)));
}
