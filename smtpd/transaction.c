/*
 * transaction: one message, from MAIL to its end, in the keeper: with the privileges of the start
 * (root's, for many); deliver.c takes an owner's ids where it touches mail. RFC 5321 3.3.
 */
#include <stdio.h>
#include <string.h>
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

static void forget(struct keeper *k)
{
	deliver_end(&k->delivery);
	route_forget();
	sink_forget();
	send_end(&k->callees);
	k->season = SEASON_IDLE;
}

bool transaction_mail(struct keeper *k, const void *body)
{
	memcpy(&k->mail, body, sizeof k->mail);
	k->recipients = k->asked = 0;
	consult_begin(k);
	k->delivery.sender = &k->mail.from;
	k->delivery.helo = k->mail.helo;
	k->delivery.ip = k->peer->ip;
	k->season = SEASON_MAIL;
	return k->transactions++ < settings.transactions && path_valid(&k->mail.from) &&
	       memchr(k->mail.helo, '\0', sizeof k->mail.helo) &&
	       (k->mail.way == WAY_MAIL ||
		       (k->mail.way < WAYS && !settings.lmtp && send_offered(&k->peer->remote)));
}

/* All of the recipient's destinations, or none. */
static enum verdict accept_recipient(
	struct keeper *k, const struct path *to, const struct destination *list, size_t count)
{
	enum verdict v = YES;
	if (!deliver_recipient(&k->delivery, to))
		return TROUBLE;
	for (size_t i = 0; v == YES && i < count; i++)
		v = deliver_add(&k->delivery, &list[i]);
	if (v != YES)
		deliver_take_back(&k->delivery);
	return v;
}

/* How many may be asked about: each costs look-ups, a line in the log, perhaps a program. */
static uint64_t asked_most(void)
{
	return 10 * settings.recipients;
}

static enum verdict judge(struct keeper *k, const struct path *to)
{
	struct route r;
	bool shown = false, mailed = true;
	if (++k->asked > asked_most()) {
		str_copy(k->reply, sizeof k->reply, "421 4.5.3 Too many recipients tried");
		return REPLY;
	}
	if (k->recipients >= settings.recipients)
		return TOO_MANY;
	if (account_sink())
		return sink_add(k, to);
	enum verdict v = route_find(to, &k->peer->local, &r);
	if (v == REPLY)
		str_copy(k->reply, sizeof k->reply, r.reply);
	if (k->mail.way != WAY_MAIL)
		v = send_judge(&k->callees, k->mail.way,
			route_is_local(to, &k->peer->local) ? to->local : "", v, &shown, &mailed,
			k->reply);
	if (v == YES)
		v = consult_recipient(k, to);
	if (v == YES)
		v = accept_recipient(k, to, r.destination, mailed ? r.count : 0);
	if (v == YES && shown)
		send_add(&k->callees);
	route_free(&r);
	return v;
}

/* Whoever guesses names has to wait for each, and is shown the door in the end. LMTP's clients are
 * not strangers. */
static enum verdict slow_down(struct keeper *k)
{
	if (settings.lmtp || ++k->unknown <= UNKNOWN_FREE)
		return NO_SUCH_USER;
	keeper_tell(k);
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
	if (k->asked > asked_most() || !path_valid(&rcpt.to) || path_null(&rcpt.to))
		return false;
	enum verdict v = judge(k, &rcpt.to);
	if (v == YES) {
		if (k->recipients++ == 0)
			k->to = rcpt.to;
		consult_note(k, &rcpt.to);
		k->season = SEASON_RCPT;
	} else {
		report_refusal(k, &rcpt.to, status_of(k, v));
	}
	keeper_answer(k, v == NO_SUCH_USER ? slow_down(k) : v, -1);
	return true;
}

/* Unique on this host: no process has the same pid within a microsecond. */
static void name_message(struct keeper *k)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(k->id, sizeof k->id, "%llX%05lXP%lX", (unsigned long long)now.tv_sec,
		(unsigned long)now.tv_nsec / 1000, (unsigned long)k->pid);
}

