/*
 * members: a list of recipients, one after the other. Runs in the keeper, with the privileges of
 * the start. The format is sendmail's; addresses are those of RFC 5321 4.1.2.
 */
#include "members.h"

#include <string.h>
#include <strings.h>

#include "memory.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static enum member_kind no_member(struct member *m, const char *what)
{
	str_copy(m->text, sizeof m->text, what);
	return m->kind = MEMBER_FAULT;
}

/* The end of what begins at `at`: a comma that is not in quotes, or the end of line or list. */
static const char *part_end(const char *at, bool lines, bool *open)
{
	bool quoted = false;
	for (; *at && !(lines && *at == '\n'); at++) {
		if (quoted && *at == '\\' && at[1] && at[1] != '\n')
			at++;
		else if (*at == '"')
			quoted = !quoted;
		else if (*at == ',' && !quoted)
			break;
	}
	*open = quoted;
	return at;
}

/* Passes over what stands between members. */
static void skip_gap(struct members *list)
{
	bool begins = list->lines; /* a line */
	for (;; list->at++) {
		if (*list->at == '\n') {
			list->line++;
			begins = list->lines;
		} else if (begins && *list->at == '#') {
			list->at += strcspn(list->at, "\n");
			list->at--;
		} else if (*list->at == ',')
			begins = false;
		else if (!is_blank(*list->at))
			return;
	}
}

/* If all of it is one quoted string: takes the quotes away, in place. */
static bool unquote(char *text)
{
	char *to = text, *at = text + 1;
	if (*text != '"')
		return false;
	for (; *at && *at != '"'; at++)
		if (*at == '\\' && at[1])
			at++;
	if (at[0] != '"' || at[1] != '\0')
		return false;
	for (at = text + 1; at[1]; at++) {
		if (*at == '\\')
			at++;
		*to++ = *at;
	}
	*to = '\0';
	return true;
}

static bool is_order(const char *text)
{
	return strchr("|/:", *text) || strncasecmp(text, "error:", 6) == 0;
}

/* Copies the part, with blanks for line ends; false if it does not fit. */
static bool copy_part(char to[MEMBER_TEXT], const char *at, const char *end)
{
	while (end > at && is_blank(end[-1]))
		end--;
	size_t n = (size_t)(end - at);
	if (n >= MEMBER_TEXT)
		return false;
	memcpy(to, at, n);
	to[n] = '\0';
	for (; *to; to++)
		if (is_blank(*to))
			*to = ' ';
	return true;
}

static enum member_kind read_address(struct member *m, enum member_kind kind, const char *text)
{
	char path[MEMBER_TEXT + 2];
	struct str s;
	size_t n = strlen(text);
	if (n > 0 && text[n - 1] == '>' && strrchr(text, '<'))
		text = strrchr(text, '<'); /* behind a person's name */
	str_init(&s, path, sizeof path);
	str_addf(&s, *text == '<' ? "%s" : "<%s>", text);
	const char *at = path;
	enum path_result r = path_read(&at, &m->address);
	if (r == PATH_OK && (*at != '\0' || path_null(&m->address)))
		r = PATH_SYNTAX;
	if (r == PATH_OK)
		return m->kind = kind;
	return no_member(m, r == PATH_LONG ? "is too long an address" : "is not an address");
}

/* "5.1.1 " at the beginning, of the class of `code`. */
static bool has_status(const char *text, char code)
{
	if (*text++ != code)
		return false;
	for (int i = 0; i < 2; i++) {
		size_t digits = *text == '.' ? strspn(text + 1, "0123456789") : 0;
		if (digits < 1 || digits > 3)
			return false;
		text += 1 + digits;
	}
	return *text == ' ';
}

