/*
 * Unit test of lib/priv: under tftpd's filters, its processes can do what they are for. Transfers
 * live as they do in the daemon: forked by the loop, under both filters. `peer` is where the
 * datagrams go.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <syslog.h>

#include "child.h"
#include "log_syslog.h"

static int dir = -1; /* the test's folder */

static int has_no_sockets(void)
{
	WANT(socket(AF_UNIX, SOCK_DGRAM, 0) < 0 && errno == EACCES);
	WANT(socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EACCES);
	WANT(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0 && errno == EACCES);
	WANT(socket(AF_NETLINK, SOCK_DGRAM, 0) < 0 && errno == EACCES);
	WANT(syscall(-1L) == -1 && errno == ENOSYS);
	return 0;
}

static int has_memory(void)
{
	char *p = NULL;
	for (size_t n = 16; n < 16 << 20; n *= 4) {
		char *more = realloc(p, n);
		if (!more)
			break;
		p = more;
		memset(p, 1, n);
	}
	bool good = p && p[16] == 1;
	free(p);
	WANT(good);
	return 0;
}

static int receives(int socket, const struct sockaddr_in *peer, int file)
{
	char text[4] = "";
	struct stat st;
	struct statfs fs;
	struct mmsghdr m = {.msg_hdr = {.msg_iov = &(struct iovec){text, 3}, .msg_iovlen = 1}};
	WANT(write(file, "abc", 3) == 3 && pwrite(file, "d", 1, 3) == 1 && fsync(file) == 0);
	WANT(fdatasync(file) == 0 && fchmod(file, 0640) == 0 && ftruncate(file, 3) == 0);
	WANT(fstat(file, &st) == 0 && st.st_size == 3 && fstatfs(file, &fs) == 0);
	WANT(lseek(file, 0, SEEK_SET) == 0 && read(file, text, 3) == 3);
	WANT(pread(file, text, 3, 0) == 3 && memcmp(text, "abc", 3) == 0);
	WANT(preadv(file, &(struct iovec){text, 3}, 1, 0) == 3);
	WANT(sendto(socket, text, 3, 0, (const struct sockaddr *)peer, sizeof *peer) == 3);
	WANT(recv(socket, text, sizeof text, MSG_DONTWAIT) == 3);
	WANT(sendmmsg(socket, &m, 1, 0) < 0 && errno == EDESTADDRREQ);
	WANT(renameat(dir, "draft", dir, "file") == 0 && linkat(dir, "file", dir, "two", 0) == 0);
	WANT(unlinkat(dir, "two", 0) == 0 && unlinkat(dir, "file", 0) == 0);
	WANT(fsync(dir) == 0 && close(file) == 0);
	log_syslog_write(LOG_DEBUG, "a unit test of trivet runs");
	return 0;
}

static int receiving_child(int socket, const struct sockaddr_in *peer)
{
	priv_close_from(socket + 1, dir);
	WANT(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) == 0);
	int file = openat(dir, "draft", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	WANT(file >= 0);
	priv_filter(PRIV_RECEIVE);
	WANT(has_no_sockets() == 0 && has_memory() == 0);
	WANT(connect(socket, (const struct sockaddr *)peer, sizeof *peer) < 0 && errno == EACCES);
	return receives(socket, peer, file);
}

/* It may do much less: talk, and read what it holds. */
static int sends(int socket, const struct sockaddr_in *peer, int file)
{
	char text[4] = "";
	struct mmsghdr m = {.msg_hdr = {.msg_iov = &(struct iovec){text, 3}, .msg_iovlen = 1}};
	struct pollfd ready = {.fd = socket, .events = POLLIN};
	WANT(pread(file, text, 3, 0) == 3 && memcmp(text, "abc", 3) == 0);
	WANT(preadv(file, &(struct iovec){text, 3}, 1, 0) == 3);
	WANT(sendto(socket, text, 3, 0, (const struct sockaddr *)peer, sizeof *peer) == 3);
	WANT(ppoll(&ready, 1, NULL, NULL) == 1);
	WANT(recvfrom(socket, text, sizeof text, MSG_DONTWAIT, NULL, NULL) == 3);
	WANT(sendmmsg(socket, &m, 1, 0) < 0 && errno == EDESTADDRREQ);
	WANT(connect(socket, (const struct sockaddr *)peer, sizeof *peer) < 0 && errno == EACCES);
	WANT(syscall(-1L) == -1 && errno == ENOSYS);
	log_syslog_write(LOG_DEBUG, "a unit test of trivet runs");
	return 0;
}

static int sending_child(int socket, const struct sockaddr_in *peer)
{
	int file = openat(dir, "sent", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	WANT(write(file, "abc", 3) == 3 && unlinkat(dir, "sent", 0) == 0);
	priv_filter(PRIV_SEND);
	return sends(socket, peer, file);
}

/* As tftpd's parent does for one request; and a child that it ends. */
static int loops(void *context)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof here;
	int status;
	(void)context;
	priv_filter(PRIV_LOOP);
	WANT(has_no_sockets() == 0 && has_memory() == 0);
	WANT(syscall(435L /* clone3 */, 0, 0) < 0 && errno == ENOSYS);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	WANT(fd >= 0 && bind(fd, (struct sockaddr *)&here, sizeof here) == 0);
	WANT(getsockname(fd, (struct sockaddr *)&here, &n) == 0 && here.sin_port != 0);
	WANT(socket(AF_INET6, SOCK_DGRAM, 0) >= 0 || errno == EAFNOSUPPORT);
	FILE *f = fopen("/nowhere/at/all", "r");
	WANT(!f && errno == ENOENT && unlink("/nowhere/at/all") < 0 && errno == ENOENT);

	pid_t pid = fork();
	if (pid == 0)
		_exit(receiving_child(fd, &here));
	WANT(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	pid = fork();
	if (pid == 0)
		_exit(sending_child(fd, &here));
	WANT(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	pid = fork();
	if (pid == 0)
		_exit(poll(NULL, 0, -1));
	WANT(kill(pid, SIGTERM) == 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	WANT(WTERMSIG(status) == SIGTERM && waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD);
	return 0;
}

static void checks(int open_folder)
{
	dir = open_folder;
	log_syslog_open(_PATH_LOG, "unit", LOG_DAEMON);
	CHECK(child_good(child_run(loops, NULL)));
}

int main(void)
{
	return filter_test(checks);
}
