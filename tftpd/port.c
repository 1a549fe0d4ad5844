/*
 * port: the sockets that answers leave from: the transfer's own, with a port of its own or, with
 * single-port, of the service's, and those of ERRORs. Runs in the loop and, before the filter, in
 * its children, as the jailed user. RFC 1350 4.
 */
#include "port.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "link.h"
#include "log.h"
#include "udp.h"

static bool single_port; /* the setting, as it was at the start */
static int single = -1; /* the socket for the next child then */

void port_start(void)
{
	single_port = settings.single_port;
}

bool port_is_single(void)
{
	return single_port;
}

/* One of the ports of -R that is free; where the search begins differs, so that it is short. */
static int open_in_range(struct net_addr *own)
{
	uint64_t count = settings.ports.last - settings.ports.first + 1;
	uint64_t start = (uint64_t)getpid() + (uint64_t)now_ms();

	for (uint64_t i = 0; i < count; i++) {
		net_set_port(own, (uint16_t)(settings.ports.first + (start + i) % count));
		int fd = net_listen(own, SOCK_DGRAM);
		if (fd >= 0 || errno != EADDRINUSE)
			return fd;
	}
	return -1;
}

/* A socket on the service's port. What has come to it from others is served next. */
void port_share(const struct peer *peer)
{
	if (!single_port)
		return;
	single = udp_share(peer->in, &peer->local, &peer->remote);
	if (single >= 0)
		serve_drain(single);
	else
		log_event(LOG_ERR, "no socket on the service's port: %s", strerror(errno));
}

void port_release(void)
{
	if (single < 0)
		return; /* not written without need: sessions share the page */
	close(single);
	single = -1;
}

/* A socket with a port of its own, the transfer identifier, on the address that the client wrote
 * to. */
static int open_own(const struct peer *peer)
{
	struct net_addr own = peer->local;

	if (own.sa.sa_family == AF_UNSPEC)
		own.sa.sa_family = peer->remote.sa.sa_family;
	if (settings.ports.first > 0)
		return open_in_range(&own);
	net_set_port(&own, 0);
	return net_listen(&own, SOCK_DGRAM);
}

int port_open(const struct peer *peer)
{
	return single_port ? single : open_own(peer);
}

/* The socket that the last ERROR left from, for the next one: it opens no transfer, and to make a
 * socket costs more than all else about it. What comes there is nothing to us. */
static struct {
	int fd;
	struct net_addr of; /* where the request had come to */
} errors = {.fd = -1};

void port_forget(void)
{
	if (errors.fd < 0)
		return;
	close(errors.fd);
	errors.fd = -1;
}

static int open_errors(const struct peer *peer)
{
	int little = 0;

	if (errors.fd >= 0 && net_same(&errors.of, &peer->local))
		return errors.fd;
	port_forget();
	errors.of = peer->local;
	errors.fd = open_own(peer);
	if (errors.fd >= 0)
		setsockopt(errors.fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
	return errors.fd;
}

/* By the socket of the service, so that what comes in answer finds it, and nothing that closes. */
static void tell_single(const struct peer *peer, enum packet_code code, const char *message)
{
	unsigned char packet[PACKET_SMALL];

	udp_answer(
		peer->in, &peer->local, &peer->remote, packet, packet_error(packet, code, message));
}

void port_tell(const struct peer *peer, enum packet_code code, const char *message)
{
	int fd;

	if (single_port && single < 0) {
		tell_single(peer, code, message);
		return;
	}
	fd = single_port ? single : settings.ports.first == 0 ? open_errors(peer) : open_own(peer);
	if (fd < 0)
		return;
	link_error(fd, &peer->remote, code, message);
	if (fd != single && fd != errors.fd)
		close(fd);
}
