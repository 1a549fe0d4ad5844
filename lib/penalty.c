/*
 * penalty: failed logins of an address, and how long it has to wait. Runs in keepers, with the
 * privileges of the start.
 */
#include "penalty.h"

#include <errno.h>
#include <string.h>

#include "ledger.h"
#include "log.h"
#include "settings.h"
#include "str.h"

#define WINDOW 600000 /* milliseconds after which a failure is forgotten */
#define FILE_SIZE (sizeof(struct penalty_row) * PENALTY_ROWS)

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
		if (rows[i].failure[0] == 0) /* never used, as all behind it */
			break;
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
	struct in6_addr source = net_source(client);
	const struct penalty_row *row = &rows[find(rows, count, &source, now)];
	if (memcmp(&row->source, &source, sizeof source) != 0 || !counts(row->failure[0], now))
		return 0;
	return row->until > now ? row->until - now : 0;
}

unsigned penalty_note(struct penalty_row *rows, size_t count, const struct net_addr *client,
	int64_t began, int64_t now, uint64_t most)
{
	struct in6_addr source = net_source(client);
	struct penalty_row *row = &rows[find(rows, count, &source, now)];
	if (memcmp(&row->source, &source, sizeof source) != 0 || !counts(row->failure[0], now))
		*row = (struct penalty_row){.source = source, .failure = {now}};
	else
		memmove(row->failure + 1, row->failure,
			sizeof row->failure - sizeof row->failure[0]);
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

struct table {
	struct penalty_row *rows;
	size_t count;
	bool shared; /* or for this process alone */
	struct ledger ledger;
};

static struct table open_table(void)
{
	static struct penalty_row own;
	struct table t = {.rows = &own, .count = 1};
	t.shared = ledger_open(&t.ledger, "penalties", FILE_SIZE);
	if (t.shared) {
		t.rows = t.ledger.rows;
		t.count = PENALTY_ROWS;
	}
	return t;
}

/* Once in a process, and not before there is something to count. */
static void tell(const struct table *t)
{
	static bool told;
	if (!t->shared && !told)
		log_event(LOG_WARNING,
			"failed logins are counted for each connection alone: "
			"%s/penalties: %s",
			settings.run, strerror(errno));
	told = told || !t->shared;
}

static void close_table(struct table *t)
{
	if (t->shared)
		ledger_close(&t->ledger);
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
