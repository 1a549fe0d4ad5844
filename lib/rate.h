/*
 * rate: how many messages a source may send in a time, by the setting `rate`, over all its
 * connections.
 *
 * A source is what penalty.h counts by. With N messages a period it may send N at once; each of
 * them is forgotten a period divided by N later. The counts are in a file in the setting `run`,
 * which keepers alone write; where there is none to be had a process counts for itself, and logs
 * that.
 */
#ifndef LIB_RATE_H
#define LIB_RATE_H

#include <stdbool.h>

#include "net.h"
#include "settings.h"

#define RATE_ROWS 4096 /* sources that are remembered; then the one that has waited is forgotten   \
			*/

struct rate_row {
	struct in6_addr source;
	int64_t used; /* until when what it has sent counts: microseconds of the clock of now_ms()
		       */
};

/* The rows alone, at any time: counts one more message, if that is within the rate. */
bool rate_note(struct rate_row *rows, size_t count, const struct net_addr *client,
	struct settings_rate rate, int64_t now);

/* By the file, and the setting. A client of no known address has no limit. */
bool rate_take(const struct net_addr *client);

#endif
