/*
 * text: a message between its stored form and the wire, by spans. Runs in fronts and keepers, after
 * the drop. RFC 5321 2.3.8, 4.1.1.4 and 4.5.2; RFC 1939 3, 7 and 11.
 */
#include "text.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

char *text_out(struct text_out *t, const char **from, const char *end, char *to, const char *to_end)
{
	const char *at = *from;
	while (at < end && to_end - to >= TEXT_OUT_LEAST) {
		if (!t->begun && *at == '.') {
			*to++ = '.';
			t->dots++;
		}
		/* One octet less than the room: behind the last may come CR LF instead of LF. */
		size_t n = least(end - at, to_end - to - 1);
		const char *lf = memchr(at, '\n', n);
		n = lf ? (size_t)(lf - at) : n;
		memcpy(to, at, n);
		at += n;
		to += n;
		if (n > 0)
			t->cr = at[-1] == '\r';
		t->begun = !lf;
		if (lf) {
			if (!t->cr)
				*to++ = '\r';
			*to++ = '\n';
			at++;
			t->cr = false;
		}
	}
	*from = at;
	return to;
}

char *text_out_end(struct text_out *t, char *to)
{
	if (t->begun && !t->cr)
		*to++ = '\r';
	if (t->begun)
		*to++ = '\n';
	*t = (struct text_out){0};
	memcpy(to, ".\r\n", 3);
	return to + 3;
}

void text_size(struct text_size *t, const char *from, size_t n)
{
	if (n == 0)
		return;
	const char *at = from, *end = from + n, *lf;
	t->octets += n;
	for (; at < end && (lf = memchr(at, '\n', end - at)) != NULL; at = lf + 1)
		t->octets += !(lf > from ? lf[-1] == '\r' : t->cr);
	t->begun = end[-1] != '\n';
	t->cr = end[-1] == '\r';
}

uint64_t text_size_end(struct text_size *t)
{
	if (t->begun)
		t->octets += t->cr ? 1 : 2;
	t->begun = t->cr = false;
	return t->octets;
}

size_t text_top(struct text_top *t, const char *from, size_t n)
{
	const char *at = from, *end = from + n;
	while (at < end && !t->done) {
		const char *lf = memchr(at, '\n', end - at);
		size_t line = (lf ? lf : end) - at;
		/* What the line holds so far: nothing, or a CR alone. */
		bool empty = line == 0 && (!t->begun || t->cr);
		bool cr = line == 1 && !t->begun && *at == '\r';
		t->begun = !lf;
		t->cr = cr;
		if (!lf)
			return n;
		if (t->body)
			t->lines--;
		else
			t->body = empty || cr;
		t->done = t->body && t->lines == 0;
		at = lf + 1;
	}
	return at - from;
}

/* What came last: */
enum {
	LINE_END, /* CR LF, or nothing yet */
	WITHIN, /* any other octet */
	CR, /* a CR, held back until the next octet tells what it is */
	DOT, /* a dot at the start of a line: dropped, whatever follows */
	DOT_CR /* such a dot and a CR */
};

/* Content up to the next LF, or all there is. */
static const char *take_line(struct text_in *t, const char *at, const char *end, char **to)
{
	const char *lf = memchr(at, '\n', end - at);
	size_t n = (lf ? lf : end) - at;
	bool cr = n > 0 && at[n - 1] == '\r';
	n -= cr;
	memmove(*to, at, n);
	*to += n;
	t->wire += n;
	if (!lf) {
		t->state = cr ? CR : WITHIN;
		return end;
	}
	*(*to)++ = '\n';
	t->wire += cr || t->accept_lf ? 2 : 1;
	t->bare_lf |= !cr;
	t->state = cr || t->chunked ? LINE_END : WITHIN;
	return lf + 1;
}

/* The octet behind a CR that was held back. False: the octet is content, still to be taken. */
static bool take_lf(struct text_in *t, char octet, char **to)
{
	if (octet != '\n') {
		t->bare_cr = true;
		t->wire++;
		t->state = WITHIN;
		return false;
	}
	if (t->state == CR) {
		*(*to)++ = '\n';
		t->wire += 2;
	} else {
		t->ended = true;
	}
	t->state = LINE_END;
	return true;
}

size_t text_in(struct text_in *t, const char *from, size_t n, char *to, size_t *out)
{
	const char *at = from, *end = from + n;
	char *put = to;
	while (at < end && !t->ended) {
		switch (t->state) {
		case LINE_END:
			t->state = *at == '.' && !t->chunked ? DOT : WITHIN;
			at += t->state == DOT;
			break;
		case DOT:
			t->state = *at == '\r' ? DOT_CR : WITHIN;
			at += t->state == DOT_CR;
			break;
		case WITHIN:
			at = take_line(t, at, end, &put);
			break;
		default:
			at += take_lf(t, *at, &put);
		}
	}
	*out = put - to;
	/* Line ends have lost their CR, so one that is left in the output was none. */
	t->bare_cr |= memchr(to, '\r', *out) != NULL;
	t->nul |= memchr(to, '\0', *out) != NULL;
	return at - from;
}

size_t text_in_end(struct text_in *t, char *to)
{
	bool whole = t->state == LINE_END;
	t->bare_cr |= t->state == CR;
	t->ended = true;
	t->state = LINE_END;
	if (whole)
		return 0;
	*to = '\n';
	t->wire += 2;
	return 1;
}
