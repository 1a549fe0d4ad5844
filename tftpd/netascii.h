/*
 * netascii: text as it travels (RFC 1350, RFC 764): LF as CR LF, CR as CR NUL. Pure; the state
 * carries a pair over the edge of a block.
 */
#ifndef TFTPD_NETASCII_H
#define TFTPD_NETASCII_H

#include <stdbool.h>
#include <stddef.h>

struct netascii {
	bool pending; /* out: `octet` is still to be written; in: a CR was last */
	char octet;
};

/* Converts [*from, end) into at most `room` octets at `to`; moves *from; returns how many it wrote.
 */
size_t netascii_out(
	struct netascii *state, const char **from, const char *end, char *to, size_t room);

/* Converts n octets from the wire; `to` has room for n + 1. Returns how many it wrote. */
size_t netascii_in(struct netascii *state, const char *from, size_t n, char *to);

/* After the last octet: a CR that nothing followed. `to` has room for 1. */
size_t netascii_in_end(struct netascii *state, char *to);

#endif
