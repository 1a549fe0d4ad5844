/*
 * import: the ids that another server gave the messages of a Maildir are theirs for good.
 */
#ifndef POP3D_IMPORT_H
#define POP3D_IMPORT_H

#include "maildrop.h"

/* Reads the list of another server, if one lies in the Maildir, and gives its ids. */
void import_uidls(struct maildrop *d);

/* No two messages have the same id: what would be a second one is taken away again. */
void import_settle(struct maildrop *d);

#endif
