/*
 * last: the LAST command: which message was the last to be accessed. Runs in the keeper. RFC 1460
 * 5, for clients that were never told of UIDL; only by the setting `last`.
 */
#include <string.h>

#include "session.h"

/* Flagged S: fetched before this session. */
static bool seen(const struct maildrop *d, const struct message *m)
{
	const char *flags = maildrop_flags(d, m);
	return strncmp(flags, ":2,", 3) == 0 && strchr(flags + 3, 'S');
}

void last_reset(struct session *s)
{
	s->last = s->drop.count;
	while (s->last > 0 && !seen(&s->drop, &s->drop.messages[s->last - 1]))
		s->last--;
}

void last_access(struct session *s, const struct message *m)
{
	size_t number = maildrop_number(&s->drop, m);
	if (number > s->last)
		s->last = number;
}

const char *last_command(void *session, struct cmd_call *call)
{
	struct session *s = session;
	(void)call;
	if (!settings.last)
		return pop3_dialect.unknown;
	io_putf(&s->io, "+OK %zu\r\n", s->last);
	return NULL;
}
