/*
 * neighbour_linux: asks the kernel by rtnetlink, through a socket opened at the start: behind
 * chroot there is no /proc/net/arp, and it has no IPv6. Runs in tftpd's loop, as the jailed user.
 */
#include "neighbour.h"

#include <linux/if_arp.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "str.h"

static int table = -1;
static uint32_t asked; /* the number of the last question */

void neighbour_open(void)
{
	struct timeval patience = {.tv_usec = 200000}; /* the kernel answers at once, if at all */

	table = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (table >= 0)
		setsockopt(table, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

void neighbour_forget(void)
{
	if (table < 0)
		return; /* nor is its page written for nothing */
	close(table);
	table = -1;
}

static bool ask(unsigned char family)
{
	struct {
		struct nlmsghdr head;
		struct ndmsg body;
	} question = {
		.head = {.nlmsg_len = sizeof question,
			.nlmsg_type = RTM_GETNEIGH,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			.nlmsg_seq = ++asked},
		.body = {.ndm_family = family},
	};

	return send(table, &question, sizeof question, 0) == (ssize_t)sizeof question;
}

static const void *host_of(const struct net_addr *a, size_t *n)
{
	*n = a->sa.sa_family == AF_INET ? sizeof a->v4.sin_addr : sizeof a->v6.sin6_addr;
	return a->sa.sa_family == AF_INET ? (const void *)&a->v4.sin_addr
					  : (const void *)&a->v6.sin6_addr;
}

static void write_address(const unsigned char *octets, size_t n, char *to)
{
	struct str s;

	str_init(&s, to, NEIGHBOUR_TEXT);
	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s%02x", i > 0 ? "-" : "", octets[i]);
}

/* One row of the table; true: it is about `a`, and its address is in `to`. */
static bool read_row(const struct nlmsghdr *row, const struct net_addr *a, char *to)
{
	const struct ndmsg *body = NLMSG_DATA(row);
	const struct rtattr *host = NULL, *address = NULL;
	size_t n;
	const void *wanted = host_of(a, &n);
	int left = (int)NLMSG_PAYLOAD(row, sizeof *body);
	const struct rtattr *at =
		(const struct rtattr *)((const char *)body + NLMSG_ALIGN(sizeof *body));

	for (; RTA_OK(at, left); at = RTA_NEXT(at, left)) {
		host = at->rta_type == NDA_DST ? at : host;
		address = at->rta_type == NDA_LLADDR ? at : address;
	}
	if (!host || !address || RTA_PAYLOAD(address) == 0 || RTA_PAYLOAD(host) != n ||
		memcmp(RTA_DATA(host), wanted, n) != 0)
		return false;
	write_address(RTA_DATA(address), RTA_PAYLOAD(address), to);
	return true;
}

/* Takes all of the answer, also what comes behind the row, or the next question would get it. */
void neighbour_find(const struct net_addr *a, char *to)
{
	union {
		struct nlmsghdr head;
		char room[32768];
	} answer;
	bool found = false;
	ssize_t got;

	*to = '\0';
	if (table < 0 || a->sa.sa_family == AF_UNSPEC || !ask((unsigned char)a->sa.sa_family))
		return;
	while ((got = recv(table, &answer, sizeof answer, 0)) > 0) {
		const struct nlmsghdr *row = &answer.head;
		for (unsigned left = (unsigned)got; NLMSG_OK(row, left);
			row = NLMSG_NEXT(row, left)) {
			if (row->nlmsg_seq != asked)
				continue;
			if (row->nlmsg_type == NLMSG_DONE || row->nlmsg_type == NLMSG_ERROR)
				return;
			found = found || read_row(row, a, to);
		}
	}
}
