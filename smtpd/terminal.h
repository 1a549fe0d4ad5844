/*
 * terminal: a message for a terminal, and writing it there.
 */
#ifndef SMTPD_TERMINAL_H
#define SMTPD_TERMINAL_H

#include <stddef.h>

#include "logins.h"
#include "path.h"
#include "priv.h"
#include "str.h"

/* More than fits on most screens, and less than a terminal takes at once. */
#define TERMINAL_TEXT 3584

struct terminal_message {
	const struct path *from;
	const char *ip;
	const char *text; /* as it is stored: header, blank line, body; or the body alone */
	size_t size;
};

/*
 * Makes what is shown of a message, TERMINAL_TEXT octets at most: who sent it, its subject, and its
 * body, perhaps not all. Nothing but printable ASCII, tabs, and CR LF at the ends of lines, and one
 * BEL in front.
 */
void terminal_text(const struct terminal_message *m, struct str *to);

/*
 * Writes a text to those of the terminals that are the owner's and take messages (mesg y); to none
 * if it is "". Never waits for one. Returns how many took it, or would.
 */
size_t terminal_write(struct priv_ids owner, const struct logins *at, const char *text);

#endif
