/*
 * transaction: one message, from MAIL to its end, in the keeper: with the privileges of the start
 * (root's, for many); deliver.c takes an owner's ids where it touches mail. RFC 5321 3.3.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "account_sink.h"
#include "consult.h"
#include "keeper.h"
#include "log.h"
#include "rate.h"
#include "route.h"
#include "settings.h"
#include "sink.h"

/* What a verdict is called in the log. */
static const char *const status[] = {[YES] = "2.0.0",
	[NO_SUCH_USER] = "5.1.1",
	[NOT_LOCAL] = "5.7.1",
	[TOO_MANY] = "4.5.3",
	[DISK_FULL] = "4.3.1",
	[TROUBLE] = "4.3.0",
	[MAILBOX_FULL] = "4.2.2"};

/* The enhanced status code of what the client is told. */
static const char *status_of(const struct keeper *k, enum verdict v)
{
	static char code[16];
	struct str s;
	if (v != REPLY)
		return status[v];
	str_init(&s, code, sizeof code);
	str_addn(&s, k->reply + 4, strcspn(k->reply + 4, " "));
	return code;
}

static const char *path_text(const struct path *p)
{
	static char text[PATH_TEXT];
	struct str s;
	str_init(&s, text, sizeof text);
	str_add(&s, "<");
	path_write(p, &s);
	str_add(&s, ">");
	return log_quote(text);
}

static void forget(struct keeper *k)
{
	deliver_end(&k->delivery);
	route_forget();
	sink_forget();
	k->season = SEASON_IDLE;
}

/* The one line for each message that came as far as a spool. */
static void report(struct keeper *k, const char *end, uint64_t octets)
{
	log_event(LOG_INFO,
		"message id=%s ip=%s helo=%s from=%s to=%llu octets=%llu status=%s ms=%lld", k->id,
		k->peer->ip, log_quote(k->mail.helo), path_text(&k->mail.from),
		(unsigned long long)k->recipients, (unsigned long long)octets, end,
		(long long)(now_ms() - k->began));
}

bool transaction_mail(struct keeper *k, const void *body)
{
	memcpy(&k->mail, body, sizeof k->mail);
	k->recipients = 0;
	k->mail.authenticated = k->user[0] != '\0';
	consult_begin(k);
	k->season = SEASON_MAIL;
	return path_valid(&k->mail.from) && memchr(k->mail.helo, '\0', sizeof k->mail.helo);
}

static enum verdict judge(struct keeper *k, const struct path *to)
{
	struct route r;
	if (k->recipients >= settings.recipients)
		return TOO_MANY;
	if (account_sink())
		return sink_add(k, to);
	enum verdict v = route_find(to, &k->peer->local, &r);
	if (v == REPLY)
		str_copy(k->reply, sizeof k->reply, r.reply);
	if (v == YES)
		v = consult_recipient(k, to);
	for (size_t i = 0; v == YES && i < r.count; i++)
		v = deliver_add(&k->delivery, &r.destination[i]);
	route_free(&r);
	return v;
}

/* Whoever guesses names has to wait for each, and is shown the door in the end. LMTP's clients are
 * not strangers. */
static enum verdict slow_down(struct keeper *k)
{
	if (settings.lmtp || ++k->unknown <= UNKNOWN_FREE)
		return NO_SUCH_USER;
	split_wait(k->split, k->peer, now_ms() + 1000);
	if (k->unknown < UNKNOWN_MOST)
		return NO_SUCH_USER;
	str_copy(k->reply, sizeof k->reply, "421 4.7.0 Too many unknown recipients");
	return REPLY;
}

bool transaction_rcpt(struct keeper *k, const void *body)
{
	struct ask_rcpt rcpt;
	memcpy(&rcpt, body, sizeof rcpt);
	if (!path_valid(&rcpt.to) || path_null(&rcpt.to))
		return false;
	enum verdict v = judge(k, &rcpt.to);
	if (v == YES) {
		if (k->recipients++ == 0)
			k->to = rcpt.to;
		consult_note(k, &rcpt.to);
		k->season = SEASON_RCPT;
	} else {
		log_event(LOG_INFO, "recipient refused ip=%s to=%s status=%s", k->peer->ip,
			path_text(&rcpt.to), status_of(k, v));
	}
	return keeper_answer(k, v == NO_SUCH_USER ? slow_down(k) : v, -1);
}

