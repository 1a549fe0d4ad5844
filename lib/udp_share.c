/*
 * udp_share: a second socket on the port of a service, for one client. Runs in the loop of tftpd,
 * as the jailed user; for a port below 1024 that user keeps the right to bind, see priv.h.
 */
#include <errno.h>
#include <unistd.h>

#include "udp.h"

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
