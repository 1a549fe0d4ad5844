/*
 * priv_posix: the places of system-call filter and Landlock on a system that has neither: ids,
 * chroot and limits (priv.c) are all there is. Runs with any rights.
 */
#include "priv.h"

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
