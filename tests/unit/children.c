/*
 * Unit test of lib/children.c: whose clients are counted together.
 */
#include "children.h"

#include "settings.h"
#include "unit.h"

static struct net_addr client(const char *text)
{
	struct net_addr a;
	CHECK(net_parse(text, 110, &a));
	return a;
}

static void add(const char *text)
{
	static pid_t pid = 1000000; /* nobody's: these are only counted */
	struct net_addr a = client(text);
	children_add(pid++, &a, 0);
}

static size_t from(const char *text)
{
	struct net_addr a = client(text);
	return children_from(&a);
}

/* They do not count against others of their network; :: is what who has no address looks like. */
static void check_unlimited(void)
{
	static struct net_block proxy;
	static const struct net_addr nobody = {.sa.sa_family = AF_UNSPEC};
	children_add(999999, &nobody, 0);
	CHECK(from("::1") == 1);
	CHECK(net_block_parse("2001:db8:0:1::9", &proxy));
	settings.xclient = (struct net_blocks){&proxy, 1};
	add("2001:db8:0:1::9");
	CHECK(from("2001:db8:0:1::1") == 1);
}

int main(void)
{
	CHECK(children_room(20));
	add("192.0.2.1");
	add("192.0.2.2");
	add("::ffff:192.0.2.2");
	add("2001:db8::1");
	add("2001:db8::ffff:1:2:3");
	add("2001:db8:0:1::1");
	add("::1");
	CHECK(from("192.0.2.1") == 1 && from("192.0.2.2") == 2 && from("192.0.2.3") == 0);
	CHECK(from("2001:db8::2") == 2 && from("2001:db8:0:1::") == 1 && from("2001:db8:1::") == 0);
	CHECK(from("::1") == 1);
	check_unlimited();
	children_by_host();
	add("2001:db8:0:2::1");
	add("2001:db8:0:2::2");
	CHECK(from("2001:db8:0:2::1") == 1 && from("2001:db8:0:2::3") == 0);
	CHECK(from("192.0.2.2") == 2);
	return unit_end();
}
