/*
 * ask: the front's questions to the keeper. What needs no answer waits for the next question, and
 * goes with it; each time the other half is woken costs more than what it is woken for. Runs in the
 * jail.
 */
#include <string.h>

#include "memory.h"
#include "session.h"

/* Records that wait, each behind a struct several. */
static OWN_PAGES char waiting[SPLIT_MAX];
static size_t filled;

/* Answers of which some have not been taken. */
static OWN_PAGES char answers[SPLIT_MAX];
static size_t there, taken;

bool session_tell(enum record type, const void *body, size_t size)
{
	struct several head = {.type = (unsigned char)type, .size = (uint16_t)size};
	if (sizeof waiting - filled < sizeof head + size)
		return false;
	memcpy(waiting + filled, &head, sizeof head);
	if (size > 0)
		memcpy(waiting + filled + sizeof head, body, size);
	filled += sizeof head + size;
	return true;
}

bool session_untell(void)
{
	bool untold = filled > 0;
	filled = 0;
	return untold;
}

bool session_send(struct session *s)
{
	struct several first;
	size_t n = filled;
	filled = 0;
	memcpy(&first, waiting, sizeof first);
	bool sent =
		n == sizeof first + first.size
			? split_send(s->split, first.type, waiting + sizeof first, first.size, -1)
			: split_send(s->split, ASK_SEVERAL, waiting, n, -1);
	if (!sent)
		session_fail(s);
	return sent;
}

/* Answers come together as far as the questions did. */
static bool receive(struct session *s, int *fd)
{
	taken = 0;
	return split_receive(s->split, answers, &there, fd) == ANSWER && there > 0 &&
	       there % sizeof(struct answer) == 0;
}

bool session_hear(struct session *s, struct answer *a)
{
	if (taken == there && !receive(s, s->spool < 0 ? &s->spool : NULL)) {
		there = taken;
		session_fail(s);
		return false;
	}
	memcpy(a, answers + taken, sizeof *a);
	taken += sizeof *a;
	return true;
}

bool session_ask(
	struct session *s, enum record type, const void *body, size_t size, struct answer *a)
{
	return session_tell(type, body, size) && session_send(s) && session_hear(s, a);
}