static enum verdict begin(struct keeper *k, int *fd)
{
	if (rate_take(&k->peer->remote))
		return deliver_begin(&k->delivery, &k->trace, fd);
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
		.esmtp = k->mail.esmtp,
		.lmtp = settings.lmtp,
		.utf8 = k->mail.utf8,
		.authenticated = k->user[0] != '\0'};
	int fd;
	(void)body;
	k->began = now_ms();
	name_message(k);
	str_init(&k->trace, k->trace_text, sizeof k->trace_text);
	enum verdict v = account_sink() ? sink_envelope(k) : YES;
	trace_write(&t, &k->trace);
	if (v == YES)
		v = begin(k, &fd);
	if (v == YES) {
		k->season = SEASON_SPOOL;
		keeper_answer(k, YES, fd);
		close(fd);
		return true;
	}
	report_message(k, status_of(k, v), 0);
	forget(k);
	keeper_answer(k, v, -1);
	return true;
}

/* Whether the front's own count can be true of so many octets. */
static bool plausible(uint64_t wire, uint64_t disk)
{
	return disk <= wire && wire / 2 <= disk && wire <= 2 * disk;
}

static uint64_t lines_of(const char *text)
{
	uint64_t lines = 0;
	for (; (text = strchr(text, '\n')) != NULL; text++)
		lines++;
	return lines;
}

/* What became of it, for one recipient or all; words that a program has put go along. */
static void tell(struct keeper *k, struct recipient *r, size_t n, enum verdict v)
{
	if (v == REPLY && k->delivery.reply[0])
		str_copy(k->reply, sizeof k->reply, k->delivery.reply);
	for (size_t i = 0; i < n; i++)
		str_copy(r[i].status, sizeof r[i].status, status_of(k, v));
	keeper_answer(k, v, -1);
	keeper_tell(k);
}

/* An answer for each recipient (RFC 2033 4.2), as soon as it is known. `v`: if not YES, for all. */
static void commit_each(struct keeper *k, enum verdict v, uint64_t disk, uint64_t wire)
{
	struct delivery *d = &k->delivery;
	for (size_t i = 0; i < d->recipients; i++) {
		enum verdict own = v == YES ? deliver_commit_one(d, i, disk, wire) : v;
		tell(k, &d->recipient[i], 1, own);
	}
}

/* What is shown of the message is read before it is delivered. */
static bool read_message(struct keeper *k)
{
	int message = deliver_read(&k->delivery);
	if (message < 0)
		return false;
	send_read(&k->callees, &k->mail.from, k->peer->ip, message, k->trace.len);
	close(message);
	return true;
}

/*
 * What is not for the mailbox must be shown, so that is done first. What is for both is shown when
 * it is safe, to whoever still looks.
 */
static enum verdict hand_over(struct keeper *k, uint64_t disk, uint64_t wire)
{
	bool mailed = k->mail.way == WAY_SAML;
	if (k->callees.count > 0 && !read_message(k))
		return TROUBLE;
	if (!mailed && !send_show(&k->callees)) {
		str_copy(k->reply, sizeof k->reply, "450 4.2.1 Takes no messages any more");
		return REPLY;
	}
	enum verdict v = deliver_commit(&k->delivery, disk, wire);
	if (v == YES && mailed)
		send_show(&k->callees);
	return v;
}

static void commit_all(struct keeper *k, enum verdict v, uint64_t disk, uint64_t wire)
{
	struct delivery *d = &k->delivery;
	if (v == YES)
		v = account_sink() ? sink_commit(k, disk, wire) : hand_over(k, disk, wire);
	tell(k, d->recipient, d->recipients, v);
}

bool transaction_commit(struct keeper *k, const void *body)
{
	struct ask_commit ask;
	uint64_t octets = 0;
	memcpy(&ask, body, sizeof ask);
	enum verdict v = deliver_seal(&k->delivery, &octets);
	if (v == YES && (octets < k->trace.len || !plausible(ask.wire, octets - k->trace.len)))
		return false;
	if (v == YES)
		v = consult_message(k, &octets);
	uint64_t wire = ask.wire + k->trace.len + lines_of(k->trace.at);
	(settings.lmtp ? commit_each : commit_all)(k, v, octets, wire);
	report_message(k, NULL, octets);
	forget(k);
	return true;
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
		report_message(k, why[ask.why], ask.wire);
	forget(k);
	return true;
}

void transaction_lost(struct keeper *k)
{
	if (k->season == SEASON_SPOOL)
		report_message(k, "lost", 0);
	forget(k);
	sink_end();
}
