/*
 * text_in: any octets from the wire, in pieces of any size, in place and not, against the oracle.
 * The first octet of the input chooses the size of the pieces and the buffer.
 */
#include "../unit/text_oracle.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void fuzz(const char *text, size_t n, size_t piece, bool in_place)
{
	char *want = malloc(n + 1), *from = malloc(n + 1), *got = malloc(n + 1);
	struct oracle_in o = oracle_in(memcpy(from, text, n), n, want);
	struct text_in t = {0};
	size_t used = 0, len = 0;
	while (used < n && !t.ended) {
		size_t some = n - used < piece ? n - used : piece, out;
		char *to = in_place ? from + used : got + len;
		size_t took = text_in(&t, from + used, some, to, &out);
		if (took > some || (took < some && !t.ended) || out > took)
			abort();
		memmove(got + len, to, out);
		used += took;
		len += out;
	}
	if (used != o.used || t.ended != o.ended || (t.ended && t.wire != o.wire))
		abort();
	if (t.bare_cr != o.bare_cr || t.bare_lf != o.bare_lf || t.nul != o.nul)
		abort();
	if (!t.bare_cr && !t.bare_lf && !t.nul && (len != o.len || memcmp(got, want, len) != 0))
		abort();
	free(want);
	free(from);
	free(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 0)
		fuzz((const char *)data + 1, n - 1, 1 + data[0] / 2, data[0] % 2);
	return 0;
}
