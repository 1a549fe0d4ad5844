/*
 * Unit test of lib/serve.c: what is to be done after a session was killed, and found no room, is
 * done later. A sweep of tftpd's that was left out has left what a killed upload wrote.
 */
#include "unit.h"

#include "../../lib/serve.c"

static unsigned calls;

static int nothing(void)
{
	return EX_OK;
}

/* There is no room for it until one that works aside has ended. */
static bool clean_up(void)
{
	if (++calls == 1)
		return !serve_aside(nothing);
	serve_asked.end = 1;
	return true;
}

int main(void)
{
	static const struct service tidy = {.name = "tidy", .killed = clean_up};
	struct net_addr client;
	service = &tidy;
	serve_heed();
	CHECK(children_room(1) && net_parse("192.0.2.1", 69, &client));
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	children_add(pid, &client, 0);
	kill(pid, SIGKILL);
	alarm(60);
	loop();
	CHECK(calls == 2 && children_count() == 0);
	for (int i = 0; i < CHILDREN_ASIDE; i++)
		CHECK(serve_aside(nothing));
	CHECK(!serve_aside(nothing));
	return unit_end();
}
