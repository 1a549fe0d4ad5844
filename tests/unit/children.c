/*
 * Unit test of lib/children.c: whose clients are counted together.
 */
#include "children.h"

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

int main(void)
{
	CHECK(children_room(10));
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
	children_by_host();
	add("2001:db8:0:2::1");
	add("2001:db8:0:2::2");
	CHECK(from("2001:db8:0:2::1") == 1 && from("2001:db8:0:2::3") == 0);
	CHECK(from("192.0.2.2") == 2);
	return unit_end();
}
