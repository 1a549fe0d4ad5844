/*
 * text_out: any stored message, in pieces of any size into any room, against the oracle; with its
 * size and TOP. The first octet of the input chooses the sizes.
 */
#include "../unit/text_oracle.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void fuzz(const char *text, size_t n, size_t piece, size_t room)
{
	char *want = malloc(2 * n + 5), *got = malloc(2 * n + 5 + room), *to = got;
	struct text_out t = {0};
	struct text_size size = {0};
	struct text_top top = {.lines = piece % 4};
	size_t sent = 0;
	for (const char *at = text, *end = text + n; at < end;) {
		const char *stop = (size_t)(end - at) < piece ? end : at + piece;
		text_size(&size, at, stop - at);
		sent += text_top(&top, at, stop - at);
		while (at < stop) {
			const char *before = at;
			to = text_out(&t, &at, stop, to, to + room);
			if (at == before)
				abort();
		}
	}
	to = text_out_end(&t, to);
	size_t wire = oracle_out(text, n, true, want);
	if ((size_t)(to - got) != wire || memcmp(got, want, wire) != 0)
		abort();
	if (text_size_end(&size) != oracle_out(text, n, false, want))
		abort();
	if (sent != oracle_top(text, n, piece % 4))
		abort();
	free(want);
	free(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 0)
		fuzz((const char *)data + 1, n - 1, 1 + data[0] / 8, TEXT_OUT_LEAST + data[0] % 8);
	return 0;
}
