/*
 * sync: one file after the other. Runs in smtpd's keepers.
 */
#include "sync.h"

#include <errno.h>
#include <unistd.h>

void sync_all(struct sync *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		list[i].error = fsync(list[i].fd) == 0 ? 0 : errno;
}
