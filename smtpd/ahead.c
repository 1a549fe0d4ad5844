/*
 * ahead: recipients that a client has sent ahead, and DATA behind them: the keeper is asked about
 * them with the one before them. The commands are obeyed one by one all the same, and find their
 * answers there. Runs in the front, in the jail. RFC 2920 3.1.
 */
#include <string.h>
#include <strings.h>

#include "session.h"
#include "settings.h"

#define LINE 512 /* RFC 5321 4.5.3.1.4: longer ones are asked about when it is their turn */

/* The line that begins at *at in the input, and moves *at behind it. False: not the whole of one,
 * or one that a command loop would complain of. */
static bool next_line(const struct io *io, size_t *at, char line[LINE])
{
	const char *start = io->buf + *at;
	const char *lf = memchr(start, '\n', io->end - *at);
	size_t n = lf ? (size_t)(lf - start) : 0;
	if (n == 0 || n >= LINE || memchr(start, '\0', n))
		return false;
	*at += n + 1;
	memcpy(line, start, n);
	line[start[n - 1] == '\r' ? n - 1 : n] = '\0';
	return true;
}

static bool read_recipient(struct session *s, char *line, struct path *to)
{
	static const char verb[] = "RCPT ";
	return strncasecmp(line, verb, sizeof verb - 1) == 0 &&
	       !envelope_recipient(s, line + sizeof verb - 1, to);
}

void ahead_tell(struct session *s)
{
	char line[LINE];
	struct ask_rcpt rcpt;
	size_t at = s->io.start;
	/* By a fault a reply may be another one than the keeper's; and a program costs more than
	 * the question, and is stopped when the front stirs. */
	if (fault_expected(s, NULL) || settings.rcpt_hook[0])
		return;
	while (next_line(&s->io, &at, line)) {
		if (str_same(line, "DATA")) {
			s->spool_asked = session_tell(ASK_SPOOL, NULL, 0);
			return;
		}
		if (!read_recipient(s, line, &rcpt.to) || fault_expected(s, &rcpt.to) ||
			!session_tell(ASK_RCPT, &rcpt, sizeof rcpt))
			return;
		s->asked++;
	}
}
