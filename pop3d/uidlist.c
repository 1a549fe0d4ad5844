/*
 * uidlist: ids out of the lists of other servers. Runs in the keeper as the mailbox's owner, on
 * files that this owner could have written. RFC 1939 7.
 */
#include "uidlist.h"

#include <stdio.h>
#include <string.h>

#include "maildir.h"
#include "str.h"

/* Eight octets at a time: there may be millions of ids. One below 0x21 borrows, one above 0x7E
 * carries or has the bit already. */
bool uidlist_legal(const char *uidl)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	size_t n = strlen(uidl), at = 0;
	uint64_t bad = 0, eight;
	if (n == 0 || n >= UIDL_TEXT)
		return false;
	for (; at + sizeof eight <= n; at += sizeof eight) {
		memcpy(&eight, uidl + at, sizeof eight);
		bad |= eight | (eight + each) | (eight - 0x21 * each);
	}
	for (; at < n; at++)
		if (uidl[at] <= 0x20 || uidl[at] >= 0x7f)
			return false;
	return !(bad & 0x80 * each);
}

/* The formats of Dovecot. */

struct variable {
	bool zero, hex, lower, upper;
	unsigned width;
	char letter;
};

/* What stands behind a %; where it ends, or NULL. */
static const char *read_variable(const char *at, struct variable *v)
{
	*v = (struct variable){.zero = *at == '0'};
	for (; *at >= '0' && *at <= '9'; at++)
		if ((v->width = v->width * 10 + (unsigned)(*at - '0')) >= UIDL_TEXT)
			return NULL;
	for (; *at && strchr("XLU", *at); at++) {
		v->hex |= *at == 'X';
		v->lower |= *at == 'L';
		v->upper |= *at == 'U';
	}
	v->letter = *at;
	return *at && strchr("uvfg", *at) ? at + 1 : NULL;
}

bool uidlist_format(const char *format)
{
	struct variable v;
	bool unique = false;
	for (const char *at = format; *at;) {
		if (*at != '%' && (*at <= ' ' || *at >= 0x7f))
			return false;
		if (*at++ != '%')
			continue;
		if ((at = read_variable(at, &v)) == NULL)
			return false;
		unique |= v.letter != 'v';
	}
	return unique;
}

/* One message in Dovecot's list. */
struct entry {
	uint64_t uid, validity;
	const char *name, *guid;
};

