/*
 * takeover: a login ends a session of the same user that its client has left behind, by the setting
 * `takeover`. Runs in the keeper as the mailbox's owner, before it is confined: a confined process
 * may not signal others.
 */
#include "log.h"
#include "session.h"

void takeover_try(const struct session *s)
{
	if (settings.takeover == 0 || s->drop.absent)
		return;
	if (maildir_take_over(&s->drop.dir, settings.takeover))
		log_event(LOG_NOTICE, "ended an idle session user=%s by ip=%s", log_quote(s->user),
			s->peer->ip);
}

void takeover_mark(struct session *s, bool idle)
{
	if (settings.takeover == 0 || s->state != STATE_TRANSACTION || s->drop.absent)
		return;
	if (s->idle != idle)
		maildir_mark(&s->drop.dir, idle);
	s->idle = idle;
}
