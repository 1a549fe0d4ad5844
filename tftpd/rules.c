/*
 * rules: reads the rules of a remap file. Runs at the start, with its privileges, and in the loop
 * as the jailed user.
 *
 * A back-reference in a pattern is refused: with one, a name of 500 octets can keep a matcher busy
 * for a minute.
 */
#include "rules.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "log.h"
#include "memory.h"
#include "settings.h"
#include "str.h"

static const struct {
	char letter;
	int flag;
} letters[] = {{'r', REPLACE}, {'g', AGAIN}, {'i', FOLD}, {'e', END}, {'s', RESTART}, {'a', REFUSE},
	{'G', GET}, {'P', PUT}, {'4', IPV4}, {'6', IPV6}, {'~', UNLESS}};

/* Of which no rule may have both. */
static const struct {
	int flags;
	const char *names;
} contrary[] = {{REPLACE | UNLESS, "r and ~"}, {REPLACE | REFUSE, "r and a"},
	{REFUSE | RESTART, "a and s"}, {REFUSE | END, "a and e"}, {END | RESTART, "e and s"}};

static OWN_PAGES struct rule sets[2][RULES]; /* of which one is in force */
struct rule *rules = sets[0];
size_t rule_count;

/* The next field of a line: up to a blank or # without a backslash before it. Cut off with a NUL;
 * "" at the end. */
static char *next_field(char **at)
{
	char *field = *at + strspn(*at, " \t\r\f\v"), *end = field;

	while (*end && *end != '#' && !isspace((unsigned char)*end))
		end += end[0] == '\\' && end[1] ? 2 : 1;
	*at = end;
	if (*end == '#')
		*end = '\0';
	else if (*end) {
		*end = '\0';
		*at = end + 1;
	}
	return field;
}

static const char *read_operation(const char *letter, struct rule *r)
{
	for (; *letter; letter++) {
		size_t i = 0;
		while (i < sizeof letters / sizeof letters[0] && letters[i].letter != *letter)
			i++;
		if (i == sizeof letters / sizeof letters[0])
			return "no such operation";
		r->flags |= letters[i].flag == AGAIN && r->flags & AGAIN ? ONWARD : letters[i].flag;
	}
	for (size_t i = 0; i < sizeof contrary / sizeof contrary[0]; i++)
		if ((r->flags & contrary[i].flags) == contrary[i].flags)
			return contrary[i].names;
	return NULL;
}

static bool has_back_reference(const char *pattern)
{
	while ((pattern = strchr(pattern, '\\')) && pattern[1]) {
		if (pattern[1] >= '1' && pattern[1] <= '9')
			return true;
		pattern += 2;
	}
	return false;
}

/* NULL, or what is wrong with the line. */
static const char *read_rule(char *line, struct rule *r)
{
	static char fault[128];
	const char *operation = next_field(&line), *pattern = next_field(&line);
	const char *wrong = read_operation(operation, r);
	int error;

	r->replacement = next_field(&line);
	if (wrong) {
		struct str s;
		str_init(&s, fault, sizeof fault);
		str_addf(&s, "operation %s: %s", log_quote(operation),
			strstr(wrong, " and ") ? "not at once: " : "");
		str_add(&s, wrong);
		return fault;
	}
	if (!*pattern)
		return "the pattern is missing";
	if (*next_field(&line))
		return "more than an operation, a pattern and a replacement";
	if (has_back_reference(pattern))
		return "a back-reference in a pattern is not allowed";
	error = regcomp(&r->pattern, pattern,
		REG_EXTENDED | (r->flags & FOLD ? REG_ICASE : 0) |
			(r->flags & UNLESS ? REG_NOSUB : 0));
	if (error)
		regerror(error, &r->pattern, fault, sizeof fault);
	return error ? fault : NULL;
}

/* Those of the text, of which there are *count after all; NULL, or what is wrong with the last one.
 */
static const char *read_rules(char *text, struct rule *set, size_t *count, unsigned *line)
{
	for (*line = 1; text; ++*line) {
		char *next = strchr(text, '\n');
		const char *wrong;
		if (next)
			*next++ = '\0';
		text += strspn(text, " \t\r\f\v");
		if (*text && *text != '#') {
			if (*count == RULES)
				return "too many rules";
			set[*count] = (struct rule){.line = *line};
			wrong = read_rule(text, &set[*count]);
			if (wrong)
				return wrong;
			++*count;
		}
		text = next;
	}
	return NULL;
}

static void drop(struct rule *set, size_t count)
{
	while (count > 0)
		regfree(&set[--count].pattern);
}

/* The place for what comes next. */
static size_t spare(void)
{
	return rules == sets[0];
}

bool rules_read(char *text, char *error)
{
	struct rule *set = sets[spare()];
	size_t count = 0;
	unsigned line;
	const char *wrong = read_rules(text, set, &count, &line);
	struct str s;

	str_init(&s, error, RULES_ERROR);
	if (wrong) {
		str_addf(&s, "line %u: %s", line, wrong);
		drop(set, count);
		return false;
	}
	drop(rules, rule_count);
	rules = set;
	rule_count = count;
	return true;
}

bool rules_load(const char *file, ssize_t (*reader)(const char *file, char *text), char *error)
{
	static OWN_PAGES char texts[2][SETTINGS_FILE + 1]; /* the replacements stay in them */
	char why[RULES_ERROR];
	char *text = texts[spare()];
	ssize_t n = reader(file, text);
	struct str s;

	str_init(&s, error, RULES_ERROR);
	if (n < 0) {
		str_addf(&s, "cannot read %.512s: %s", file, strerror(errno));
		return false;
	}
	text[n] = '\0';
	if (strlen(text) < (size_t)n)
		str_addf(&s, "%.512s holds a NUL", file);
	else if (!rules_read(text, why))
		str_addf(&s, "%.512s, %s", file, why);
	return s.len == 0;
}
