/*
 * account_sink: a source of accounts for developers (-S): there is nobody who has none, any secret
 * is right, and an address is a Maildir in one folder. Never by a setting, only by the command
 * line.
 */
#ifndef LIB_ACCOUNT_SINK_H
#define LIB_ACCOUNT_SINK_H

#include "account.h"

#define ACCOUNT_SINK_ALL "all" /* the Maildir of every message */
#define ACCOUNT_SINK_NAME 256 /* room for a Maildir's name */

/*
 * At the start: from now on accounts are in `folder`, which is made if it is missing. Started as
 * root, the whole program is to be the folder's owner; root's own folder, if it is empty, is given
 * to the setting `user`. Dies.
 */
void account_sink_open(const char *folder);
/* When the sockets are there: root is given up for good. Without a sink: nothing. */
void account_sink_enter(void);
/* Only for looking into a folder that is there. Dies with 66. */
void account_sink_look(const char *folder);

/* The folder, an absolute path; NULL: no sink. */
const char *account_sink(void);

/*
 * The name of an address's Maildir: lower case; "/", "%", blanks, control characters and a leading
 * dot as %XX; a very long one has its end replaced by a hash.
 */
void account_sink_name(const char *address, char name[ACCOUNT_SINK_NAME]);

#endif
