/*
 * text: messages in chunks, and bare LF as a line end, against an oracle that looks at each octet:
 * all short messages, cut at every place.
 */
#include "unit.h"

#include <stdlib.h>

#include "text.h"

#define SHORT 7 /* octets of the longest message */

struct chunked {
	char stored[SHORT + 1];
	size_t len;
	uint64_t wire;
	bool bare_cr, bare_lf, nul;
};

static struct chunked oracle(const char *text, size_t n, bool accept_lf)
{
	struct chunked o = {0};
	for (size_t i = 0; i < n; i++) {
		bool whole = text[i] == '\r' && i + 1 < n && text[i + 1] == '\n';
		i += whole;
		o.bare_cr |= text[i] == '\r';
		o.bare_lf |= text[i] == '\n' && !whole;
		o.nul |= text[i] == '\0';
		o.wire += whole || (text[i] == '\n' && accept_lf) ? 2 : 1;
		o.stored[o.len++] = text[i];
	}
	if (o.len > 0 && o.stored[o.len - 1] != '\n') {
		o.wire += 2;
		o.stored[o.len++] = '\n';
	}
	return o;
}

static bool is_right(const char *text, size_t n, size_t cut, bool accept_lf)
{
	struct chunked o = oracle(text, n, accept_lf);
	struct text_in t = {.chunked = true, .accept_lf = accept_lf};
	char got[SHORT + 1];
	size_t len = 0, more = 0;
	bool good = text_in(&t, text, cut, got, &len) == cut;
	good = good && text_in(&t, text + cut, n - cut, got + len, &more) == n - cut;
	good = good && !t.ended;
	len += more;
	len += text_in_end(&t, got + len);
	good = good && t.ended && t.bare_cr == o.bare_cr && t.bare_lf == o.bare_lf &&
	       t.nul == o.nul;
	if (o.bare_cr || o.nul || (o.bare_lf && !accept_lf))
		return good; /* the rest is worth nothing */
	return good && t.wire == o.wire && len == o.len && memcmp(got, o.stored, len) == 0;
}

static void check_all(bool accept_lf)
{
	static const char alphabet[5] = {'\r', '\n', '.', 'a', '\0'};
	for (size_t n = 0, count = 1; n < SHORT; n++, count *= sizeof alphabet) {
		bool good = true;
		for (size_t code = 0; code < count; code++) {
			char text[SHORT];
			for (size_t i = 0, rest = code; i < n; i++, rest /= sizeof alphabet)
				text[i] = alphabet[rest % sizeof alphabet];
			for (size_t cut = 0; cut <= n; cut++)
				good = good && is_right(text, n, cut, accept_lf);
		}
		CHECK(good);
	}
}

/* With dots: what LF does not become. */
static void check_dots(void)
{
	static const char text[] = "a\n.\n..b\n.\r\n\r\n.\r\nQUIT";
	char got[sizeof text];
	size_t len;
	struct text_in t = {.accept_lf = true};
	CHECK(text_in(&t, text, sizeof text - 1, got, &len) == sizeof text - 1 - 4);
	CHECK(t.ended && t.bare_lf && !t.bare_cr && !t.nul);
	CHECK(len == 11 && memcmp(got, "a\n.\n..b\n.\n\n", len) == 0);
	CHECK(t.wire == 16);
}

int main(void)
{
	check_all(false);
	check_all(true);
	check_dots();
	return unit_end();
}
