/*
 * report: a message's lines in the log. Runs in the keeper.
 *
 * One line for each message: in it `to` is the number of recipients, and `rcpt` their addresses.
 * Those that do not fit follow in lines of their own, with the same id. By LMTP there is such a
 * line for each status that recipients got.
 */
#include <string.h>

#include "keeper.h"
#include "log.h"

#define LINE (LOG_LINE - 64) /* octets that fit beside what syslog puts in front */

static const char *bracketed(const char *address)
{
	char text[PATH_TEXT + 2];
	struct str s;
	str_init(&s, text, sizeof text);
	str_addf(&s, "<%s>", address);
	return log_quote(text);
}

static const char *path_text(const struct path *p)
{
	char text[PATH_TEXT];
	struct str s;
	str_init(&s, text, sizeof text);
	path_write(p, &s);
	return bracketed(text);
}

void report_refusal(struct keeper *k, const struct path *to, const char *status)
{
	log_event(LOG_INFO, "recipient refused ip=%s helo=%s from=%s to=%s status=%s", k->peer->ip,
		log_quote(k->mail.helo), path_text(&k->mail.from), path_text(to), status);
}

/* Recipients of a status; NULL: all. */
struct group {
	struct keeper *k;
	const char *status;
	uint64_t octets;
	size_t next; /* index of the first recipient who is not written yet */
};

static bool is_in(const struct group *g, size_t i)
{
	return !g->status || strcmp(g->k->delivery.recipient[i].status, g->status) == 0;
}

static size_t size_of(const struct group *g)
{
	size_t n = 0;
	for (size_t i = 0; i < g->k->delivery.recipients; i++)
		n += is_in(g, i);
	return n;
}

/* As many as fit; one fits where there is nothing else to speak of. */
static void add_recipients(struct group *g, struct str *line)
{
	const struct delivery *d = &g->k->delivery;
	const char *before = " rcpt=";
	for (; g->next < d->recipients; g->next++) {
		if (!is_in(g, g->next))
			continue;
		const char *address = bracketed(d->recipient[g->next].address);
		if (line->len + strlen(before) + strlen(address) >= line->cap)
			return;
		str_addf(line, "%s%s", before, address);
		before = ",";
	}
}

static void report_group(struct group *g, const char *status)
{
	const struct keeper *k = g->k;
	char text[LINE];
	struct str line;
	str_init(&line, text, sizeof text);
	str_addf(&line, "message id=%s ip=%s helo=%s from=%s to=%zu octets=%llu", k->id,
		k->peer->ip, log_quote(k->mail.helo), path_text(&k->mail.from), size_of(g),
		(unsigned long long)g->octets);
	str_addf(&line, " tls=no auth=%s status=%s ms=%lld fsync=%lld",
		k->user[0] ? log_quote(k->user) : "-", status, (long long)(now_ms() - k->began),
		(long long)(k->delivery.fsync_us / 1000));
	for (add_recipients(g, &line);; add_recipients(g, &line)) {
		log_event(LOG_INFO, "%s", text);
		if (g->next == k->delivery.recipients)
			return;
		str_init(&line, text, sizeof text);
		str_addf(&line, "recipients id=%s", k->id);
	}
}

void report_message(struct keeper *k, const char *status, uint64_t octets)
{
	struct delivery *d = &k->delivery;
	if (status) {
		report_group(&(struct group){.k = k, .octets = octets}, status);
		return;
	}
	for (size_t i = 0; i < d->recipients; i++) {
		size_t first = 0;
		while (strcmp(d->recipient[first].status, d->recipient[i].status) != 0)
			first++;
		if (first == i)
			report_group(
				&(struct group){
					.k = k, .status = d->recipient[i].status, .octets = octets},
				d->recipient[i].status);
	}
}
