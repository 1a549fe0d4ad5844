/*
 * text: a message between its stored form (lines end in LF) and the wire (CRLF, dots doubled, a
 * final dot). Pure: no I/O. Works on spans found with memchr, in pieces of any size: what a piece
 * leaves open is kept in a struct, which is all zero at the start of a message. RFC 5321 2.3.8,
 * 4.1.1.4 and 4.5.2; RFC 1939 3, 7 and 11.
 */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Out: stored -> wire. LF becomes CRLF; an existing CRLF stays one; a bare CR and a NUL are data. A
 * message whose last line has no end is sent as if a LF followed it.
 */
struct text_out {
	bool begun; /* within a line */
	bool cr; /* the last octet was CR */
	uint64_t dots; /* that were doubled */
};

#define TEXT_OUT_LEAST 3 /* octets of room that make progress */
#define TEXT_OUT_END 5 /* octets of room for text_out_end() */

/*
 * Converts from [*from, end) into [to, to_end), which may not overlap, until the input is used up
 * or fewer than TEXT_OUT_LEAST octets of room are left; moves *from and returns where the output
 * ends. An output twice as large as the input, and 2 octets, always holds all.
 */
char *text_out(
	struct text_out *t, const char **from, const char *end, char *to, const char *to_end);

/* After the last octet: the missing line end, then the final dot line. Returns where it ends, ready
 * for the next message. */
char *text_out_end(struct text_out *t, char *to);

/* Octets on the wire without doubled dots and the final dot line: what LIST says (RFC 1939 11). */
struct text_size {
	uint64_t octets;
	bool begun, cr; /* as in text_out */
};
void text_size(struct text_size *t, const char *from, size_t n);
uint64_t text_size_end(struct text_size *t); /* with the missing line end; then `octets` */

/* How much of a stored message TOP n sends: header, blank line, n lines of the body. */
struct text_top {
	uint64_t lines; /* of the body, still to come: set by the caller */
	bool body; /* the blank line has passed */
	bool begun, cr; /* within a line; a CR is all it holds so far */
	bool done; /* the rest of the message is not wanted */
};
/* The octets of [from, from + n) that belong to it: fewer than n only when done. */
size_t text_top(struct text_top *t, const char *from, size_t n);

/* In: wire -> stored. Only CR LF . CR LF ends the message, wherever reads break it. */
struct text_in {
	bool chunked; /* set by the caller: dots mean nothing, text_in_end() tells the end */
	bool accept_lf; /* set by the caller: a bare LF is a line end as far as `wire` goes */
	unsigned char state; /* 0 at the start of a message: as at the start of a line */
	bool bare_cr, bare_lf, nul; /* seen: the message is to be refused after its end */
	bool ended;
	uint64_t wire; /* octets of the message with its CRLFs, without stuffed dots and the final
			  line: the W of its file name */
};

/*
 * Converts [from, from + n) into `to`, which has room for n octets and is either `from` itself (the
 * reader's buffer, converted in place) or does not overlap. Returns how many octets of input were
 * used: less than n only when the message ended. *out: octets written.
 *
 * A lone CR or LF never ends a line or the message, and no dot behind it is taken away. Once
 * bare_cr, bare_lf or nul is set the output is worth nothing and need not be kept; only the end,
 * the flags and `wire` still count.
 */
size_t text_in(struct text_in *t, const char *from, size_t n, char *to, size_t *out);

/* The end of a message in chunks: gives a last line without a line end one. Octets written to `to`,
 * at most one. */
size_t text_in_end(struct text_in *t, char *to);

#endif
