/*
 * net: addresses as people write them, networks, and what the kernel says, by tables.
 */
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

/* `want`: what net_text() makes of it; NULL: refused. The default port is 110. */
static const struct {
	const char *text, *want;
} addresses[] = {
	{"192.0.2.1", "192.0.2.1:110"},
	{"192.0.2.1:1110", "192.0.2.1:1110"},
	{"192.0.2.1:0", "192.0.2.1:0"},
	{"192.0.2.1:65535", "192.0.2.1:65535"},
	{"::1", "[::1]:110"},
	{"[::1]", "[::1]:110"},
	{"[::1]:25", "[::1]:25"},
	{"::", "[::]:110"},
	{"2001:DB8::A", "[2001:db8::a]:110"},
	{"[2001:db8:1:2:3:4:5:6]:1", "[2001:db8:1:2:3:4:5:6]:1"},
	{":1110", "0.0.0.0:1110"},
	{"1110", "0.0.0.0:1110"},
	{"0", "0.0.0.0:0"},
	{"::ffff:192.0.2.1", "192.0.2.1:110"},
	{"[::ffff:192.0.2.1]:25", "192.0.2.1:25"},
	{"[::FFFF:c000:201]:25", "192.0.2.1:25"},
	{"", NULL},
	{":", NULL},
	{"[]", NULL},
	{"[]:25", NULL},
	{"[", NULL},
	{"[::1", NULL},
	{"[::1]x", NULL},
	{"[::1]:", NULL},
	{"[::1]:65536", NULL},
	{"192.0.2.1:", NULL},
	{"192.0.2.1:65536", NULL},
	{"192.0.2.1:4294967321", NULL},
	{"192.0.2.1:+25", NULL},
	{"192.0.2.1:25x", NULL},
	{"192.0.2.1:pop3", NULL},
	{"192.0.2", NULL},
	{"192.0.2.256", NULL},
	{"192.0.2.1.1", NULL},
	{" 192.0.2.1", NULL},
	{"65536", NULL},
	{"localhost", NULL}, /* names are not looked up */
	{"localhost:25", NULL},
	{"::1]:25", NULL},
	{":::", NULL},
	{"1:2:3:4:5:6:7:8:9", NULL},
	{"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:1", NULL},
};

static void check_addresses(void)
{
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		struct net_addr a;
		char text[NET_TEXT] = "refused";
		if (net_parse(addresses[i].text, 110, &a))
			net_text(&a, text);
		unit_check(strcmp(text, addresses[i].want ? addresses[i].want : "refused") == 0,
			addresses[i].text, text, (int)i);
	}
}

/* Networks, and a host that is in it, and one that is not; without both: refused. */
static const struct {
	const char *block, *in, *out;
} blocks[] = {
	{"192.0.2.1", "192.0.2.1", "192.0.2.2"},
	{"192.0.2.0/24", "192.0.2.255", "192.0.3.0"},
	{"192.0.2.0/24", "::ffff:192.0.2.1", "::192.0.2.1"},
	{"192.0.2.0/23", "192.0.3.255", "192.0.4.0"},
	{"192.0.2.128/25", "192.0.2.128", "192.0.2.127"},
	{"192.0.2.6/31", "192.0.2.7", "192.0.2.8"},
	{"192.0.2.7/32", "192.0.2.7", "192.0.2.6"},
	{"128.0.0.0/1", "255.255.255.255", "127.255.255.255"},
	{"0.0.0.0/0", "203.0.113.9", "2001:db8::1"},
	{"::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"},
	{"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
	{"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"},
	{"2001:db8::1", "2001:db8::1", "2001:db8::2"},
	{"2001:db8::1/128", "2001:db8::1", "2001:db8::"},
	{"::/0", "2001:db8::1", "192.0.2.1"}, /* all of IPv6, and nothing of IPv4 */
	{"::/64", "::1", "10.0.0.1"},
	{"192.0.2.1/24", NULL, NULL}, /* host bits */
	{"192.0.2.128/24", NULL, NULL},
	{"0.0.0.1/0", NULL, NULL},
	{"2001:db8::1/64", NULL, NULL},
	{"::1/127", NULL, NULL},
	{"192.0.2.0/33", NULL, NULL},
	{"2001:db8::/129", NULL, NULL},
	{"192.0.2.0/", NULL, NULL},
	{"192.0.2.0/x", NULL, NULL},
	{"192.0.2.0/-1", NULL, NULL},
	{"192.0.2.0/024x", NULL, NULL},
	{"192.0.2.0/255.255.255.0", NULL, NULL},
	{"192.0.2/24", NULL, NULL},
	{"192.0.2.0:25/24", NULL, NULL},
	{"[::1]", NULL, NULL},
	{"/24", NULL, NULL},
	{"", NULL, NULL},
	{"example.org", NULL, NULL},
};

static bool has(const struct net_block *block, const char *host)
{
	struct net_addr a;
	struct net_blocks one = {(struct net_block *)(uintptr_t)block, 1};
	CHECK(net_parse(host, 0, &a));
	return net_blocks_have(&one, &a);
}

static void check_blocks(void)
{
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
		struct net_block b;
		bool good = net_block_parse(blocks[i].block, &b);
		unit_check(good == (blocks[i].in != NULL), blocks[i].block, "block", (int)i);
		if (!good || !blocks[i].in)
			continue;
		unit_check(has(&b, blocks[i].in), blocks[i].block, "in", (int)i);
		unit_check(!has(&b, blocks[i].out), blocks[i].block, "out", (int)i);
	}
	struct net_blocks none = {NULL, 0};
	struct net_addr a = {0};
	struct net_block all;
	CHECK(!net_blocks_have(&none, &a));
	CHECK(net_block_parse("0.0.0.0/0", &all));
	CHECK(!net_blocks_have(&(struct net_blocks){&all, 1}, &a)); /* not known */
}