/* "550 5.7.1 Text" or "550 Text", where 5.0.0 is put in. */
static enum member_kind read_error(struct member *m, const char *text)
{
	struct str reply;
	text += strspn(text, " ");
	const char *words = text + 3;
	if (!strchr("45", text[0]) || strspn(text, "0123456789") != 3 || text[1] > '5' ||
		*words != ' ' || strncmp(text, "421", 3) == 0)
		return no_member(m, "error: wants a code such as 550, and a text");
	words += strspn(words, " ");
	str_init(&reply, m->text, sizeof m->text);
	str_addn(&reply, text, 3);
	if (!has_status(words, *text))
		str_addf(&reply, " %c.0.0", *text);
	str_addf(&reply, " %s", words);
	for (const char *c = words; *c; c++)
		if (*c & 0x80)
			return no_member(m, "error: wants a text in ASCII");
	if (*words == '\0' || reply.cut || reply.len + 2 >= sizeof m->text)
		return no_member(m, "error: wants a text, and not too long a one");
	return m->kind = MEMBER_ERROR;
}

static enum member_kind read_program(struct member *m, char *text)
{
	text += strspn(text, " ");
	unquote(text);
	if (*text == '\0')
		return no_member(m, "names no program");
	str_copy(m->text, sizeof m->text, text);
	return m->kind = MEMBER_PROGRAM;
}

static enum member_kind read_folder(struct member *m, const char *text)
{
	size_t n = strlen(text);
	m->text[0] = '\0';
	if (strcmp(text, "/dev/null") == 0)
		return m->kind = MEMBER_NOTHING;
	if (text[n - 1] != '/')
		return no_member(m, "is a file; a Maildir ends in a slash");
	while (n > 0 && text[n - 1] == '/')
		n--;
	if (n == 0)
		return no_member(m, "is no Maildir");
	memcpy(m->text, text, n);
	m->text[n] = '\0';
	return m->kind = MEMBER_FOLDER;
}

static enum member_kind read_include(struct member *m, const char *text)
{
	static const char word[] = ":include:";
	size_t n = strlen(word);
	if (strncasecmp(text, word, n) != 0)
		return no_member(m, "is no :include:");
	text += n + strspn(text + n, " ");
	if (*text != '/')
		return no_member(m, ":include: wants a path that begins with a slash");
	str_copy(m->text, sizeof m->text, text);
	return m->kind = MEMBER_INCLUDE;
}

static enum member_kind read_part(struct member *m, char *text)
{
	char plain[MEMBER_TEXT];
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return no_member(m, "holds a control character");
	if (*text == '"' && str_copy(plain, sizeof plain, text) && unquote(plain) &&
		is_order(plain))
		text = plain;
	switch (*text) {
	case '|':
		return read_program(m, text + 1);
	case '/':
		return read_folder(m, text);
	case ':':
		return read_include(m, text);
	case '\\':
		return read_address(m, MEMBER_ACCOUNT, text + 1);
	}
	if (strncasecmp(text, "error:", 6) == 0)
		return read_error(m, text + 6);
	return read_address(m, MEMBER_ADDRESS, text);
}

enum member_kind members_next(struct members *list, struct member *m)
{
	char text[MEMBER_TEXT];
	bool open = false;
	skip_gap(list);
	m->line = list->line;
	if (*list->at == '\0')
		return m->kind = MEMBER_END;
	const char *at = list->at;
	if (strncasecmp(at, "error:", 6) == 0) /* its text may hold anything */
		list->at += strcspn(at, list->lines ? "\n" : "");
	else
		list->at = part_end(at, list->lines, &open);
	for (const char *c = at; c < list->at; c++)
		list->line += *c == '\n';
	if (open)
		return no_member(m, "has a quote that does not end");
	return copy_part(text, at, list->at) ? read_part(m, text) : no_member(m, "is too long");
}

const char *members_fault(const char *list, unsigned *line)
{
	static OWN_PAGES struct member m;
	struct members rest = {.at = list};
	*line = 0;
	if (members_next(&rest, &m) == MEMBER_END)
		return "names nobody";
	while (m.kind != MEMBER_FAULT && m.kind != MEMBER_END)
		members_next(&rest, &m);
	*line = m.line;
	return m.kind == MEMBER_FAULT ? m.text : NULL;
}
