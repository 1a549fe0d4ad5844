/*
 * listen: the sockets that a daemon serves. Runs at start, with the privileges of the start.
 */
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "listen_unix.h"
#include "log.h"
#include "str.h"
#include "udp.h"

#define CROWD (1 << 20) /* octets of requests that may wait: a room of machines boots at once */
#define FIRST_HANDED 3 /* where systemd puts them */

static int socket_option(int fd, int option)
{
	int value = -1;
	socklen_t n = sizeof value;
	return getsockopt(fd, SOL_SOCKET, option, &value, &n) == 0 ? value : -1;
}

static size_t handed; /* descriptors that systemd (or a tool like it) gave to this very process */

int listen_claim(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t p, n = 0;
	if (pid && fds && str_number(pid, INT32_MAX, &p) && (pid_t)p == getpid() &&
		str_number(fds, LISTEN_MAX, &n))
		handed = (size_t)n;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return FIRST_HANDED + (int)handed;
}

bool listen_secure_standard(void)
{
	struct stat in, err;
	int null;
	do
		null = open("/dev/null", O_RDWR);
	while (null >= 0 && null <= STDERR_FILENO);
	bool mute = fstat(STDIN_FILENO, &in) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
		    S_ISSOCK(err.st_mode) && err.st_dev == in.st_dev && err.st_ino == in.st_ino;
	if (mute)
		dup2(null, STDERR_FILENO);
	close(null);
	return mute;
}

static bool to_be_served(const struct service *service, int fd)
{
	if (service->type == SOCK_DGRAM)
		return socket_option(fd, SO_TYPE) == SOCK_DGRAM;
	return socket_option(fd, SO_TYPE) == SOCK_STREAM && socket_option(fd, SO_ACCEPTCONN) == 1;
}

static void add(struct listeners *l, int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	l->fd[l->count++] = fd;
}

/* inetd's socket is standard output as well, which no session is to have. */
static void forget_copy(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null >= 0 && socket_option(STDOUT_FILENO, SO_TYPE) >= 0)
		dup2(null, STDOUT_FILENO);
	close(null);
}

enum handed listen_handed(const struct service *service, struct listeners *l, int *fd)
{
	int first = handed > 0 ? FIRST_HANDED : STDIN_FILENO;
	if (to_be_served(service, first)) {
		for (int i = first; i < first + (handed > 0 ? (int)handed : 1); i++) {
			if (!to_be_served(service, i))
				die(EX_USAGE, "descriptor %d is no socket that it could serve", i);
			add(l, i);
		}
		if (handed == 0)
			forget_copy();
		return HANDED_LISTENERS;
	}
	if (service->type == SOCK_DGRAM || fcntl(first, F_GETFD) < 0)
		die(EX_USAGE, "no client on descriptor %d: start it with -D, or from inetd", first);
	*fd = first;
	return HANDED_CLIENT;
}

/* False and errno when the address cannot be had. */
static bool open_one(const struct service *service, const struct net_addr *a, struct listeners *l)
{
	char text[NET_TEXT];
	struct net_addr bound;
	int fd = net_listen(a, service->type);
	if (fd < 0)
		return false;
	l->fd[l->count++] = fd;
	net_local(fd, &bound);
	fprintf(stderr, "listening on %s\n", net_text(&bound, text));
	return true;
}

static void must_open(const struct service *service, const struct net_addr *a, struct listeners *l)
{
	char text[NET_TEXT];
	if (!open_one(service, a, l))
		die(EX_UNAVAILABLE, "cannot listen on %s: %s", net_text(a, text), strerror(errno));
}

/* An address of IPv4, and its like of IPv6, on the same port, where the system has it. */
static void open_both(const struct service *service, const char *v4, const char *v6, uint16_t port,
	struct listeners *l)
{
	struct net_addr a;
	bool also = strcmp(settings.family, "ipv6") != 0;
	if (also) {
		net_parse(v4, port, &a);
		must_open(service, &a, l);
		net_local(l->fd[l->count - 1], &a);
		port = net_port(&a);
	}
	if (strcmp(settings.family, "ipv4") == 0)
		return;
	net_parse(v6, port, &a);
	if (also && open_one(service, &a, l))
		return;
	if (!also || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL))
		must_open(service, &a, l);
}

static void open_any(const struct service *service, uint16_t port, struct listeners *l)
{
	open_both(service, "0.0.0.0", "::", port, l);
}

static void open_path(const char *path, struct listeners *l)
{
	int fd = listen_unix(path);
	if (fd < 0)
		die(EX_UNAVAILABLE, "cannot listen on %s: %s", path, strerror(errno));
	l->fd[l->count++] = fd;
	fprintf(stderr, "listening on %s\n", path);
}

/* A service without a port of its own must be told one, be it 0. */
static bool parse(uint16_t port, const char *text, struct net_addr *a)
{
	struct net_addr other;
	return net_parse(text, port, a) &&
	       (port || (net_parse(text, 1, &other) && net_port(a) == net_port(&other)));
}

static void open_named(
	const struct service *service, uint16_t port, const char *text, struct listeners *l)
{
	const char *digits = text + (text[0] == ':');
	bool port_only = digits[strspn(digits, "0123456789")] == '\0'; /* but not ::1 */
	unsigned shown = port ? port : 24;
	struct net_addr a;
	if (text[0] == '/' && service->type == SOCK_STREAM) {
		open_path(text, l);
		return;
	}
	if (!parse(port, text, &a))
		die(EX_USAGE, "\"%s\" is not an address like 127.0.0.1:%u or [::1]:%u", text, shown,
			shown);
	if (port_only)
		open_any(service, net_port(&a), l);
	else
		must_open(service, &a, l);
}

void listen_open(const struct service *service, const struct opt *opt, struct listeners *l)
{
	uint16_t port = opt->sink ? service->sink_port : service->port;
	for (size_t i = 0; i < opt->listens; i++)
		open_named(service, port, opt->listen[i], l);
	if (opt->listens > 0)
		return;
	if (port == 0)
		die(EX_USAGE, "where to listen has to be said with -l");
	if (opt->sink)
		open_both(service, "127.0.0.1", "::1", port, l);
	else
		open_any(service, port, l);
}

void listen_for_datagrams(int fd)
{
	int on = 1;
	struct net_addr a;
	struct priv_ids user = daemon_user();
	/* Only sockets of one user can share a port (udp_share()). */
	if (priv_root() && fchown(fd, user.uid, user.gid) < 0)
		log_event(LOG_WARNING, "fchown of a socket: %s", strerror(errno));
	net_local(fd, &a);
	if (a.sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
	/* Also for an IPv6 socket that takes IPv4 as well; elsewhere it fails and nothing is lost.
	 */
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
	udp_room(fd, CROWD);
}
