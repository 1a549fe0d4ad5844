/*
 * filter: the program, by the setting `filter`, through which RETR sends a message.
 *
 * The keeper is confined to one Maildir, where there is no program: a helper runs it, forked before
 * the confinement and as the same user. The two talk by struct split's records.
 */
#ifndef POP3D_FILTER_H
#define POP3D_FILTER_H

#include <stdbool.h>

struct session;

/* Forks the helper, where the setting asks for one. False and errno: there is none. */
bool filter_begin(struct session *s);

/*
 * What the program makes of a message, as a descriptor for reading; -1, and logged: it has failed.
 * `fd` is closed. Where there is no setting, the message itself.
 */
int filter_pass(struct session *s, const char *name, int fd);

#endif
