/*
 * serve_client: who a client is, and whether it may come in. Runs in the accept loop, and at the
 * start of a session that a superserver began.
 */
#include "serve_client.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "children.h"
#include "log.h"
#include "str.h"

/* systemd (Accept=yes) and tcpserver tell of a client whose socket does not know: behind a pipe,
 * say. */
static void peer_of_environment(struct peer *peer)
{
	static const char *const names[][2] = {
		{"REMOTE_ADDR", "REMOTE_PORT"}, {"TCPREMOTEIP", "TCPREMOTEPORT"}};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *host = getenv(names[i][0]), *port = getenv(names[i][1]);
		struct net_block one; /* a host alone, without a port in the same text */
		uint64_t number = 0;
		if (!host || !net_block_parse(host, &one) || !net_parse(host, 0, &peer->remote))
			continue;
		if (port && str_number(port, 65535, &number))
			net_set_port(&peer->remote, (uint16_t)number);
		return;
	}
}

/* Replies leave at once; a peer that is dead and owes nothing is found in 60 + 4 * 15 seconds. */
static void tune(int fd)
{
	static const int options[][3] = {
		{IPPROTO_TCP, TCP_NODELAY, 1},
		{SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, 60},
		{IPPROTO_TCP, TCP_KEEPINTVL, 15},
		{IPPROTO_TCP, TCP_KEEPCNT, 4},
	};
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		setsockopt(fd, options[i][0], options[i][1], &options[i][2], sizeof(int));
}

void serve_client(int fd, struct peer *peer)
{
	*peer = (struct peer){.in = fd, .out = fd};
	net_peer(fd, &peer->remote);
	net_local(fd, &peer->local);
	tune(fd);
	if (fd == STDIN_FILENO && peer->remote.sa.sa_family == AF_UNSPEC) {
		peer->out = STDOUT_FILENO;
		peer_of_environment(peer);
	}
	net_host(&peer->remote, peer->ip);
}

bool serve_allowed(const struct net_addr *client)
{
	if (client->sa.sa_family == AF_UNSPEC)
		return true;
	if (net_blocks_have(&settings.deny, client))
		return false;
	return settings.allow.count == 0 || net_blocks_have(&settings.allow, client);
}

static void log_refusal(const struct net_addr *client, const char *why)
{
	static int64_t next_word;
	static unsigned unsaid;
	char ip[NET_TEXT];
	if (now_ms() < next_word) {
		unsaid++;
		return;
	}
	next_word = now_ms() + 1000;
	log_event(LOG_WARNING, "refused ip=%s reason=%s unsaid=%u", net_host(client, ip), why,
		unsaid);
	unsaid = 0;
}

/* The limit that is reached, or NULL. */
static const char *reached(const struct net_addr *client)
{
	if (children_full())
		return "clients";
	if (children_limited(client) && children_from(client) >= settings.clients_per_source)
		return "clients-per-source";
	return NULL;
}

bool serve_has_room(const struct net_addr *client)
{
	if (!reached(client))
		return true;
	children_reap(); /* those who have ended since the last wait make room */
	const char *why = reached(client);
	if (why)
		log_refusal(client, why);
	return !why;
}

bool serve_admit(const struct service *service, const struct peer *peer)
{
	if (!serve_allowed(&peer->remote)) {
		log_refusal(&peer->remote, "deny");
		serve_turn_away(peer, service->denied);
		return false;
	}
	if (serve_has_room(&peer->remote))
		return true;
	serve_turn_away(peer, service->busy);
	return false;
}

void serve_turn_away(const struct peer *peer, const char *word)
{
	if (word && send(peer->out, word, strlen(word), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return; /* it is gone, or no socket */
	shutdown(peer->out, SHUT_WR);
}
