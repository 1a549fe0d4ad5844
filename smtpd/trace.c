/*
 * trace: Return-Path and Received. Runs in the keeper. RFC 5321 4.4, 4.1.3; RFC 3848;
 * RFC 6531 4.3; RFC 5322 3.3.
 */
#include "trace.h"

#include <string.h>
#include <time.h>

#include "settings.h"

/* A name that anybody may have made up, so that it ends no field and opens no comment. */
static void add_name(const char *name, struct str *to)
{
	for (; *name; name++) {
		bool plain = *name > ' ' && *name <= '~' && !strchr("()<>\\\",;", *name);
		str_addn(to, plain ? name : "?", 1);
	}
}

static void add_address(const char *ip, struct str *to)
{
	if (strcmp(ip, "-") != 0)
		str_addf(to, " ([%s%s])", strchr(ip, ':') ? "IPv6:" : "", ip);
}

/* RFC 3848, which knows no SMTPA; RFC 6531 4.3. */
static void add_protocol(const struct trace *t, struct str *to)
{
	const char *plain = (t->esmtp || t->authenticated) && !t->utf8 ? "ESMTP" : "SMTP";
	str_addf(to, "%s%s%s", t->utf8 ? "UTF8" : "", t->lmtp ? "LMTP" : plain,
		t->authenticated ? "A" : "");
}

/* No locale is ever set, so the names of days and months are English. */
static void add_date(struct str *to)
{
	char date[64];
	time_t now = time(NULL);
	struct tm tm;
	if (localtime_r(&now, &tm) && strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S %z", &tm))
		str_add(to, date);
}

void trace_write(const struct trace *t, struct str *to)
{
	str_add(to, "Return-Path: <");
	path_write(t->from, to);
	str_add(to, ">\nReceived: from ");
	add_name(t->helo, to);
	add_address(t->ip, to);
	str_addf(to, "\n\tby %s with ", settings.hostname);
	add_protocol(t, to);
	str_addf(to, " id %s", t->id);
	if (t->to) {
		str_add(to, "\n\tfor <");
		path_write(t->to, to);
		str_add(to, ">");
	}
	str_add(to, t->to ? "; " : ";\n\t");
	add_date(to);
	str_add(to, "\n");
}
