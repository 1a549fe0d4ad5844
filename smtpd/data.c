/*
 * data: DATA, from its 354 to the reply behind the dot. Runs in the front, in the jail; the spool
 * file is the keeper's. RFC 5321 4.1.1.4, 4.5.2, 2.3.8.
 *
 * Whatever is wrong with a message, it is read to its end, so that the client and we agree on where
 * it ends.
 */
#include "session.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

#define RENEW (32 * 1024) /* octets that earn another timeout: who drips gains nothing */

static const char go_on[] = "354 End with a line that is one dot\r\n";
static const char timed_out[] = "421 4.4.2 Waited too long\r\n";

static const char *const no_spool[] = {
	[DISK_FULL] = "452 4.3.1 No room for the message\r\n",
	[TROUBLE] = "451 4.3.0 Something failed here, try again later\r\n",
	[MAILBOX_FULL] = "452 4.2.2 A mailbox is full\r\n",
};
static const char *const refused[] = {
	[TOO_LARGE] = "552 5.3.4 Larger than what is accepted here\r\n",
	[NOT_TEXT] = "550 5.6.0 Every line must end in CR LF, and NUL is not text\r\n",
	[SPOOL_FULL] = "452 4.3.1 No room for the message\r\n",
	[SPOOL_BROKEN] = "451 4.3.0 Something failed here, try again later\r\n",
};

/* A message on its way in. */
struct intake {
	struct text_in text;
	int spool;
	size_t waiting; /* octets in `block` */
	enum give_up why; /* the first thing that was wrong, WITHDRAWN for none */
};

/* Written when more than half full, so writes are large however the client sends. */
static char block[2 * (SESSION_INPUT + 2)];

static void write_block(struct intake *in)
{
	if (in->why == WITHDRAWN && write_all(in->spool, block, in->waiting) < 0)
		in->why = errno == ENOSPC || errno == EDQUOT ? SPOOL_FULL : SPOOL_BROKEN;
	in->waiting = 0;
}

/* Returns how many of the octets belong to the message. */
static size_t take(struct intake *in, const char *at, size_t n)
{
	size_t out;
	size_t used = text_in(&in->text, at, n, block + in->waiting, &out);
	in->waiting += out;
	if (in->why == WITHDRAWN && in->text.wire > settings.message_size)
		in->why = TOO_LARGE;
	if (in->waiting > sizeof block / 2 || in->text.ended)
		write_block(in);
	return used;
}

/* Reads the whole message, good or bad. Anything but IO_OK: the connection is lost. */
static enum io_result receive(struct session *s, struct intake *in)
{
	uint64_t renewed = s->io.received;
	io_deadline(&s->io, s->timeout);
	while (!in->text.ended) {
		char *at;
		size_t n;
		enum io_result r = io_span(&s->io, &at, &n);
		if (r != IO_OK)
			return r;
		io_take(&s->io, take(in, at, n));
		if (s->io.received - renewed >= RENEW) {
			renewed = s->io.received;
			io_deadline(&s->io, s->timeout);
		}
	}
	if (in->why == WITHDRAWN && (in->text.bare_cr || in->text.bare_lf || in->text.nul))
		in->why = NOT_TEXT;
	return IO_OK;
}

static const char *lose(struct session *s, enum io_result how, uint64_t wire)
{
	session_reset(s, CONNECTION_LOST, wire);
	s->lost = how == IO_TIMEOUT ? CMD_TIMED_OUT : CMD_CLOSED;
	s->state = 0;
	return how == IO_TIMEOUT ? timed_out : NULL;
}

/* The message is whole: it becomes the keeper's, who answers when it is safe. */
static const char *commit(struct session *s, const char *id, uint64_t wire)
{
	struct ask_commit ask = {.wire = wire};
	struct answer a;
	if (!session_ask(s, ASK_COMMIT, &ask, sizeof ask, &a, NULL))
		return session_failed;
	s->state = STATE_READY;
	if (a.verdict == REPLY)
		return session_reply(s, &a);
	if (a.verdict != YES)
		return no_spool[a.verdict];
	s->messages++;
	io_putf(&s->io, "250 2.0.0 %s accepted for delivery\r\n", id);
	return NULL;
}

const char *data_run(void *session, struct cmd_call *call)
{
	struct session *s = session;
	struct intake in = {.why = WITHDRAWN};
	struct answer a;
	(void)call;
	if (!session_ask(s, ASK_SPOOL, NULL, 0, &a, &in.spool))
		return session_failed;
	if (a.verdict != YES) {
		s->state = STATE_READY;
		return no_spool[a.verdict];
	}
	io_put(&s->io, go_on);
	enum io_result r = receive(s, &in);
	close(in.spool);
	if (r != IO_OK)
		return lose(s, r, in.text.wire);
	if (in.why == WITHDRAWN)
		return commit(s, a.id, in.text.wire);
	return session_reset(s, in.why, in.text.wire) ? refused[in.why] : session_failed;
}
