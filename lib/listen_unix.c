/*
 * listen_unix: listening sockets with a path. Runs at start and at the end of a daemon, with the
 * privileges of the start.
 */
#include "listen_unix.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "memory.h"
#include "opt.h"
#include "str.h"

static OWN_PAGES struct {
	struct sockaddr_un sa;
	dev_t device;
	ino_t inode;
} made[OPT_LISTENS];
static size_t count;

static int make_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* A socket there is a daemon's that is gone: nobody answers. */
static bool is_stale(const struct sockaddr_un *sa)
{
	struct stat st;
	if (lstat(sa->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	int fd = make_socket();
	if (fd < 0)
		return false;
	bool refused =
		connect(fd, (const struct sockaddr *)sa, sizeof *sa) < 0 && errno == ECONNREFUSED;
	close(fd);
	return refused;
}

static bool bind_there(int fd, const struct sockaddr_un *sa)
{
	if (bind(fd, (const struct sockaddr *)sa, sizeof *sa) == 0)
		return true;
	if (errno != EADDRINUSE)
		return false;
	bool stale = is_stale(sa);
	errno = EADDRINUSE;
	return stale && unlink(sa->sun_path) == 0 &&
	       bind(fd, (const struct sockaddr *)sa, sizeof *sa) == 0;
}

int listen_unix(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct stat st;
	errno = ENAMETOOLONG;
	if (count == OPT_LISTENS || !str_copy(sa.sun_path, sizeof sa.sun_path, path))
		return -1;
	int fd = make_socket();
	if (fd < 0)
		return -1;
	if (bind_there(fd, &sa) && lstat(path, &st) == 0 && listen(fd, SOMAXCONN) == 0) {
		made[count].sa = sa;
		made[count].device = st.st_dev;
		made[count++].inode = st.st_ino;
		return fd;
	}
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Another daemon may have put its own there meanwhile. */
void listen_unix_end(void)
{
	struct stat st;
	for (size_t i = 0; i < count; i++)
		if (lstat(made[i].sa.sun_path, &st) == 0 && st.st_dev == made[i].device &&
			st.st_ino == made[i].inode)
			unlink(made[i].sa.sun_path);
	count = 0;
}
