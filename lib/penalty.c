/*
 * penalty: failed logins of an address, and how long it has to wait. Runs in keepers, with the
 * privileges of the start.
 */
#include "penalty.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "settings.h"
#include "str.h"

#define WINDOW 600000 /* milliseconds after which a failure is forgotten */
#define FILE_SIZE (sizeof(struct penalty_row) * PENALTY_ROWS)

static struct in6_addr source_of(const struct net_addr *client)
{
	struct in6_addr source = net_key(client);
	if (!IN6_IS_ADDR_V4MAPPED(&source))
		memset(source.s6_addr + 8, 0, 8);
	return source;
}

/* The last failure; what lies ahead is of another clock, from before the machine was started. */
static int64_t last(const struct penalty_row *row, int64_t now)
{
	return row->failure[0] <= now ? row->failure[0] : 0;
}

/* The source's row, or the one to be its: free, or with the failure that is the longest ago. */
static size_t find(
	const struct penalty_row *rows, size_t count, const struct in6_addr *source, int64_t now)
{
	size_t oldest = 0;
	for (size_t i = 0; i < count; i++) {
		if (memcmp(&rows[i].source, source, sizeof *source) == 0)
			return i;
		if (last(&rows[i], now) < last(&rows[oldest], now))
			oldest = i;
	}
	return oldest;
}

static bool counts(int64_t failure, int64_t now)
{
	return failure > 0 && failure <= now && now - failure < WINDOW;
}

int64_t penalty_left(
	const struct penalty_row *rows, size_t count, const struct net_addr *client, int64_t now)
{
	struct in6_addr source = source_of(client);
	const struct penalty_row *row = &rows[find(rows, count, &source, now)];
	if (memcmp(&row->source, &source, sizeof source) != 0 || !counts(row->failure[0], now))
		return 0;
	return row->until > now ? row->until - now : 0;
}

unsigned penalty_note(struct penalty_row *rows, size_t count, const struct net_addr *client,
	int64_t began, int64_t now, uint64_t most)
{
	struct in6_addr source = source_of(client);
	struct penalty_row *row = &rows[find(rows, count, &source, now)];
	if (memcmp(&row->source, &source, sizeof source) != 0 || !counts(row->failure[0], now))
		*row = (struct penalty_row){.source = source};
	memmove(row->failure + 1, row->failure, sizeof row->failure - sizeof row->failure[0]);
	row->failure[0] = now;
	unsigned n = 0;
	while (n < PENALTY_DEPTH && counts(row->failure[n], now))
		n++;
	uint64_t seconds = 1ULL << n < most ? 1ULL << n : most;
	int64_t until = began + (int64_t)seconds * 1000;
	if (row->until < until)
		row->until = until;
	return (unsigned)seconds;
}

/* The file, locked until it is closed; 0 and errno when there is none that could be believed. */
static int open_file(void)
{
	char path[1024];
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat st;
	struct str s;
	str_init(&s, path, sizeof path);
	str_addf(&s, "%s/penalties", settings.run);
	errno = ENAMETOOLONG;
	int fd = s.cut ? -1 : open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	int locked;
	do
		locked = fcntl(fd, F_SETLKW, &all);
	while (locked < 0 && errno == EINTR);
	if (locked == 0 && fstat(fd, &st) == 0) {
		if (S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 022) &&
			((size_t)st.st_size == FILE_SIZE || ftruncate(fd, FILE_SIZE) == 0))
			return fd;
		errno = EINVAL;
	}
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

struct table {
	struct penalty_row *rows;
	size_t count;
	int fd; /* -1: for this process alone */
};

static struct table open_table(void)
{
	static struct penalty_row own;
	struct table t = {.count = PENALTY_ROWS, .fd = open_file()};
	if (t.fd >= 0) {
		t.rows = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, t.fd, 0);
		if (t.rows != MAP_FAILED)
			return t;
		int saved = errno;
		close(t.fd);
		errno = saved;
	}
	return (struct table){.rows = &own, .count = 1, .fd = -1};
}

/* Once in a process, and not before there is something to count. */
static void tell(const struct table *t)
{
	static bool told;
	if (t->fd < 0 && !told)
		log_event(LOG_WARNING,
			"failed logins are counted for each connection alone: "
			"%s/penalties: %s",
			settings.run, strerror(errno));
	told = told || t->fd < 0;
}

static void close_table(const struct table *t)
{
	if (t->fd < 0)
		return;
	munmap(t->rows, FILE_SIZE);
	close(t->fd);
}

static bool exempt(const struct net_addr *client)
{
	return settings.auth_penalty == 0 || client->sa.sa_family == AF_UNSPEC;
}

int64_t penalty_due(const struct net_addr *client)
{
	if (exempt(client))
		return 0;
	struct table t = open_table();
	int64_t left = penalty_left(t.rows, t.count, client, now_ms());
	int64_t most = (int64_t)settings.auth_penalty * 1000;
	close_table(&t);
	return left < most ? left : most;
}

unsigned penalty_add(const struct net_addr *client, int64_t began)
{
	if (exempt(client))
		return 0;
	struct table t = open_table();
	tell(&t);
	unsigned seconds =
		penalty_note(t.rows, t.count, client, began, now_ms(), settings.auth_penalty);
	close_table(&t);
	return seconds;
}
