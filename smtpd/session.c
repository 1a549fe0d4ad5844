/*
 * session: the front. Speaks SMTP with the client, in the jail, and asks the keeper what it may not
 * know itself. RFC 5321.
 */
#include "session.h"

#include <string.h>
#include <unistd.h>

#include "log.h"

const char session_failed[] = "421 4.3.0 Something failed here, try again later\r\n";

const char *session_fail(struct session *s)
{
	s->state = 0;
	return session_failed;
}

bool session_ask(struct session *s, enum record type, const void *body, size_t size,
	struct answer *a, int *fd)
{
	static char record[SPLIT_MAX];
	size_t n;
	if (!split_send(s->split, (unsigned char)type, body, size, -1) ||
		split_receive(s->split, record, &n, fd) != ANSWER || n != sizeof *a) {
		session_fail(s);
		return false;
	}
	memcpy(a, record, sizeof *a);
	return true;
}

const char *session_reply(struct session *s, const struct answer *a)
{
	io_putf(&s->io, "%s\r\n", a->reply);
	return NULL;
}

bool session_reset(struct session *s, enum give_up why, uint64_t wire)
{
	struct ask_reset reset = {.why = (unsigned char)why, .wire = wire};
	if (s->state <= STATE_READY)
		return true;
	s->state = STATE_READY;
	if (split_send(s->split, ASK_RESET, &reset, sizeof reset, -1))
		return true;
	session_fail(s);
	return false;
}

int session_front(struct split *split, const struct peer *peer)
{
	static char input[SESSION_INPUT], output[8 * 1024];
	static struct session s;
	int64_t began = now_ms();
	s.split = split;
	s.state = STATE_GREETED;
	s.timeout = (int)settings.timeout;
	io_open(&s.io, STDIN_FILENO, STDOUT_FILENO, input, sizeof input, output, sizeof output,
		s.timeout * 1000);
	io_putf(&s.io, "220 %s ESMTP\r\n", settings.hostname);
	enum cmd_end end = cmd_loop(
		&session_dialect, &s.io, &s, &s.state, &s.timeout, (unsigned)settings.errors);
	if (end == CMD_LEFT)
		end = s.lost;
	log_event(LOG_INFO, "session ip=%s end=%s messages=%llu received=%llu sent=%llu ms=%lld",
		peer->ip, cmd_end_name(end), (unsigned long long)s.messages,
		(unsigned long long)s.io.received, (unsigned long long)s.io.sent,
		(long long)(now_ms() - began));
	return 0;
}
