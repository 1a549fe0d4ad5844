/*
 * priv_posix: the places of system-call filter and Landlock on a system that has neither: ids,
 * chroot and limits (priv.c) are all there is. Runs with any rights.
 */
#include "priv.h"

#include <errno.h>

#include "priv_own.h"

void priv_filter(enum priv_filter filter)
{
	(void)filter;
}

void priv_confine(const struct priv_path *paths, size_t count)
{
	(void)paths;
	(void)count;
}

const char *priv_missing(void)
{
	return "no system-call filter, no Landlock (built without)";
}

bool priv_close_range(unsigned first, unsigned last)
{
	(void)first;
	(void)last;
	return false;
}

void priv_follow_parent(void)
{
}

int priv_expect_sender(int socket)
{
	(void)socket;
	errno = ENOTSUP;
	return -1;
}

ssize_t priv_receive_from(int socket, void *octets, size_t n, struct priv_ids *sender)
{
	(void)octets;
	(void)n;
	*sender = (struct priv_ids){0};
	return priv_expect_sender(socket);
}
