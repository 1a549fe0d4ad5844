/*
 * rate: how many messages a source may send in a time. Runs in keepers, with the privileges of the
 * start.
 */
#include "rate.h"

#include <errno.h>
#include <string.h>

#include "ledger.h"
#include "log.h"
#include "str.h"

/* What lies further ahead than a period is of another clock, from before the machine was started.
 */
static int64_t used(const struct rate_row *row, int64_t latest)
{
	return row->used <= latest ? row->used : 0;
}

/* The source's row, or the one to be its: that which is free soonest. */
static struct rate_row *find(
	struct rate_row *rows, size_t count, const struct in6_addr *source, int64_t latest)
{
	struct rate_row *first = rows;
	for (size_t i = 0; i < count; i++) {
		if (memcmp(&rows[i].source, source, sizeof *source) == 0)
			return &rows[i];
		if (used(&rows[i], latest) < used(first, latest))
			first = &rows[i];
	}
	*first = (struct rate_row){.source = *source};
	return first;
}

/* In microseconds, so that a thousand messages a second are told apart. */
bool rate_note(struct rate_row *rows, size_t count, const struct net_addr *client,
	struct settings_rate rate, int64_t now)
{
	struct in6_addr source = net_source(client);
	int64_t period = (int64_t)rate.seconds * 1000000, each = period / (int64_t)rate.count;
	int64_t latest = now * 1000 + period;
	struct rate_row *row = find(rows, count, &source, latest);
	int64_t from = used(row, latest) > now * 1000 ? row->used : now * 1000;
	if (from + each > latest)
		return false;
	row->used = from + each;
	return true;
}

/* Once in a process. */
static void tell(void)
{
	static bool told;
	if (!told)
		log_event(LOG_WARNING,
			"messages are counted for each connection alone: %s/rates: %s",
			settings.run, strerror(errno));
	told = true;
}

bool rate_take(const struct net_addr *client)
{
	static struct rate_row own;
	struct ledger l;
	if (settings.rate.count == 0 || client->sa.sa_family == AF_UNSPEC)
		return true;
	if (!ledger_open(&l, "rates", sizeof(struct rate_row) * RATE_ROWS)) {
		tell();
		return rate_note(&own, 1, client, settings.rate, now_ms());
	}
	bool within = rate_note(l.rows, RATE_ROWS, client, settings.rate, now_ms());
	ledger_close(&l);
	return within;
}
