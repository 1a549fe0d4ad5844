/*
 * kept: what is known of the messages of a Maildir and does not stand in their names, in its file
 * trivet-sizes: sizes that were counted, and ids that another server gave.
 *
 * The first line is version[] in kept.c, with a mark once those ids were looked for; then a line
 * for each message: octets on the wire, id, base name, with "-" for what it has not.
 */
#ifndef POP3D_KEPT_H
#define POP3D_KEPT_H

#include "maildrop.h"

/* At login, when the list of messages is there: takes over another server's ids, if this is the
 * first session that has messages. */
void kept_open(struct maildrop *d);
/* Takes over what the file tells, the first time it is called. */
void kept_read(struct maildrop *d);
/* Replaces the file if something has changed; messages marked as deleted are left out. */
void kept_write(struct maildrop *d);

#endif
