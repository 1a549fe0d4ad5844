/*
 * closing: the one line that a session leaves in the log. Runs in the front before login and in the
 * keeper after it.
 */
#include "log.h"
#include "session.h"
#include "str.h"

/*
 * Messages, and their octets as LIST counts them, as far as the session knows them: no file is read
 * for the log.
 */
static struct tally tally_drop(const struct session *s, bool gone)
{
	struct tally t = {0};
	for (size_t i = 0; i < s->drop.count; i++) {
		const struct message *m = &s->drop.messages[i];
		if ((s->updated && m->deleted) != gone)
			continue;
		t.count++;
		if (m->octets != MESSAGE_UNMEASURED)
			t.octets += m->octets;
	}
	return t;
}

/* " key=count/octets", put behind the others. */
static void add_tally(struct str *line, const char *key, struct tally t)
{
	str_addf(line, " %s=%llu/%llu", key, (unsigned long long)t.count,
		(unsigned long long)t.octets);
}

/* There is no maildrop before login, and nothing to count in it. */
void closing_log(struct session *s, const char *reason)
{
	char counts[256];
	struct str line;
	str_init(&line, counts, sizeof counts);
	if (s->logged_in) {
		add_tally(&line, "retr", s->retrieved);
		add_tally(&line, "top", s->topped);
		add_tally(&line, "dele", tally_drop(s, true));
		add_tally(&line, "left", tally_drop(s, false));
	}
	log_event(LOG_INFO, "session user=%s ip=%s tls=-%s seconds=%lld reason=%s",
		s->logged_in ? log_quote(s->user) : "-", s->peer->ip, counts,
		(long long)(now_ms() - s->began) / 1000, reason);
}
