/*
 * listen: the sockets that a daemon serves: made by itself, or handed over by inetd, xinetd or
 * systemd.
 */
#ifndef LIB_LISTEN_H
#define LIB_LISTEN_H

#include "opt.h"
#include "serve.h"

#define LISTEN_MAX (2 * OPT_LISTENS)

struct listeners {
	int fd[LISTEN_MAX];
	size_t count;
};

/* What was handed over at the start. */
enum handed {
	HANDED_CLIENT, /* one client, on *fd (and for two pipes, a terminal or the like, on 0 and 1)
			*/
	HANDED_LISTENERS /* sockets to accept from, or to receive datagrams on */
};

/* First of all: takes LISTEN_FDS if LISTEN_PID is ours. The first descriptor behind what was handed
 * over. */
int listen_claim(void);

/*
 * Next: sockets are not to become 0, 1 or 2 where these came closed. And where standard error is
 * the client's socket (inetd), nothing is to reach it but the protocol, whoever writes: then it
 * becomes /dev/null, and this is true.
 */
bool listen_secure_standard(void);

/*
 * Without -D: what was claimed, else descriptor 0. Dies with 64 when there is
 * nothing that a service of this kind could serve.
 */
enum handed listen_handed(const struct service *service, struct listeners *l, int *fd);

/* With -D: on the addresses and paths of -l, or on the service's port of all addresses, with -S of
 * loopback; prints where. Dies with 69. */
void listen_open(const struct service *service, const struct opt *opt, struct listeners *l);

/* A datagram socket tells where each datagram was sent to, and keeps as many that have not been
 * read as a crowd sends, or as the system lets it. */
void listen_for_datagrams(int fd);

#endif
