/*
 * rules: reads the rules of a remap file. Runs at the start, with its privileges.
 *
 * A back-reference in a pattern is refused: with one, a name of 500 octets can keep a matcher busy
 * for a minute.
 */
#include "rules.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "log.h"
#include "str.h"

#define FILE_MAX (256 * 1024)

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

struct rule rules[RULES];
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

bool rules_read(char *text, char *error)
{
	struct str s;

	str_init(&s, error, RULES_ERROR);
	for (unsigned line = 1; text; line++) {
		char *next = strchr(text, '\n');
		const char *wrong;
		if (next)
			*next++ = '\0';
		text += strspn(text, " \t\r\f\v");
		if (*text && *text != '#') {
			struct rule *r = &rules[rule_count];
			if (rule_count == RULES)
				wrong = "too many rules";
			else {
				*r = (struct rule){.line = line};
				wrong = read_rule(text, r);
			}
			if (wrong) {
				str_addf(&s, "line %u: %s", line, wrong);
				return false;
			}
			rule_count++;
		}
		text = next;
	}
	return true;
}

void rules_load(const char *file)
{
	static char text[FILE_MAX + 1]; /* the replacements stay in it */
	char error[RULES_ERROR];
	size_t n = 0;
	ssize_t got = -1;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && n < sizeof text && (got = read(fd, text + n, sizeof text - n)) > 0)
		n += (size_t)got;
	if (got < 0)
		die(EX_CONFIG, "cannot read %s: %s", file, strerror(errno));
	close(fd);
	if (n > FILE_MAX || strlen(text) < n)
		die(EX_CONFIG, "%s is too long, or no text", file);
	if (!rules_read(text, error))
		die(EX_CONFIG, "%s, %s", file, error);
}
