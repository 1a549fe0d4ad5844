/*
 * seen: a set of texts: what has been looked up, and where mail goes to already.
 */
#ifndef SMTPD_SEEN_H
#define SMTPD_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#define SEEN_CHAINS 256

struct seen {
	struct seen_text *chain[SEEN_CHAINS];
	bool failed; /* out of memory */
};

/* Puts it in. False: it was there; or it could not be put in, which is said in `failed`. */
bool seen_add(struct seen *s, const char *text);
void seen_free(struct seen *s);

#endif
