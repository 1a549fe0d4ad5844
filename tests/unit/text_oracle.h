/*
 * text_oracle: what lib/text should do, byte by byte over a whole message, without any state
 * between pieces. Shared by the unit test and the fuzz targets.
 */
#ifndef TESTS_TEXT_ORACLE_H
#define TESTS_TEXT_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The wire form with the final dot line; `stuff` false: as LIST counts it. Room: 2 n + 5. */
static inline size_t oracle_out(const char *text, size_t n, bool stuff, char *to)
{
	size_t len = 0;
	char last = '\n';
	for (size_t i = 0; i <= n; i++) {
		if (i == n && last == '\n')
			break;
		char c = i < n ? text[i] : '\n';
		if (stuff && c == '.' && last == '\n')
			to[len++] = '.';
		if (c == '\n' && last != '\r')
			to[len++] = '\r';
		to[len++] = last = c;
	}
	for (const char *c = stuff ? ".\r\n" : ""; *c; c++)
		to[len++] = *c;
	return len;
}

/* Octets of the message that TOP sends. */
static inline size_t oracle_top(const char *text, size_t n, uint64_t lines)
{
	bool body = false;
	size_t start = 0;
	for (size_t i = 0; i < n && (!body || lines > 0); i++) {
		if (text[i] != '\n')
			continue;
		if (body)
			lines--;
		body |= i == start || (i == start + 1 && text[start] == '\r');
		start = i + 1;
	}
	return body && lines == 0 ? start : n;
}

struct oracle_in {
	bool ended, bare_cr, bare_lf, nul;
	size_t used; /* octets up to the end, with the final line */
	size_t len; /* octets of the stored form */
	uint64_t wire; /* when ended */
};

/* Whether text[0, i) ends in CRLF or is empty. */
static inline bool oracle_line_start(const char *text, size_t i)
{
	return i == 0 || (i >= 2 && text[i - 2] == '\r' && text[i - 1] == '\n');
}

/* Octets in front of the final line, or n if there is none. */
static inline size_t oracle_end(const char *text, size_t n)
{
	for (size_t i = 0; i + 3 <= n; i++)
		if (oracle_line_start(text, i) && text[i] == '.' && text[i + 1] == '\r' &&
			text[i + 2] == '\n')
			return i;
	return n;
}

/* The stored form, in `to`; of a message that has not ended, what is certain of it. Room: n. */
static inline struct oracle_in oracle_in(const char *text, size_t n, char *to)
{
	struct oracle_in o = {0};
	size_t content = oracle_end(text, n);
	o.ended = content < n;
	o.used = o.ended ? content + 3 : n;
	for (size_t i = 0; i < content; i++) {
		char c = text[i];
		if (c == '.' && oracle_line_start(text, i))
			continue;
		o.wire++;
		o.nul |= c == '\0';
		o.bare_lf |= c == '\n' && (i == 0 || text[i - 1] != '\r');
		if (c == '\r' && i + 1 == n)
			break;
		if (c == '\r' && i + 1 < content && text[i + 1] == '\n')
			continue;
		o.bare_cr |= c == '\r';
		to[o.len++] = c;
	}
	return o;
}

#endif
