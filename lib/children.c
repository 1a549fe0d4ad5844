/*
 * children: one row for each child that serves a client, and places for a few that work aside. In
 * the accept loop's process only.
 */
#include "children.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "log.h"
#include "memory.h"
#include "settings.h"
#include "str.h"

/* The system looks at each child that lives whenever it is asked for any that has ended: of so many
 * this is not done for each end. */
#define MANY 64
#define ECHO 1500 /* ms: who asks again later than that has missed the answer */

struct child {
	pid_t pid;
	struct in6_addr host, source;
	uint16_t port;
	bool limited;
	uint64_t first;
	int64_t since; /* now_ms() */
};

/* Not in sessions: each would have a copy of the page that was written last. */
static struct child *rows;
static size_t used, cap, limit;
static bool killed;
static struct in6_addr (*source_of)(const struct net_addr *client) = net_source;
static pid_t asides[CHILDREN_ASIDE]; /* 0: none */

bool children_room(size_t wanted)
{
	if (wanted > cap) {
		struct child *more =
			memory_unforked(rows, cap * sizeof *rows, wanted * sizeof *rows);
		if (!more)
			return false;
		rows = more;
		cap = wanted;
	}
	limit = wanted;
	return true;
}

bool children_full(void)
{
	return used >= limit;
}

size_t children_count(void)
{
	size_t n = used;
	for (size_t i = 0; i < CHILDREN_ASIDE; i++)
		n += asides[i] != 0;
	return n;
}

/* Its place, or that of none (0); NULL: there is none. */
static pid_t *find_aside(pid_t pid)
{
	for (size_t i = 0; i < CHILDREN_ASIDE; i++)
		if (asides[i] == pid)
			return &asides[i];
	return NULL;
}

bool children_aside(pid_t pid)
{
	pid_t *place = find_aside(0);
	if (place)
		*place = pid;
	return place != NULL;
}

static bool same_host(const struct child *c, const struct in6_addr *host)
{
	return memcmp(&c->host, host, sizeof *host) == 0;
}

void children_by_host(void)
{
	source_of = net_key;
}

bool children_limited(const struct net_addr *client)
{
	return client->sa.sa_family != AF_UNSPEC && !net_blocks_have(&settings.xclient, client);
}

size_t children_from(const struct net_addr *client)
{
	struct in6_addr source = source_of(client);
	size_t n = 0;
	for (size_t i = 0; i < used; i++)
		n += rows[i].limited && memcmp(&rows[i].source, &source, sizeof source) == 0;
	return n;
}

static bool serves(const struct net_addr *client, uint64_t first, bool (*idle)(pid_t pid))
{
	struct in6_addr host = net_key(client);
	uint16_t port = net_port(client);
	for (size_t i = 0; i < used; i++)
		if (rows[i].port == port && rows[i].first == first && same_host(&rows[i], &host) &&
			now_ms() - rows[i].since < ECHO && !idle(rows[i].pid))
			return true;
	return false;
}

/* A child that has just ended serves nobody any more. */
bool children_serve(const struct net_addr *client, uint64_t first, bool (*idle)(pid_t pid))
{
	if (!serves(client, first, idle))
		return false;
	children_reap();
	return serves(client, first, idle);
}

void children_add(pid_t pid, const struct net_addr *client, uint64_t first)
{
	rows[used++] = (struct child){.pid = pid,
		.host = net_key(client),
		.source = source_of(client),
		.port = net_port(client),
		.limited = children_limited(client),
		.first = first,
		.since = now_ms()};
}

bool children_dismiss(const struct net_addr *source, bool (*idle)(pid_t pid))
{
	struct in6_addr host = source ? net_key(source) : (struct in6_addr){0};
	struct child *oldest = NULL;
	for (struct child *c = rows; c < rows + used; c++)
		if ((!source || same_host(c, &host)) && (!oldest || c->since < oldest->since) &&
			idle(c->pid))
			oldest = c;
	if (!oldest)
		return false;
	kill(oldest->pid, SIGTERM);
	*oldest = rows[--used];
	return true;
}

/* Returns whether it was a client's. */
static bool forget(pid_t pid)
{
	pid_t *aside = find_aside(pid);
	if (aside)
		*aside = 0;
	for (size_t i = 0; i < used; i++)
		if (rows[i].pid == pid) {
			rows[i] = rows[--used];
			return true;
		}
	return false;
}

bool children_killed(void)
{
	bool was = killed;
	killed = false;
	return was;
}

/* -1 for whoever it is. False: it, or everybody, lives. */
static bool reap(pid_t pid)
{
	int status;
	pid = waitpid(pid, &status, WNOHANG);
	if (pid <= 0)
		return false;
	bool client = forget(pid);
	killed |= client && WIFSIGNALED(status);
	if (WIFSIGNALED(status))
		log_event(LOG_ERR, "session %ld died of signal %d", (long)pid, WTERMSIG(status));
	return true;
}

void children_reap(void)
{
	int saved = errno;
	while (reap(-1))
		;
	errno = saved;
}

bool children_ended(pid_t pid)
{
	static size_t passed; /* calls since all were looked for */
	if (pid && ++passed * MANY < used && reap(pid))
		return false;
	passed = 0;
	children_reap();
	return true;
}

void children_signal(int signal)
{
	for (size_t i = 0; i < used; i++)
		kill(rows[i].pid, signal);
}
