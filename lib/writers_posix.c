/*
 * writers: where the system does not tell. Runs in keepers.
 */
#include "writers.h"

bool writers_none(int fd)
{
	(void)fd;
	return false;
}
