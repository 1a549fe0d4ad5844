/*
 * verify: VRFY and EXPN, which tell only the networks of the setting `trusted` who there is. Runs
 * in the front; whom an address means the keeper knows. RFC 5321 3.5, 7.3.
 */
#include <string.h>

#include "session.h"
#include "settings.h"

static const char will_not_tell[] = "252 2.0.0 Not told here, but mail to it may be accepted\r\n";
static const char not_offered[] = "502 5.5.1 Not offered here\r\n";
static const char no_address[] = "501 5.1.3 That is not an address\r\n";

bool verify_offered(const struct session *s)
{
	return net_blocks_have(&settings.trusted, &s->client);
}

/* The parameter SMTPUTF8 behind the address, which it is cut off from. */
static bool take_utf8(char *text)
{
	char *last = strrchr(text, ' ');
	bool found = last && str_same(last + 1, "SMTPUTF8");
	if (found)
		*last = '\0';
	return found;
}

/* An address with or without its brackets; without the parameter it is in ASCII, as is what we say
 * of it. */
static bool read_address(char *text, struct ask_who *ask)
{
	char path[PATH_TEXT + 2];
	struct str s;
	const char *at = path;
	text = str_trim(text);
	ask->utf8 = take_utf8(text);
	str_init(&s, path, sizeof path);
	str_addf(&s, *text == '<' ? "%s" : "<%s>", text);
	return !s.cut && path_read(&at, &ask->to) == PATH_OK && !path_null(&ask->to) &&
	       at[strspn(at, " ")] == '\0' && (ask->utf8 || path_ascii(&ask->to));
}

const char *verify_vrfy(void *session, struct cmd_call *call)
{
	struct session *s = session;
	struct ask_who ask = {.list = 0};
	struct answer a;
	if (!verify_offered(s))
		return will_not_tell;
	if (!read_address(call->argv[0], &ask))
		return no_address;
	if (!session_ask(s, ASK_WHO, &ask, sizeof ask, &a))
		return session_failed;
	return a.verdict == REPLY ? session_reply(s, &a) : envelope_reply(a.verdict);
}

/* One line of a reply: "250-" if others follow. */
static void put_line(struct session *s, char line[REPLY_TEXT], char mark)
{
	line[3] = mark;
	io_putf(&s->io, "%s\r\n", line);
}

const char *verify_expn(void *session, struct cmd_call *call)
{
	struct session *s = session;
	struct ask_who ask = {.list = 1};
	struct answer last, next;
	if (!verify_offered(s))
		return not_offered;
	if (!read_address(call->argv[0], &ask))
		return no_address;
	if (!session_ask(s, ASK_WHO, &ask, sizeof ask, &last))
		return session_failed;
	if (last.verdict != REPLY)
		return envelope_reply(last.verdict);
	for (;; last = next) {
		ask.member++;
		if (!session_ask(s, ASK_WHO, &ask, sizeof ask, &next))
			return session_failed;
		if (next.verdict != REPLY)
			break;
		put_line(s, last.reply, '-');
	}
	put_line(s, last.reply, ' ');
	return NULL;
}
