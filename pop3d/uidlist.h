/*
 * uidlist: the unique ids that another server gave, in the lists that it left in a Maildir: Dovecot
 * (dovecot-uidlist) and Courier (courierpop3dsizelist). Pure: no I/O.
 */
#ifndef POP3D_UIDLIST_H
#define POP3D_UIDLIST_H

#include <stdbool.h>
#include <stdint.h>

#define UIDL_TEXT 71 /* room for a unique id (RFC 1939 7) */

/* 1 to 70 octets from 0x21 to 0x7E (RFC 1939 7). */
bool uidlist_legal(const char *uidl);

/*
 * Dovecot's pop3_uidl_format: text with %u (uid), %v (uidvalidity), %f (base name) and %g (guid);
 * between % and letter may stand 0 and a width, and X (hexadecimal), L and U (case). False:
 * something else.
 */
bool uidlist_format(const char *format);

struct uidlist {
	const char *format; /* Dovecot's, set by the caller */
	uint64_t validity;
	bool extended; /* Dovecot's version 3 */
};

struct uidlist_kind {
	const char *file;
	/* Lines are cut up. The first one; false: not such a list. */
	bool (*begin)(struct uidlist *l, char *line);
	/* One of the others: the base name, pointing into it, and the id; NULL when there is no
	 * sense in it, or no legal id. */
	const char *(*line)(const struct uidlist *l, char *line, char uidl[UIDL_TEXT]);
};

/* In order of preference; ends with a NULL file. */
extern const struct uidlist_kind uidlist_kinds[];

#endif
