/*
 * serve: the only accept loop. Listens, or takes what inetd, xinetd or systemd hands over; admits;
 * forks a child per client; reaps; reloads; ends gracefully.
 */
#ifndef LIB_SERVE_H
#define LIB_SERVE_H

#include "net.h"
#include "settings.h"

/* One client, as a session sees it, however it arrived. */
struct peer {
	int in, out; /* the connection; the same descriptor for a socket. Datagrams: the service's
			socket */
	struct net_addr remote; /* AF_UNSPEC: not known (a terminal, a pipe) */
	struct net_addr local; /* for a datagram, the address it was sent to, which answers must
				  come from */
	char ip[NET_TEXT]; /* of remote, "-" if not known */
	/* The first datagram, of datagram services. Not terminated. */
	char *data;
	size_t length;
	bool multicast; /* it was sent to a broadcast or multicast address */
};

enum serve_next {
	SERVE_DONE, /* dealt with in the loop, or to be ignored */
	SERVE_FORK /* wants a child, which runs session() */
};

struct opt_flag; /* opt.h */

struct service {
	const char *name; /* pop3d */
	enum program program;
	const char *summary; /* one line for the usage text */
	const char *operands; /* "[ROOT ...]", or NULL when it takes none */
	const struct opt_flag *flags; /* its command line, ends with letter 0 */
	/* Its next letter, as getopt(3) says it, for one with long options; NULL: getopt(3)'s. */
	int (*next)(int argc, char *const *argv, const char *letters);
	int type; /* SOCK_STREAM or SOCK_DGRAM */
	/* serve_stream or serve_datagram, as the type is. */
	bool (*take)(const struct service *service, int socket);
	int facility; /* of syslog */
	uint16_t port; /* 0: there is none, -l has to say it */
	uint16_t sink_port; /* with -S, which a service without accounts has not */
	/* Said to a client over a limit, to one from a denied network, and nothing if NULL.
	 * Streams. */
	const char *busy, *denied;
	/*
	 * Before the first client: checks what the settings lead to, and takes the operands; dies
	 * when it cannot serve. Runs with the privileges of the start, also under inetd. May be
	 * NULL.
	 */
	void (*prepare)(char **operands);
	/* With -n: tells what the operands lead to, on standard output; its result is the exit
	 * status. NULL: operands mean nothing to -n; else they mean nothing without it, but with -S
	 * are prepare()'s. */
	int (*explain)(char **operands);
	/* With -q: tells on standard output what a request would lead to; its result is the exit
	 * status. */
	int (*query)(const char *request, char **operands);
	/* After the sockets are bound and before a byte is read: a datagram service gives up its
	 * rights here. The settings file, read again on SIGHUP, must stay within reach. */
	void (*confine)(const char *settings_file);
	/* At the beginning of each child: closes what is for the loop alone. May be NULL. */
	void (*begin)(void);
	/* On SIGHUP, behind the settings: reads again what else there is. May be NULL. */
	void (*reload)(void);
	/* Datagrams: judged in the loop; must be bounded and quick. */
	enum serve_next (*request)(struct peer *peer);
	/* Datagrams: tells a client that wanted a child that there are too many. May be NULL. */
	void (*refuse)(const struct peer *peer);
	/* Its sessions keep the loop's signals blocked, with handlers that do nothing there: they
	 * last a moment, run no programs, and may have a ppoll() interrupted. */
	bool deaf;
	/* In the forked child; its result is the exit status. */
	int (*session)(const struct peer *peer);
	/* On SIGUSR1: logs how it goes. NULL: the signal means nothing. */
	void (*report)(void);
	/* In the loop, after a signal has killed a session. False: not done, and to be called again
	 * when something has happened. May be NULL. */
	bool (*killed)(void);
	/* In the loop, after the child was forked or could not be: closes what request() opened. */
	void (*release)(void);
};

/* In the loop, or at the end of confine(): does that in a child without the sockets; its result is
 * the exit status. False: there is no room now, and nothing happens. */
bool serve_aside(int (*work)(void));

/* Takes the next client of this socket. False: there is none, or no room, now. */
bool serve_stream(const struct service *service, int socket);
bool serve_datagram(const struct service *service, int socket);

/*
 * In a session of datagrams: from now on it stays for courtesy alone, or does so no more. One that
 * does makes room for a client over a limit: SIGTERM tells it. Its client's request that comes
 * again is a new one.
 */
void serve_idle(bool idle);

/*
 * In a session of datagrams whose own socket `fd` has the service's port: this one of its client is
 * nothing to it, and is served next, by the loop.
 */
void serve_return(const struct peer *peer, int fd, const void *datagram, size_t n);

/* main() of a daemon. */
int serve(const struct service *service, int argc, char **argv);

/* In request(): takes what has come to this socket, and serves it next as if it had come to the
 * service's. */
void serve_drain(int fd);

#endif
