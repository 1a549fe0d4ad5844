/*
 * process: other processes by pidfd (Linux 5.3). Runs with the ids of the caller, who may signal
 * its own processes only.
 */
#include "process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int process_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

bool process_end(int handle, int milliseconds)
{
	struct pollfd p = {.fd = handle, .events = POLLIN};
	if (syscall(SYS_pidfd_send_signal, handle, SIGTERM, NULL, 0) < 0)
		return errno == ESRCH;
	return poll(&p, 1, milliseconds) > 0;
}

/* Since Linux 4.14 a lock of another machine has a negative pid; not every such system says so. */
bool process_has_file(int fd)
{
	static const uint32_t shared[] = {
		0x6969, /* NFS */
		0xff534d42, /* CIFS */
		0xfe534d42, /* SMB2 */
		0x01021997, /* 9p */
		0x00c36400, /* Ceph */
		0x7461636f, /* OCFS2 */
		0x01161970, /* GFS2 */
		0x65735546, /* FUSE */
	};
	struct statfs st;
	if (fstatfs(fd, &st) < 0)
		return false;
	for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
		if ((uint32_t)st.f_type == shared[i])
			return false;
	return true;
}
