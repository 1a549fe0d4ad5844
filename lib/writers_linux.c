/*
 * writers: by a lease, which the kernel grants for reading only while nobody can write. Runs in
 * keepers, as root or as the file's owner, whom it is granted to. Not every file system has leases.
 */
#include <fcntl.h>
#include <signal.h>

#include "writers.h"

bool writers_none(int fd)
{
	static bool ignored;
	/* It tells us of who opens the file meanwhile, whom the end of the lease lets go on. */
	if (!ignored)
		signal(SIGIO, SIG_IGN);
	ignored = true;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return false;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return true;
}
