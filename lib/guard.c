/*
 * guard: an attempt to log in is held, and answered late. Runs in keepers, with the privileges of
 * the start.
 */
#include "guard.h"

#include "log.h"
#include "penalty.h"
#include "str.h"

/* False: the client has not waited, or the daemon ends. */
static bool hold(struct split *split, const struct peer *peer)
{
	int64_t left = penalty_due(&peer->remote);
	if (left <= 0)
		return true;
	log_event(LOG_INFO, "auth held ip=%s ms=%lld", peer->ip, (long long)left);
	return split_wait(split, peer, now_ms() + left);
}

/* As above. */
static bool wait_for_failure(
	struct split *split, const struct peer *peer, const char *user, int64_t began)
{
	unsigned seconds = penalty_add(&peer->remote, began);
	log_event(LOG_NOTICE, "auth failed user=%s ip=%s wait=%u", log_quote(user), peer->ip,
		seconds);
	return split_wait(split, peer, began + (int64_t)seconds * 1000);
}

void guard_answer(struct split *split, const struct peer *peer, struct sasl_question *q,
	struct sasl_answer *a, struct account *account)
{
	*a = (struct sasl_answer){.verdict = SASL_TROUBLE};
	if (q->kind != SASL_SALT && !hold(split, peer)) {
		str_wipe(q->secret, sizeof q->secret);
		return;
	}
	int64_t began = now_ms();
	sasl_answer(q, a, account);
	if (a->verdict == SASL_NO && !wait_for_failure(split, peer, q->user, began))
		a->verdict = SASL_TROUBLE;
}