/* Unique on this host: no process has the same pid within a microsecond. */
static void name_message(struct keeper *k)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(k->id, sizeof k->id, "%llX%05lXP%lX", (unsigned long long)now.tv_sec,
		(unsigned long)now.tv_nsec / 1000, (unsigned long)getpid());
}

static enum verdict begin(struct keeper *k)
{
	if (rate_take(&k->peer->remote))
		return deliver_begin(&k->delivery, &k->trace);
	str_copy(k->reply, sizeof k->reply,
		"421 4.7.0 Too many messages from your address, try again later");
	return REPLY;
}

bool transaction_spool(struct keeper *k, const void *body)
{
	struct trace t = {.from = &k->mail.from,
		.to = k->recipients == 1 ? &k->to : NULL,
		.helo = k->mail.helo,
		.ip = k->peer->ip,
		.id = k->id,
		.esmtp = k->mail.esmtp};
	(void)body;
	k->began = now_ms();
	name_message(k);
	str_init(&k->trace, k->trace_text, sizeof k->trace_text);
	enum verdict v = account_sink() ? sink_envelope(k) : YES;
	trace_write(&t, &k->trace);
	if (v == YES)
		v = begin(k);
	if (v == YES) {
		k->season = SEASON_SPOOL;
		return keeper_answer(k, YES, k->delivery.target[0].draft.fd);
	}
	report(k, status_of(k, v), 0);
	forget(k);
	return keeper_answer(k, v, -1);
}

/* Octets of the front's part of the spool; false if its own count cannot be true of it. */
static bool measure(const struct keeper *k, uint64_t wire, uint64_t *disk)
{
	struct stat st;
	if (fstat(k->delivery.target[0].draft.fd, &st) < 0 || (uint64_t)st.st_size < k->trace.len)
		return false;
	*disk = (uint64_t)st.st_size - k->trace.len;
	return *disk <= wire && wire / 2 <= *disk && wire <= 2 * *disk;
}

bool transaction_commit(struct keeper *k, const void *body)
{
	struct ask_commit ask;
	uint64_t disk, lines = 0;
	memcpy(&ask, body, sizeof ask);
	if (!measure(k, ask.wire, &disk))
		return false;
	enum verdict v = consult_message(k, disk);
	for (const char *c = k->trace.at; (c = strchr(c, '\n')) != NULL; c++)
		lines++;
	disk += k->trace.len;
	ask.wire += k->trace.len + lines;
	if (v == YES)
		v = account_sink() ? sink_commit(k, disk, ask.wire)
				   : deliver_commit(&k->delivery, disk, ask.wire);
	report(k, status_of(k, v), disk);
	/* LMTP: for each of them, who share one fate. */
	for (uint64_t left = settings.lmtp ? k->recipients - 1 : 0; left > 0; left--)
		if (!keeper_answer(k, v, -1))
			return false;
	forget(k);
	return keeper_answer(k, v, -1);
}

bool transaction_reset(struct keeper *k, const void *body)
{
	static const char *const why[GIVE_UPS] = {[WITHDRAWN] = "withdrawn",
		[CONNECTION_LOST] = "lost",
		[TOO_LARGE] = "5.3.4",
		[NOT_TEXT] = "5.6.0",
		[TOO_MANY_HOPS] = "5.4.6",
		[SPOOL_FULL] = "4.3.1",
		[SPOOL_BROKEN] = "4.3.0"};
	struct ask_reset ask;
	memcpy(&ask, body, sizeof ask);
	if (ask.why >= GIVE_UPS)
		return false;
	if (k->season == SEASON_SPOOL)
		report(k, why[ask.why], ask.wire);
	forget(k);
	return true;
}

void transaction_lost(struct keeper *k)
{
	if (k->season == SEASON_SPOOL)
		report(k, "lost", 0);
	forget(k);
	sink_end();
}
