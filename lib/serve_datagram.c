/*
 * serve_datagram: takes datagrams, from the network or from a session that gives one back, with
 * where they came from and where they were sent to. Runs in the accept loop; serve_idle() and
 * serve_return(), by which sessions speak to it, in those.
 */
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "children.h"
#include "memory.h"
#include "net.h"
#include "serve_client.h"
#include "serve_loop.h"
#include "str.h"

#define DATAGRAM_MAX 65536
#define PLACES 4096
#define SLIPPED 16 /* datagrams that are kept */
#define SLIPPED_SIZE 2048
#define RETURNS 64 /* datagrams that sessions give back at a time */
#define DRAINED 256 /* datagrams at a time: there may be a client that never stops */

/* An address that no client can have, so that an answer would go astray or come back to us. */
static bool strange(const struct net_addr *from, const struct net_addr *own)
{
	if (net_port(from) == 0 || net_same(from, own))
		return true;
	if (from->sa.sa_family == AF_INET) {
		uint32_t host = ntohl(from->v4.sin_addr.s_addr);
		return host == INADDR_ANY || host == INADDR_BROADCAST || IN_MULTICAST(host);
	}
	return IN6_IS_ADDR_MULTICAST(&from->v6.sin6_addr) ||
	       IN6_IS_ADDR_UNSPECIFIED(&from->v6.sin6_addr);
}

/*
 * ipi_addr is what the datagram was sent to. ipi_spec_dst is our own address: another one means a
 * broadcast; it is empty for what was queued before the socket was told to tell.
 */
static void read_destination4(const struct in_pktinfo *info, struct peer *peer)
{
	uint32_t to = ntohl(info->ipi_addr.s_addr);
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr = info->ipi_addr};
	v4.sin_port = htons(net_port(&peer->local));
	peer->multicast = to == INADDR_BROADCAST || IN_MULTICAST(to) ||
			  (info->ipi_spec_dst.s_addr != 0 &&
				  info->ipi_spec_dst.s_addr != info->ipi_addr.s_addr);
	net_from((struct sockaddr *)&v4, &peer->local);
}

static void read_destination6(const struct in6_pktinfo *info, struct peer *peer)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = info->ipi6_addr};
	v6.sin6_port = htons(net_port(&peer->local));
	if (IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr))
		v6.sin6_scope_id = info->ipi6_ifindex;
	peer->multicast = IN6_IS_ADDR_MULTICAST(&info->ipi6_addr);
	net_from((struct sockaddr *)&v6, &peer->local);
}

static void read_destination(struct msghdr *m, struct peer *peer)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof info);
			read_destination4(&info, peer);
		}
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof info);
			read_destination6(&info, peer);
		}
	}
}

static OWN_PAGES struct {
	struct peer peer;
	bool returned; /* by a session that ends */
	char data[SLIPPED_SIZE];
} slipped[SLIPPED];
static size_t slipped_count;

enum { EMPTY, WRITTEN, FULL };

/* In memory that the loop and its children share. */
static struct shared {
	/* A place for each process, by its number. Two in one place are seldom confused, and then
	 * somebody's courtesy ends sooner. */
	atomic_bool idle[PLACES];
	/* And here, one of two is not heard. */
	atomic_uchar state[RETURNS];
	struct returned {
		struct net_addr remote, local;
		size_t length;
		char data[SLIPPED_SIZE];
	} returned[RETURNS];
} * shared;

/* False: there is none now. One from an address that nobody may answer (port 0, broadcast, our own)
 * comes with an unknown `remote`. */
static bool receive(int fd, struct peer *peer, char *data, size_t size)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
			  CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control;
	struct sockaddr_storage from = {0};
	struct iovec v = {data, size};
	struct msghdr m = {.msg_name = &from,
		.msg_namelen = sizeof from,
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof control.room};
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
	if (n < 0)
		return false;
	*peer = (struct peer){.in = fd, .out = fd, .data = data, .length = (size_t)n};
	net_from((struct sockaddr *)&from, &peer->remote);
	net_local(fd, &peer->local);
	read_destination(&m, peer);
	if (peer->remote.sa.sa_family != AF_UNSPEC && strange(&peer->remote, &peer->local))
		peer->remote = (struct net_addr){0};
	net_host(&peer->remote, peer->ip);
	return true;
}

