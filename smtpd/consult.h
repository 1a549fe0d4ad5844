/*
 * consult: a transaction of the keeper's as the hooks see it.
 */
#ifndef SMTPD_CONSULT_H
#define SMTPD_CONSULT_H

#include "keeper.h"

/* A transaction begins; one of its recipients, who was asked about, is accepted. */
void consult_begin(struct keeper *k);
void consult_note(struct keeper *k, const struct path *to);

/* As hook_rcpt() and hook_data() have it, the reply in k->reply; TOO_MANY: a hook could not be told
 * of so many. The hooks see recipients as the client has named them. */
enum verdict consult_recipient(struct keeper *k, const struct path *to);

/*
 * A message that is sealed, of *octets with its trace, which is k->trace. One that a data-hook has
 * accepted is replaced by a copy, which no front ever held, with what the hook adds to its header;
 * both are of that then.
 */
enum verdict consult_message(struct keeper *k, uint64_t *octets);

#endif
