/*
 * lookup: from a request to the file that it is about: by the remap rules, the client's folders and
 * the roots.
 */
#ifndef TFTPD_LOOKUP_H
#define TFTPD_LOOKUP_H

#include "client.h"
#include "packet.h"
#include "root.h"

/* At start, with the privileges of the start: opens the folders, reads the rules; dies when it
 * cannot. */
void lookup_prepare(char **operands);

/* Where the rules are, NULL when there are none; in the loop, which cannot open it any more, reads
 * them again by reread(). Rules that are wrong are logged, and the old ones stay. */
const char *lookup_map_file(void);
void lookup_reload(void);

/* Without rules it is bounded and quick; with them, it is for a child. */
bool lookup_is_quick(void);

/* NULL, or why there is no such file; `tell` hears of each rule that fits, and may be NULL. */
const struct root_refusal *lookup(const struct packet_request *request, const struct client *client,
	struct root_file *file, void (*tell)(unsigned line, const char *name));

/* In a child: from now on, lookup() may take a second of CPU time; then `late` is called. */
void lookup_limit(void (*late)(void));
void lookup_unlimit(void);

/* In a child: it has its file. */
void lookup_forget(void);

#endif
