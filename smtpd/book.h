/*
 * book: the alias file of the setting `aliases`, read when it is first asked for.
 */
#ifndef SMTPD_BOOK_H
#define SMTPD_BOOK_H

#include "aliases.h"

#define BOOK_MOST (64 * 1024 * 1024) /* octets of the largest file */

enum book_result { BOOK_FOUND, BOOK_NONE, BOOK_TROUBLE /* logged */ };

/* The list of a name, which is in lower case. */
enum book_result book_find(const char *name, struct alias_list *list);

/* Whether programs and folders count in it. */
bool book_trusted(void);

/* What has been read is forgotten; the next question reads anew. */
void book_close(void);

/* Reads it and logs each line that is wrong. False: it cannot be read. What the daemon has checked
 * at its start its sessions do not log again. */
bool book_check(void);

#endif