static void slip_in(const struct peer *peer, const char *data, bool returned)
{
	if (slipped_count == SLIPPED || peer->length >= SLIPPED_SIZE)
		return; /* as good as lost on the way */
	slipped[slipped_count].peer = *peer;
	slipped[slipped_count].returned = returned;
	memcpy(slipped[slipped_count].data, data, peer->length);
	slipped_count++;
}

void serve_drain(int fd)
{
	static OWN_PAGES char data[SLIPPED_SIZE]; /* the peer's that is served is another one */
	struct peer peer;
	for (int n = 0; n < DRAINED && receive(fd, &peer, data, sizeof data); n++)
		slip_in(&peer, data, false);
}

/* An empty datagram from our own address is nobody's, and makes the loop look. */
void serve_return(const struct peer *peer, int fd, const void *datagram, size_t n)
{
	size_t place = (size_t)getpid() % RETURNS;
	unsigned char empty = EMPTY;
	if (!shared || n >= SLIPPED_SIZE ||
		!atomic_compare_exchange_strong(&shared->state[place], &empty, WRITTEN))
		return;
	struct returned *r = &shared->returned[place];
	r->remote = peer->remote;
	r->local = peer->local;
	r->length = n;
	memcpy(r->data, datagram, n);
	atomic_store(&shared->state[place], FULL);
	sendto(fd, "", 0, MSG_DONTWAIT, &peer->local.sa, net_size(&peer->local));
}

/* A session may have been taken over: what it says is looked at as if it came by the network. */
static void take_return(const struct net_addr *own, const struct returned *r)
{
	struct peer peer = {.length = *(const volatile size_t *)&r->length}; /* once */
	net_from(&r->remote.sa, &peer.remote);
	net_from(&r->local.sa, &peer.local);
	if (peer.remote.sa.sa_family != own->sa.sa_family ||
		peer.local.sa.sa_family != own->sa.sa_family ||
		net_port(&peer.local) != net_port(own) || strange(&peer.remote, &peer.local))
		return;
	net_host(&peer.remote, peer.ip);
	slip_in(&peer, r->data, true);
}

static void take_returns(int fd)
{
	struct net_addr own;
	net_local(fd, &own);
	for (size_t i = 0; i < RETURNS; i++) {
		if (atomic_load(&shared->state[i]) != FULL)
			continue;
		take_return(&own, &shared->returned[i]);
		atomic_store(&shared->state[i], EMPTY);
	}
}

/* What has slipped in first. */
static bool next(int fd, struct peer *peer, bool *returned)
{
	static OWN_PAGES char data[DATAGRAM_MAX];
	*returned = false;
	if (slipped_count == 0)
		return receive(fd, peer, data, sizeof data);
	slipped_count--;
	*peer = slipped[slipped_count].peer;
	*returned = slipped[slipped_count].returned;
	memcpy(data, slipped[slipped_count].data, peer->length);
	peer->data = data;
	peer->in = peer->out = fd;
	return true;
}

static void share_memory(void)
{
	void *memory = mmap(
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory != MAP_FAILED)
		shared = memory;
}

void serve_idle(bool idle)
{
	if (shared)
		atomic_store(&shared->idle[getpid() % PLACES], idle);
}

static bool is_idle(pid_t pid)
{
	return shared && atomic_load(&shared->idle[pid % PLACES]);
}

static bool crowded(const struct net_addr *client)
{
	return children_from(client) >= settings.clients_per_source;
}

static bool has_room(const struct net_addr *client)
{
	if (crowded(client) || children_full())
		children_reap();
	if (crowded(client))
		children_dismiss(client, is_idle);
	else if (children_full())
		children_dismiss(NULL, is_idle);
	return serve_has_room(client);
}

bool serve_datagram(const struct service *service, int socket)
{
	struct peer peer;
	bool returned;
	if (!shared) {
		share_memory();
		children_by_host(); /* machines that boot at one time are often of one /64 */
	}
	if (!next(socket, &peer, &returned))
		return false;
	if (peer.remote.sa.sa_family == AF_UNSPEC && shared)
		take_returns(socket);
	/* Who gave it back may live a moment longer, and knows that it is no repetition. */
	uint64_t first = str_hash(peer.data, peer.length);
	if (peer.remote.sa.sa_family == AF_UNSPEC || !serve_allowed(&peer.remote) ||
		(!returned && children_serve(&peer.remote, first, is_idle)))
		return true;
	if (service->request(&peer) == SERVE_DONE)
		return true;
	if ((!has_room(&peer.remote) || !serve_start(&peer, first)) && service->refuse)
		service->refuse(&peer);
	service->release();
	return true;
}