static void add_text(struct str *s, const struct variable *v, const char *text)
{
	size_t n = strlen(text);
	for (size_t i = n; v->zero && i < v->width; i++)
		str_add(s, "0");
	if (!v->zero && v->width && n > v->width)
		n = v->width;
	for (size_t i = 0; i < n; i++) {
		char c = v->lower ? str_lower(text[i]) : text[i];
		if (v->upper && c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		str_addn(s, &c, 1);
	}
}

static void add_variable(struct str *s, const struct variable *v, const struct entry *e)
{
	char number[24];
	bool text = strchr("fg", v->letter) != NULL;
	snprintf(number, sizeof number, v->hex ? "%llx" : "%llu",
		(unsigned long long)(v->letter == 'u' ? e->uid : e->validity));
	add_text(s, v, text ? v->letter == 'f' ? e->name : e->guid : number);
}

/* False: too long, or something that no client may see. */
static bool expand(const char *format, const struct entry *e, char uidl[UIDL_TEXT])
{
	const char *at = format;
	struct variable v;
	struct str s;
	str_init(&s, uidl, UIDL_TEXT);
	while (at && *at) {
		if (*at != '%') {
			str_addn(&s, at++, 1);
			continue;
		}
		if ((at = read_variable(at + 1, &v)) != NULL)
			add_variable(&s, &v, e);
	}
	return at && !s.cut && uidlist_legal(uidl);
}

/* "3 V<uidvalidity> N<next uid> ...", or "1 <uidvalidity> <next uid>". */
static bool dovecot_begin(struct uidlist *l, char *line)
{
	char *word = str_word(&line);
	if (!word || (strcmp(word, "1") && strcmp(word, "3")))
		return false;
	l->extended = *word == '3';
	while ((word = str_word(&line)) != NULL)
		if (!l->extended || *word == 'V')
			return str_number(word + l->extended, UINT32_MAX, &l->validity) &&
			       l->validity > 0;
	return false;
}

/* The fields between uid and name: G, the guid; P, the id where it is not by the format. */
static bool read_fields(char **at, const char **guid, const char **own)
{
	while (**at != ':') {
		char *word = str_word(at);
		if (!word)
			return false;
		if (*word == 'G')
			*guid = word + 1;
		if (*word == 'P')
			*own = word + 1;
	}
	++*at;
	return true;
}

/* "<uid> [<field> ...] :<name>"; in version 1 "<uid> <name>". */
static const char *dovecot_line(const struct uidlist *l, char *line, char uidl[UIDL_TEXT])
{
	struct entry e = {.validity = l->validity};
	const char *own = NULL;
	char *word = str_word(&line);
	if (!word || !str_number(word, UINT32_MAX, &e.uid) || e.uid == 0)
		return NULL;
	if (l->extended && !read_fields(&line, &e.guid, &own))
		return NULL;
	line[maildir_base(line)] = '\0';
	e.name = line;
	if (!e.guid)
		e.guid = line;
	if (own && *own == '\0')
		own = line;
	if (!own)
		return expand(l->format, &e, uidl) ? line : NULL;
	return uidlist_legal(own) && str_copy(uidl, UIDL_TEXT, own) ? line : NULL;
}

/* "/<version> <next number> [<uidvalidity>]" */
static bool courier_begin(struct uidlist *l, char *line)
{
	uint64_t version;
	char *word = str_word(&line);
	(void)l;
	return word && *word == '/' && str_number(word + 1, 3, &version) && version > 0;
}

/* The word behind the last space, cut off; NULL: there is none. */
static char *cut_last(char *line)
{
	char *space = strrchr(line, ' ');
	if (!space)
		return NULL;
	*space = '\0';
	return space + 1;
}

/* Courier's id of a message that has no number. */
static void escape_name(const char *name, struct str *s)
{
	for (; *name; name++)
		if (*name <= ' ' || *name >= 0x7f || strchr("'\"+", *name))
			str_addf(s, "+%02X", (unsigned char)*name);
		else
			str_addn(s, name, 1);
}

/* "<name> <octets> <number>[:<uidvalidity>[:<utf8>]]"; spaces may be in the name. */
static const char *courier_line(const struct uidlist *l, char *line, char uidl[UIDL_TEXT])
{
	uint64_t number, validity = 0;
	char *id = cut_last(line), *octets = id ? cut_last(line) : NULL, *second, *third;
	struct str s;
	(void)l;
	if (!octets || *line == '\0')
		return NULL;
	if ((second = strchr(id, ':')) != NULL)
		*second++ = '\0';
	if (second && (third = strchr(second, ':')) != NULL)
		*third = '\0';
	if (!str_number(id, UINT64_MAX, &number) ||
		(second && !str_number(second, UINT64_MAX, &validity)))
		return NULL;
	line[maildir_base(line)] = '\0';
	str_init(&s, uidl, UIDL_TEXT);
	if (number == 0)
		escape_name(line, &s);
	else
		str_addf(&s, validity ? "UID%llu-%llu" : "UID%llu", (unsigned long long)number,
			(unsigned long long)validity);
	return !s.cut && uidlist_legal(uidl) ? line : NULL;
}

const struct uidlist_kind uidlist_kinds[] = {
	{"dovecot-uidlist", dovecot_begin, dovecot_line},
	{"courierpop3dsizelist", courier_begin, courier_line},
	{NULL, NULL, NULL},
};
