/*
 * consult: what the hooks say of a transaction. In the keeper, with the privileges of the start.
 */
#include "consult.h"

#include <string.h>
#include <unistd.h>

#include "account_sink.h"
#include "hook.h"
#include "memory.h"
#include "settings.h"

void consult_begin(struct keeper *k)
{
	str_init(&k->recipient_list, k->recipient_text, sizeof k->recipient_text);
}

/* Whether anybody will be told of all recipients. */
static bool counts(void)
{
	return settings.data_hook[0] != NULL;
}

void consult_note(struct keeper *k, const struct path *to)
{
	if (!counts())
		return;
	if (k->recipient_list.len > 0)
		str_add(&k->recipient_list, "\n");
	path_write(to, &k->recipient_list);
}

/* What a hook is asked about these recipients. */
static struct hook *hook_of(struct keeper *k, const char *recipients)
{
	static OWN_PAGES struct hook h;
	h.client = k->peer->ip;
	h.helo = k->mail.helo;
	h.from = &k->mail.from;
	h.recipients = recipients;
	h.watch = k->split->channel; /* the front is silent while it waits */
	return &h;
}

enum verdict consult_recipient(struct keeper *k, const struct path *to)
{
	char text[PATH_TEXT];
	struct str s;
	str_init(&s, text, sizeof text);
	path_write(to, &s);
	if (counts() && k->recipient_list.len + s.len + 2 > k->recipient_list.cap)
		return TOO_MANY;
	struct hook *h = hook_of(k, text);
	enum verdict v = hook_rcpt(h);
	if (v == REPLY)
		memcpy(k->reply, h->reply, sizeof k->reply);
	return v;
}

/* Fields of a hook's go right behind Return-Path: what stands above our Received is ours. */
static void put_fields(struct keeper *k, const char *fields)
{
	static OWN_PAGES char old[TRACE_TEXT];
	str_copy(old, sizeof old, k->trace.at);
	size_t first = strcspn(old, "\n") + 1;
	str_init(&k->trace, k->trace_text, sizeof k->trace_text);
	str_addn(&k->trace, old, first);
	str_add(&k->trace, fields);
	str_add(&k->trace, old + first);
}

enum verdict consult_message(struct keeper *k, uint64_t *octets)
{
	struct hook *h = hook_of(k, k->recipient_list.at);
	size_t top = k->trace.len;
	if (!counts() || account_sink())
		return YES;
	int message = deliver_read(&k->delivery);
	if (message < 0)
		return TROUBLE;
	enum verdict v = hook_data(h, message);
	close(message);
	if (v == REPLY)
		memcpy(k->reply, h->reply, sizeof k->reply);
	if (v != YES)
		return v;
	put_fields(k, h->fields);
	v = deliver_renew(&k->delivery, &k->trace, top, *octets - top);
	*octets += k->trace.len - top;
	return v;
}
