/*
 * language: UTF8 and LANG. Messages and mailboxes are the same with and without them, so neither is
 * remembered. Runs in the front, in the jail, and in the keeper. RFC 6856 2, 3; RFC 4647 3.4.
 */
#include <string.h>

#include "session.h"

/* As LANG lists them, and what it says when one is chosen. */
static const struct language {
	const char *tag, *listed, *chosen;
} languages[] = {
	{"i-default", "i-default Default language\r\n", "+OK i-default Language changed\r\n"},
	{"en", "en English\r\n", "+OK en Language changed\r\n"},
};
#define LANGUAGES (sizeof languages / sizeof languages[0])

const char *language_utf8(void *session, struct cmd_call *call)
{
	(void)session;
	(void)call;
	return "+OK\r\n";
}

/* A range with further subtags finds the language that it begins with: en-GB is en. */
static bool matches(const char *range, const char *tag)
{
	size_t n = strlen(tag);
	return strncasecmp(range, tag, n) == 0 && (range[n] == '\0' || range[n] == '-');
}

const char *language_lang(void *session, struct cmd_call *call)
{
	struct session *s = session;
	if (call->argc == 1) {
		const char *range = strcmp(call->argv[0], "*") == 0 ? "en" : call->argv[0];
		for (size_t i = 0; i < LANGUAGES; i++)
			if (matches(range, languages[i].tag))
				return languages[i].chosen;
		return "-ERR no such language\r\n";
	}
	io_put(&s->io, "+OK\r\n");
	for (size_t i = 0; i < LANGUAGES; i++)
		io_put(&s->io, languages[i].listed);
	return ".\r\n";
}
