/*
 * remap: rules that make other names of those that clients ask for.
 *
 * What a regular expression costs depends on the name, which is the client's: so they are applied
 * in a child, within a limit of CPU time that the caller sets.
 */
#ifndef TFTPD_REMAP_H
#define TFTPD_REMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "client.h"

#define REMAP_NAME 512 /* room for a name */
#define REMAP_STEPS 4096 /* times that a rule is tried for one name */

struct remap {
	const struct client *client;
	bool put; /* a write request */
	void (*tell)(unsigned line, const char *name); /* of each rule that fits; may be NULL */
	char name[REMAP_NAME]; /* in: as asked; out: what it became, or the rule's own refusal */
};

enum remap_result {
	REMAP_OK,
	REMAP_REFUSED, /* by a rule; `name` is what the client is to be told */
	REMAP_ENDLESS, /* more than REMAP_STEPS */
	REMAP_LONG /* longer than fits */
};

enum remap_result remap_apply(struct remap *m);

#endif
