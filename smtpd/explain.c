/*
 * explain: smtpd -n ADDRESS ...: what the addresses lead to, step by step, and what RCPT would say.
 * Runs with the privileges of the start, and changes nothing.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "log.h"
#include "route.h"
#include "session.h"

static void print_step(unsigned depth, const char *line)
{
	printf("%*s%s\n", (int)(2 * depth), "", line);
}

/* The exit status by the class of a reply. */
static int status_of_reply(const char *reply)
{
	return reply[0] == '2' ? EX_OK : reply[0] == '4' ? EX_TEMPFAIL : EX_NOUSER;
}

static bool read_operand(const char *text, struct path *to)
{
	char path[1024];
	struct str s;
	const char *at = path;
	str_init(&s, path, sizeof path);
	str_addf(&s, "<%s>", text);
	return !s.cut && path_read(&at, to) == PATH_OK && *at == '\0' && !path_null(to);
}

/* As transaction.c judges a recipient. */
static int explain_one(const char *text)
{
	static const struct net_addr nowhere = {.sa.sa_family = AF_UNSPEC};
	struct route r;
	struct delivery d = {.count = 0};
	struct path to;
	if (!read_operand(text, &to)) {
		log_complain("\"%s\" is not an address", text);
		return EX_DATAERR;
	}
	printf("%s\n", text);
	enum verdict v = route_explain(&to, &nowhere, print_step, &r);
	if (v == YES && !deliver_recipient(&d, &to))
		v = TROUBLE;
	for (size_t i = 0; v == YES && i < r.count; i++)
		v = deliver_add(&d, &r.destination[i]);
	const char *reply = v == REPLY ? r.reply : envelope_reply(v);
	printf("%.*s\n", (int)strcspn(reply, "\r"), reply);
	deliver_end(&d);
	route_free(&r);
	return status_of_reply(reply);
}

int explain(char **operands)
{
	int worst = EX_OK;
	for (; *operands; operands++) {
		int status = explain_one(*operands);
		worst = worst == EX_OK ? status : worst;
	}
	return worst;
}
