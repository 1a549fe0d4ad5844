/*
 * intake: a message on its way into the spool. Runs in the front, in the jail; the spool file is
 * the keeper's. RFC 5321 2.3.8, 4.5.2, 6.3; RFC 2033 4.2.
 */
#include "intake.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "account_sink.h"
#include "hops.h"
#include "memory.h"
#include "settings.h"
#include "text.h"
#include "writeback.h"

#define HOPS 100 /* RFC 5321 6.3 */

static const char *const not_kept[] = {
	[DISK_FULL] = "452 4.3.1 No room for the message\r\n",
	[TROUBLE] = "451 4.3.0 Something failed here, try again later\r\n",
	[MAILBOX_FULL] = "452 4.2.2 A mailbox is full\r\n",
};
static const char *const refused[] = {
	[TOO_LARGE] = "552 5.3.4 Larger than what is accepted here\r\n",
	[NOT_TEXT] = "550 5.6.0 Every line must end in CR LF, and NUL is not text\r\n",
	[TOO_MANY_HOPS] = "554 5.4.6 It has come through 100 hosts: this is a loop\r\n",
	[SPOOL_FULL] = "452 4.3.1 No room for the message\r\n",
	[SPOOL_BROKEN] = "451 4.3.0 Something failed here, try again later\r\n",
};

static struct {
	struct text_in text;
	struct hops hops;
	int spool;
	char id[MESSAGE_ID];
	bool kept; /* for one recipient at least */
	size_t waiting; /* octets in `block` */
	struct writeback writeback; /* of the spool; a sink's is not synced */
	enum give_up why; /* the first thing that was wrong, WITHDRAWN for none */
} in = {.spool = -1};

/* Written when more than half full, so writes are large however the client sends. */
static OWN_PAGES char block[2 * (SESSION_INPUT + 2)];

static void write_block(void)
{
	hops_count(&in.hops, block, in.waiting);
	if (in.why == WITHDRAWN && write_all(in.spool, block, in.waiting) < 0)
		in.why = errno == ENOSPC || errno == EDQUOT ? SPOOL_FULL : SPOOL_BROKEN;
	if (in.why == WITHDRAWN && !account_sink())
		writeback_add(&in.writeback, in.spool, in.waiting);
	in.waiting = 0;
}

void intake_drop(void)
{
	if (in.spool >= 0)
		close(in.spool);
	in.spool = -1;
}

const char *intake_begin(struct session *s, bool chunked)
{
	struct answer a;
	bool heard = s->spool_asked ? session_hear(s, &a) : session_ask(s, ASK_SPOOL, NULL, 0, &a);
	s->spool_asked = false;
	if (!heard)
		return session_failed;
	if (a.verdict != YES) {
		s->state = STATE_READY;
		return a.verdict == REPLY ? session_reply(s, &a) : not_kept[a.verdict];
	}
	memset(&in, 0, sizeof in);
	in.why = WITHDRAWN;
	in.spool = s->spool;
	s->spool = -1;
	in.text.chunked = chunked;
	in.text.accept_lf = strcmp(settings.bare_newline, "accept") == 0;
	memcpy(in.id, a.id, sizeof in.id);
	return NULL;
}

/* The first thing that is wrong stays what is said in the end. */
static void judge(void)
{
	const struct text_in *t = &in.text;
	if (in.why != WITHDRAWN)
		return;
	if (t->wire > settings.message_size)
		in.why = TOO_LARGE;
	else if (t->bare_cr || t->nul || (t->bare_lf && !t->accept_lf))
		in.why = NOT_TEXT;
	else if (in.hops.count >= HOPS)
		in.why = TOO_MANY_HOPS;
}

size_t intake_take(const char *octets, size_t n)
{
	size_t out;
	size_t used = text_in(&in.text, octets, n, block + in.waiting, &out);
	in.waiting += out;
	judge(); /* first: what is too large would not fit into the spool */
	if (in.waiting > sizeof block / 2 || in.text.ended)
		write_block();
	return used;
}

bool intake_ended(void)
{
	return in.text.ended;
}

uint64_t intake_octets(void)
{
	return in.text.wire;
}

const char *intake_refuse(struct session *s)
{
	if (in.why == WITHDRAWN)
		return NULL;
	return session_reset(s, in.why, in.text.wire) ? refused[in.why] : session_failed;
}

/* The keeper's word on the message, or in LMTP on one recipient's. */
static const char *conclude(struct session *s, const struct answer *a)
{
	if (a->verdict == REPLY)
		return session_reply(s, a);
	if (a->verdict != YES)
		return not_kept[a->verdict];
	s->messages += !in.kept;
	in.kept = true;
	io_putf(&s->io, "250 2.0.0 %s accepted for delivery\r\n", in.id);
	return NULL;
}

static const char *commit(struct session *s)
{
	struct ask_commit ask = {.wire = in.text.wire};
	struct answer a;
	s->state = STATE_READY;
	if (!session_ask(s, ASK_COMMIT, &ask, sizeof ask, &a))
		return session_failed;
	for (uint64_t left = settings.lmtp ? s->recipients : 1;;) {
		const char *reply = conclude(s, &a);
		if (--left == 0)
			return reply;
		if (reply)
			io_put(&s->io, reply);
		if (!session_hear(s, &a))
			return session_failed;
	}
}

const char *intake_end(struct session *s)
{
	if (in.text.chunked)
		in.waiting += text_in_end(&in.text, block + in.waiting);
	write_block();
	judge();
	const char *bad = intake_refuse(s);
	if (!bad) {
		intake_drop();
		if (!fault_at(s, FAULT_DOT, NULL))
			return commit(s);
		return session_reset(s, WITHDRAWN, in.text.wire) ? NULL : session_failed;
	}
	for (uint64_t i = 1; settings.lmtp && i < s->recipients; i++)
		io_put(&s->io, bad);
	return bad;
}

const char *intake_lose(struct session *s, enum io_result how)
{
	session_reset(s, CONNECTION_LOST, in.text.wire);
	return session_lose(s, how);
}
