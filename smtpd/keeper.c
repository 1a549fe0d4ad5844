/*
 * keeper: answers the front's questions, each only in its season, and believes no field. Runs with
 * the privileges of the start (root's, for many); takes an owner's ids where it touches mail
 * (deliver.c).
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "deliver.h"
#include "log.h"
#include "route.h"
#include "session.h"
#include "trace.h"

enum season { SEASON_IDLE = 1, SEASON_MAIL = 2, SEASON_RCPT = 4, SEASON_SPOOL = 8 };
#define SEASON_ANY (SEASON_IDLE | SEASON_MAIL | SEASON_RCPT | SEASON_SPOOL)

struct keeper {
	struct split *split;
	const struct peer *peer;
	unsigned season;
	struct ask_mail mail;
	struct path to; /* the first recipient */
	uint64_t recipients; /* accepted, the same one twice counted twice */
	struct delivery delivery;
	char id[MESSAGE_ID];
	struct str trace; /* what the spool begins with */
	char trace_text[TRACE_TEXT];
	int64_t began;
};

/* What a verdict is called in the log. */
static const char *const status[] = {[YES] = "2.0.0",
	[NO_SUCH_USER] = "5.1.1",
	[NOT_LOCAL] = "5.7.1",
	[TOO_MANY] = "4.5.3",
	[DISK_FULL] = "4.3.1",
	[TROUBLE] = "4.3.0"};

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

static bool answer(struct keeper *k, enum verdict v, int fd)
{
	struct answer a = {.verdict = (unsigned char)v};
	memcpy(a.id, k->id, sizeof a.id);
	return split_send(k->split, ANSWER, &a, sizeof a, fd);
}

static void forget(struct keeper *k)
{
	deliver_end(&k->delivery);
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

/* Answers to the records. False: the record is none that a sound front sends. */

static bool take_mail(struct keeper *k, const void *body)
{
	memcpy(&k->mail, body, sizeof k->mail);
	k->recipients = 0;
	k->season = SEASON_MAIL;
	return path_valid(&k->mail.from) && memchr(k->mail.helo, '\0', sizeof k->mail.helo);
}

static enum verdict judge(struct keeper *k, const struct path *to)
{
	struct mailbox box;
	if (k->recipients >= settings.recipients)
		return TOO_MANY;
	enum verdict v = route_find(to, &k->peer->local, &box);
	return v == YES ? deliver_add(&k->delivery, &box) : v;
}

static bool take_rcpt(struct keeper *k, const void *body)
{
	struct ask_rcpt rcpt;
	memcpy(&rcpt, body, sizeof rcpt);
	if (!path_valid(&rcpt.to) || path_null(&rcpt.to))
		return false;
	enum verdict v = judge(k, &rcpt.to);
	if (v == YES) {
		if (k->recipients++ == 0)
			k->to = rcpt.to;
		k->season = SEASON_RCPT;
	} else {
		log_event(LOG_INFO, "recipient refused ip=%s to=%s status=%s", k->peer->ip,
			path_text(&rcpt.to), status[v]);
	}
	return answer(k, v, -1);
}

/* Unique on this host: no process has the same pid within a microsecond. */
static void name_message(struct keeper *k)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(k->id, sizeof k->id, "%llX%05lXP%lX", (unsigned long long)now.tv_sec,
		(unsigned long)now.tv_nsec / 1000, (unsigned long)getpid());
}

static bool take_spool(struct keeper *k, const void *body)
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
	trace_write(&t, &k->trace);
	enum verdict v = deliver_begin(&k->delivery, &k->trace);
	if (v == YES) {
		k->season = SEASON_SPOOL;
		return answer(k, YES, k->delivery.target[0].draft.fd);
	}
	report(k, status[v], 0);
	forget(k);
	return answer(k, v, -1);
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

static bool take_commit(struct keeper *k, const void *body)
{
	struct ask_commit ask;
	uint64_t disk, lines = 0;
	memcpy(&ask, body, sizeof ask);
	if (!measure(k, ask.wire, &disk))
		return false;
	for (const char *c = k->trace.at; (c = strchr(c, '\n')) != NULL; c++)
		lines++;
	enum verdict v =
		deliver_commit(&k->delivery, disk + k->trace.len, ask.wire + k->trace.len + lines);
	report(k, status[v], disk + k->trace.len);
	forget(k);
	return answer(k, v, -1);
}

static bool take_reset(struct keeper *k, const void *body)
{
	static const char *const why[GIVE_UPS] = {[WITHDRAWN] = "withdrawn",
		[CONNECTION_LOST] = "lost",
		[TOO_LARGE] = "5.3.4",
		[NOT_TEXT] = "5.6.0",
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

static const struct question {
	unsigned char type;
	unsigned seasons;
	size_t size;
	bool (*take)(struct keeper *k, const void *body);
} questions[] = {
	{ASK_MAIL, SEASON_IDLE, sizeof(struct ask_mail), take_mail},
	{ASK_RCPT, SEASON_MAIL | SEASON_RCPT, sizeof(struct ask_rcpt), take_rcpt},
	{ASK_SPOOL, SEASON_RCPT, 0, take_spool},
	{ASK_COMMIT, SEASON_SPOOL, sizeof(struct ask_commit), take_commit},
	{ASK_RESET, SEASON_ANY, sizeof(struct ask_reset), take_reset},
};

static bool take(struct keeper *k, unsigned char type, const void *body, size_t size)
{
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
		const struct question *q = &questions[i];
		if (q->type == type)
			return size == q->size && (q->seasons & k->season) && q->take(k, body);
	}
	return false;
}

int keeper(struct split *split, const struct peer *peer)
{
	static struct keeper k;
	static char body[SPLIT_MAX];
	size_t size;
	unsigned char type;
	k.split = split;
	k.peer = peer;
	k.season = SEASON_IDLE;
	bool sound = true;
	while (sound && (type = split_receive(split, body, &size, NULL)) != 0)
		sound = take(&k, type, body, size);
	if (!sound)
		log_event(LOG_ALERT, "the front broke the rules ip=%s", peer->ip);
	if (k.season == SEASON_SPOOL)
		report(&k, "lost", 0);
	forget(&k);
	split_end(split);
	return sound ? EX_OK : EX_SOFTWARE;
}
