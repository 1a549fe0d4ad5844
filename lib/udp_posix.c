/*
 * udp_posix: bursts of datagrams one by one; the route's MTU is not known. Runs in the children of
 * tftpd.
 */
#include <errno.h>

#include "udp.h"

size_t udp_send(
	int fd, const struct net_addr *to, const unsigned char *octets, size_t n, size_t each)
{
	size_t done = 0;

	while (done < n) {
		size_t length = n - done < each ? n - done : each;
		if (sendto(fd, octets + done, length, MSG_DONTWAIT, &to->sa, net_size(to)) < 0 &&
			errno == EAGAIN)
			break;
		done += length;
	}
	return done;
}

size_t udp_whole(const struct net_addr *from, const struct net_addr *to)
{
	(void)from;
	(void)to;
	return 0;
}
