/*
 * session: the front. Speaks SMTP with the client, in the jail, and asks the keeper what it may not
 * know itself. RFC 5321.
 */
#include "session.h"

#include <string.h>
#include <unistd.h>

#include "intake.h"
#include "log.h"
#include "memory.h"
#include "sasl.h"

const char session_failed[] = "421 4.3.0 Something failed here, try again later\r\n";

const char *session_fail(struct session *s)
{
	s->state = 0;
	return session_failed;
}

const char *session_lose(struct session *s, enum io_result how)
{
	static const char timed_out[] = "421 4.4.2 Waited too long\r\n";
	if (how == IO_STOP)
		return NULL;
	s->state = 0;
	s->end = cmd_end_name(how == IO_TIMEOUT ? CMD_TIMED_OUT : CMD_CLOSED);
	return how == IO_TIMEOUT ? timed_out : NULL;
}

const char *session_reply(struct session *s, const struct answer *a)
{
	if (str_begins(a->reply, "421"))
		s->state = 0;
	io_putf(&s->io, "%s\r\n", a->reply);
	return NULL;
}

bool session_reset(struct session *s, enum give_up why, uint64_t wire)
{
	struct ask_reset reset = {.why = (unsigned char)why, .wire = wire};
	if (s->state <= STATE_READY)
		return true;
	s->state = STATE_READY;
	intake_drop(); /* a message of which BDAT has brought a part */
	if (session_untell()) /* the keeper has not heard of it */
		return true;
	if (split_send(s->split, ASK_RESET, &reset, sizeof reset, -1))
		return true;
	session_fail(s);
	return false;
}

bool session_trusts(const struct session *s)
{
	return s->client.sa.sa_family == AF_UNSPEC || net_loopback(&s->client) ||
	       net_blocks_have(&settings.trusted, &s->client);
}

/* Whoever talks before the greeting does not listen to the replies, either. */
static bool has_pregreeted(struct session *s)
{
	static const char refused[] = "554 5.5.0 The server speaks first\r\n";
	char *at;
	size_t n;
	io_deadline(&s->io, s->timeout);
	if (s->client.sa.sa_family == AF_UNSPEC || !io_talks(&s->io, (int)settings.pregreet) ||
		io_first(&s->io, &at, &n) != IO_OK)
		return false;
	s->end = "pregreet";
	io_put(&s->io, refused);
	io_flush(&s->io);
	return true;
}

static const char *converse(struct session *s)
{
	if (has_pregreeted(s))
		return s->end;
	s->state = STATE_GREETED;
	if (!fault_at(s, FAULT_CONNECT, NULL))
		hello_greet(s);
	enum cmd_end end = cmd_loop(
		&session_dialect, &s->io, s, &s->state, &s->timeout, (unsigned)settings.errors);
	if (s->end)
		return s->end;
	return end == CMD_LEFT ? "refused" : cmd_end_name(end); /* it has not said QUIT */
}

int session_front(struct split *split, const struct peer *peer)
{
	static OWN_PAGES char input[SESSION_INPUT], output[8 * 1024];
	static struct session s;
	int64_t began = now_ms();
	sasl_forget();
	s.split = split;
	s.spool = -1;
	s.client = peer->remote;
	s.proxy = net_blocks_have(&settings.xclient, &peer->remote);
	s.timeout = (int)settings.timeout;
	io_open(&s.io, STDIN_FILENO, STDOUT_FILENO, input, sizeof input, output, sizeof output,
		s.timeout * 1000);
	const char *end = converse(&s);
	char ip[NET_TEXT];
	log_event(LOG_INFO, "session ip=%s end=%s messages=%llu received=%llu sent=%llu ms=%lld",
		net_host(&s.client, ip), end, (unsigned long long)s.messages,
		(unsigned long long)s.io.received, (unsigned long long)s.io.sent,
		(long long)(now_ms() - began));
	return 0;
}
