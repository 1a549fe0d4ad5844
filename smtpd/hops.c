/*
 * hops: counts Received fields. Runs in the front, in the jail. RFC 5321 6.3.
 */
#include "hops.h"

#include <string.h>
#include <strings.h>

void hops_count(struct hops *h, const char *octets, size_t n)
{
	const char *at = octets, *end = octets + n;
	while (at < end && !h->body) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t line = (size_t)((lf ? lf : end) - at), room = HOPS_FIELD - h->begun;
		size_t some = line < room ? line : room;
		memcpy(h->line + h->begun, at, some);
		h->begun += some;
		if (!lf)
			return;
		h->body = h->begun == 0;
		h->count += h->begun == HOPS_FIELD &&
			    strncasecmp(h->line, "Received:", HOPS_FIELD) == 0;
		h->begun = 0;
		at = lf + 1;
	}
}