static void check_properties(void)
{
	static const struct {
		const char *text;
		bool loopback;
	} rows[] = {{"127.0.0.1", true}, {"127.255.0.9", true}, {"128.0.0.1", false},
		{"126.255.255.255", false}, {"::1", true}, {"::2", false},
		{"::ffff:127.0.0.1", true}, {"0.0.0.0", false}, {"::", false}};
	struct net_addr a, b;
	char text[NET_TEXT];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK(net_parse(rows[i].text, 1, &a));
		unit_check(net_loopback(&a) == rows[i].loopback, rows[i].text, "loopback", (int)i);
	}
	net_parse("192.0.2.1:5", 0, &a);
	net_parse("[::ffff:192.0.2.1]:5", 0, &b);
	struct in6_addr x = net_key(&a), y = net_key(&b);
	CHECK(net_same(&a, &b) && memcmp(&x, &y, sizeof x) == 0);
	net_set_port(&b, 6);
	CHECK(!net_same(&a, &b) && net_port(&b) == 6);
	x = net_key(&b);
	CHECK(memcmp(&x, &y, sizeof x) == 0); /* the host alone */
	net_parse("[::1]:5", 0, &b);
	CHECK(!net_same(&a, &b) && net_size(&b) == sizeof(struct sockaddr_in6));
	CHECK(net_size(&a) == sizeof(struct sockaddr_in));
	CHECK_TEXT(net_host(&b, text), "::1");
	memset(&a, 0, sizeof a);
	CHECK_TEXT(net_host(&a, text), "-");
	CHECK(net_port(&a) == 0);
}

static void check_sockets(int type, const char *host)
{
	struct net_addr want, bound, peer;
	net_parse(host, 0, &want);
	int fd = net_listen(&want, type);
	if (fd < 0 && want.sa.sa_family == AF_INET6)
		return; /* a system without IPv6 */
	CHECK(fd >= 0);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	net_local(fd, &bound);
	CHECK(net_port(&bound) != 0);
	net_set_port(&want, net_port(&bound));
	CHECK(net_same(&want, &bound));
	net_peer(fd, &peer);
	CHECK(peer.sa.sa_family == AF_UNSPEC);
	int before = dup(fd);
	close(before);
	CHECK(net_listen(&bound, type) < 0 && errno == EADDRINUSE);
	int after = dup(fd);
	CHECK(after == before); /* nothing was left open */
	close(after);
	close(fd);
}

static void check_without_address(void)
{
	int ends[2];
	struct net_addr a;
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	net_local(ends[0], &a);
	CHECK(a.sa.sa_family == AF_UNSPEC);
	net_peer(ends[0], &a);
	CHECK(a.sa.sa_family == AF_UNSPEC);
	close(ends[0]);
	close(ends[1]);
	net_peer(ends[0], &a);
	CHECK(a.sa.sa_family == AF_UNSPEC);
}

int main(void)
{
	check_addresses();
	check_blocks();
	check_properties();
	check_sockets(SOCK_STREAM, "127.0.0.1");
	check_sockets(SOCK_DGRAM, "127.0.0.1");
	check_sockets(SOCK_STREAM, "::1");
	check_sockets(SOCK_DGRAM, "::1");
	check_without_address();
	return unit_end();
}
