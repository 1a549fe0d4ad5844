/*
 * netascii: text between its stored form and the wire. Pure; runs in the transfer's child. RFC 1350
 * (mode netascii), RFC 764.
 */
#include "netascii.h"

size_t netascii_out(
	struct netascii *state, const char **from, const char *end, char *to, size_t room)
{
	size_t n = 0;

	while (n < room && (state->pending || *from < end)) {
		char c = state->pending ? state->octet : *(*from)++;

		to[n++] = c == '\n' && !state->pending ? '\r' : c;
		state->pending = !state->pending && (c == '\r' || c == '\n');
		state->octet = c == '\n' ? '\n' : '\0';
	}
	return n;
}

/* CR LF is an LF, CR NUL a CR. A CR before anything else is kept: some clients send text as it is.
 */
size_t netascii_in(struct netascii *state, const char *from, size_t n, char *to)
{
	char *start = to;

	for (; n > 0; n--, from++) {
		bool cr = state->pending;

		state->pending = *from == '\r';
		if (cr && *from != '\n')
			*to++ = '\r';
		if (!state->pending && !(cr && *from == '\0'))
			*to++ = *from;
	}
	return (size_t)(to - start);
}

size_t netascii_in_end(struct netascii *state, char *to)
{
	bool cr = state->pending;

	state->pending = false;
	*to = '\r';
	return cr;
}
