/*
 * update: the UPDATE state (RFC 1939 6): what QUIT does to the maildrop.
 */
#ifndef POP3D_UPDATE_H
#define POP3D_UPDATE_H

#include "maildrop.h"

/*
 * Removes what is marked and can be removed, for good or to .Trash (setting `trash`), and flags
 * those that are to be seen. How many could not be removed: their marks are taken away, and errno
 * is of the first.
 */
size_t update_run(struct maildrop *d);

#endif
