/*
 * terminal: shows messages. Runs in the keeper; a terminal is opened with the ids of the user whose
 * it is. RFC 821 3.4.
 */
#include "terminal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define END "\r\nEOF\r\n"
#define CUT "\r\n[...]"

/* A character of UTF-8 becomes one '?', so that what is beside it stays where it was. */
static void add_harmless(struct str *to, const char *text, size_t n)
{
	unsigned char last = 0;
	for (size_t i = 0; i < n && !to->cut; i++) {
		unsigned char c = (unsigned char)text[i];
		bool inside = c >= 0x80 && c < 0xc0 && last >= 0x80;
		bool plain = (c >= ' ' && c <= '~') || c == '\t';
		last = c;
		if (c == '\n')
			str_add(to, "\r\n");
		else if (!inside)
			str_addn(to, plain ? &text[i] : "?", 1);
	}
}

static size_t line_length(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));
	return (size_t)((newline ? newline + 1 : end) - at);
}

/* A field's name and its colon, or more of the field before. */
static bool is_header(const char *at, size_t n)
{
	size_t name = 0;
	while (name < n && at[name] > ' ' && at[name] <= '~' && at[name] != ':')
		name++;
	return at[0] == ' ' || at[0] == '\t' || (name > 0 && name < n && at[name] == ':');
}

/* The blank line behind a header; without one, as people type, all is body. */
static const char *header_end(const char *text, const char *end)
{
	const char *at = text;
	for (size_t n; at < end && is_header(at, n = line_length(at, end));)
		at += n;
	return at < end && *at == '\n' ? at : text;
}

static void add_subject(struct str *to, const char *at, const char *end)
{
	bool subject = false;
	for (size_t n; at < end; at += n) {
		n = line_length(at, end);
		if (*at != ' ' && *at != '\t')
			subject = n > 8 && strncasecmp(at, "Subject:", 8) == 0;
		if (subject)
			add_harmless(to, at, n);
	}
}

void terminal_text(const struct terminal_message *m, struct str *to)
{
	char from[PATH_TEXT], at[8] = "";
	time_t now = time(NULL);
	struct tm tm;
	struct str s, body = *to;
	str_init(&s, from, sizeof from);
	path_write(m->from, &s);
	if (localtime_r(&now, &tm))
		strftime(at, sizeof at, "%H:%M", &tm);
	body.cap = TERMINAL_TEXT - sizeof CUT - sizeof END;
	str_add(&body, "\r\n\aMessage from <");
	add_harmless(&body, from, s.len);
	str_addf(&body, "> [%s] at %s\r\n", m->ip, at);
	const char *end = m->text + m->size, *text = header_end(m->text, end);
	add_subject(&body, m->text, text);
	add_harmless(&body, text, (size_t)(end - text));
	bool cut = body.cut;
	body.cap = to->cap;
	body.cut = false;
	str_add(&body, cut ? CUT END : END);
	*to = body;
}

static bool takes_messages(int fd, uid_t owner)
{
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_uid == owner &&
	       (st.st_mode & S_IWGRP) && isatty(fd);
}

static bool write_text(int fd, const char *text)
{
	size_t n = strlen(text);
	return n == 0 || write(fd, text, n) == (ssize_t)n;
}

size_t terminal_write(struct priv_ids owner, const struct logins *at, const char *text)
{
	const int flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;
	size_t shown = 0;
	priv_as(owner);
	for (size_t i = 0; i < at->count; i++) {
		char path[sizeof at->line[0] + 8];
		snprintf(path, sizeof path, "/dev/%s", at->line[i]);
		int fd = open(path, flags);
		if (fd < 0)
			continue;
		shown += takes_messages(fd, owner.uid) && write_text(fd, text);
		close(fd);
	}
	priv_back();
	return shown;
}
