/*
 * Unit test of lib/children.c: whose clients are counted together, and who is looked for when one
 * has ended.
 */
#include "children.h"

#include <sys/wait.h>
#include <unistd.h>

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

/* A child that has ended and was not waited for. */
static pid_t ended(void)
{
	static const struct net_addr nobody = {.sa.sa_family = AF_UNSPEC};
	siginfo_t info;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK(pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	children_add(pid, &nobody, 0);
	return pid;
}

/* Among few, all are looked for at once; among many, the others when nothing else happens, or when
 * what was told is no news. */
static void check_ends(void)
{
	size_t count = children_count();
	ended();
	CHECK(children_ended(ended()) && children_count() == count);
	for (int i = 0; i < 200; i++)
		add("198.51.100.1");
	count = children_count();
	ended();
	pid_t told = ended();
	CHECK(!children_ended(told) && children_count() == count + 1);
	CHECK(children_ended(0) && children_count() == count);
	ended();
	CHECK(children_ended(told) && children_count() == count);
}

int main(void)
{
	CHECK(children_room(300));
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
	check_ends();
	return unit_end();
}
