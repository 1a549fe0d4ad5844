/*
 * guard: an attempt to log in, in a keeper: held while its address has to wait for failures of
 * before, and answered late if it fails. See penalty.h.
 */
#ifndef LIB_GUARD_H
#define LIB_GUARD_H

#include "sasl.h"
#include "split.h"

/*
 * sasl_answer() for a client. A failure is counted and logged, and this returns when its answer is
 * due, counted from when the secret or proof was first looked at: so it comes at one time, whatever
 * the checking took. SASL_TROUBLE also when the client left meanwhile, or the daemon ends.
 */
void guard_answer(struct split *split, const struct peer *peer, struct sasl_question *q,
	struct sasl_answer *a, struct account *account);

#endif
