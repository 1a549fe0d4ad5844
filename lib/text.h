/*
 * text: a message between its stored form (lines end in LF) and the wire (CRLF, dots doubled, a final dot).
 * Pure: no I/O. Works on spans found with memchr. RFC 5321 2.3.8 and 4.5.2, RFC 1939 3.
 */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Out: stored -> wire. An existing CRLF stays one; a bare CR and a NUL are data. */
struct text_out {
	bool begun;      /* not at the start of a line: what was last was no line end */
	bool cr;         /* the last octet was CR */
};

/*
 * Converts from [*from, end) into [to, to_end) until one of them is used up; moves *from and returns where
 * the output ends. At least 4 octets of room make progress.
 */
char *text_out(struct text_out *t, const char **from, const char *end, char *to, char *to_end);

/* After the last octet: CRLF if the last line lacks one, then the final dot line. Needs 5 octets of room. */
char *text_out_end(struct text_out *t, char *to);

/* Octets on the wire without dot-doubling and final dot line: what LIST says (RFC 1939 11). */
struct text_size {
	uint64_t octets;
	bool begun, cr;
};
void text_size(struct text_size *t, const char *from, size_t n);
uint64_t text_size_end(struct text_size *t);

/* How much of a stored message TOP n sends: header, blank line, n lines of the body. */
struct text_top {
	uint64_t lines; /* of the body, still to come: set by the caller */
	bool body;      /* the blank line has passed */
	bool begun, cr;   /* within a line; in the header, a CR was its only octet */
	bool done;
};
/* The octets of [from, from + n) that belong to it; sets done at the end. */
size_t text_top(struct text_top *t, const char *from, size_t n);

/* In: wire -> stored. Only CR LF . CR LF ends the message, wherever reads break it. */
struct text_in {
	unsigned char state; /* 0 at the start of a message: as at the start of a line */
	bool bare_cr, bare_lf, nul; /* seen: the message is to be refused after its end */
	bool ended;
	uint64_t wire; /* octets of the message after unstuffing, line ends as CRLF: the W of its file name */
};

/*
 * Converts [from, from + n) into `to` (room for n + 2; may not overlap unless to + 2 <= from). Returns how
 * many octets of input were used: less than n only when the message ended. *out: octets written.
 */
size_t text_in(struct text_in *t, const char *from, size_t n, char *to, size_t *out);

#endif
