/*
 * Remap rules: what is read, what is refused, and what becomes of names.
 */
#include "../../tftpd/client.c"
#include "../../tftpd/remap.c"
#include "../../tftpd/rules.c"

#include <stdlib.h>

#include "unit.h"

static char text[65536]; /* what the rules point into */

static void forget(void)
{
	while (rule_count > 0)
		regfree(&rules[--rule_count].pattern);
}

static bool read_text(const char *from, char *error)
{
	forget();
	str_copy(text, sizeof text, from);
	return rules_read(text, error);
}

static const struct {
	const char *rules, *error; /* "" when they are good */
} files[] = {
	{"", ""},
	{"# nothing\n\n   # else\r\n", ""},
	{"r a b # why\n\trgi\t^x\t\\0y\n", ""},
	{"e ^", ""},
	{"rge4GP \\# \\ \\#\\\\", ""},
	{"a \\.\\.", ""},
	{"r a", ""},
	{"r (a)\\\\1 x", ""}, /* a backslash, and 1 */
	{"r a b\nx a b", "line 2: operation x: no such operation"},
	{"\n\nr~ a b", "line 3: operation r~: not at once: r and ~"},
	{"ar a b", "line 1: operation ar: not at once: r and a"},
	{"es a", "line 1: operation es: not at once: e and s"},
	{"ea a", "line 1: operation ea: not at once: a and e"},
	{"sa a", "line 1: operation sa: not at once: a and s"},
	{"r # a b", "line 1: the pattern is missing"},
	{"r", "line 1: the pattern is missing"},
	{"r a b c", "line 1: more than an operation, a pattern and a replacement"},
	{"#\nr (a)\\1 b", "line 2: a back-reference in a pattern is not allowed"},
	{"r [\\\\](a)\\9 b", "line 1: a back-reference in a pattern is not allowed"},
};

static void check_files(void)
{
	char error[RULES_ERROR];

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		bool good = read_text(files[i].rules, error);
		CHECK(good == (*files[i].error == '\0'));
		CHECK_TEXT(error, files[i].error);
	}
	/* What the library says differs. */
	CHECK(!read_text("r a b\nr (a b\n", error) && str_begins(error, "line 2: "));
}

static void check_anew(void)
{
	static char good[] = "r a b\ne ^", bad[] = "r a c\nr b c\nr (a b\n";
	static char better[] = "r a d";
	static struct client client;
	struct remap m = {.client = &client, .name = "a"};
	char error[RULES_ERROR];

	forget();
	CHECK(rules_read(good, error));
	CHECK(!rules_read(bad, error) && str_begins(error, "line 3: "));
	CHECK(rule_count == 2 && remap_apply(&m) == REMAP_OK);
	CHECK_TEXT(m.name, "b");
	CHECK(rules_read(better, error) && rule_count == 1);
	strcpy(m.name, "a");
	CHECK(remap_apply(&m) == REMAP_OK);
	CHECK_TEXT(m.name, "d");
}

static void check_many(void)
{
	char *many = malloc(RULES * 8 + 64), error[RULES_ERROR];

	*many = '\0';
	for (int i = 0; i < RULES; i++)
		memcpy(many + (size_t)i * 6, "r a b\n", 7);
	CHECK(read_text(many, error) && rule_count == RULES);
	memcpy(many + (size_t)RULES * 6, "r a b\n", 7);
	CHECK(!read_text(many, error));
	CHECK_TEXT(error, "line 513: too many rules");
	free(many);
}

static const struct {
	const char *rules, *name;
	enum remap_result result;
	const char *becomes;
} names[] = {
	{"", "f", REMAP_OK, "f"},
	{"r b X", "abcb", REMAP_OK, "aXcb"},
	{"rg b X", "abcb", REMAP_OK, "aXcX"},
	{"rg b", "abcb", REMAP_OK, "ac"},
	{"rgg b bb", "abcb", REMAP_OK, "abbcbb"},
	{"rgg x* -", "ab", REMAP_OK, "-a-b-"},
	{"rgg x* -", "abxx", REMAP_OK, "-a-b-"},
	{"rgg .* X", "abxx", REMAP_OK, "X"},
	{"rgg [^/]*$ b/\\0", "a/bx", REMAP_OK, "a/b/bx"},
	{"rgg ^a X", "aaa", REMAP_OK, "Xaa"},
	{"rg ^a", "aaab", REMAP_OK, "b"},
	{"r B X", "abc", REMAP_OK, "abc"},
	{"ri B X", "abc", REMAP_OK, "aXc"},
	{"r (a)(b)? [\\2\\1\\0]", "ac", REMAP_OK, "[aa]c"},
	{"r ^ \\i/", "f", REMAP_OK, "192.0.2.10/f"},
	{"r ^ \\x/", "f", REMAP_OK, "C000020A/f"},
	{"r .* \\L\\0", "/Boot/BCD", REMAP_OK, "/boot/bcd"},
	{"r (.*)/(.*) \\U\\1\\E/\\2", "boot/Bcd", REMAP_OK, "BOOT/Bcd"},
	{"r a \\\\\\ \\#\\q\\", "a", REMAP_OK, "\\ #q\\"},
	{"rgg \\\\ /", "\\boot\\x64\\wdsnbp.com", REMAP_OK, "/boot/x64/wdsnbp.com"},

	/* What comes next. */
	{"re a b\nr b c", "a", REMAP_OK, "b"},
	{"re x b\nr a c", "a", REMAP_OK, "c"},
	{"e ^a\nr a c", "ab", REMAP_OK, "ab"},
	{"r b c\nrs a b", "a", REMAP_OK, "c"},
	{"~s a\nr b c", "b", REMAP_ENDLESS, NULL},
	{"s a", "a", REMAP_ENDLESS, NULL},
	{"rg a a", "a", REMAP_ENDLESS, NULL},
	{"rg a aa", "a", REMAP_LONG, NULL},
	{"rg ^ x", "a", REMAP_LONG, NULL},

	/* Refusals. */
	{"a \\.\\.", "../f", REMAP_REFUSED, ""},
	{"a ^f Not\\ \\0", "f", REMAP_REFUSED, "Not f"},
	{"a ^g\nr f h", "f", REMAP_OK, "h"},
	{"~a ^/public/ Only\\ public\\ files", "/private", REMAP_REFUSED, "Only public files"},
	{"~a ^/public/", "/public/f", REMAP_OK, "/public/f"},

	/* For some only; the requests here are to read, from IPv4. */
	{"rG a b\nrP b c\nr4 b d\nr6 d e", "a", REMAP_OK, "d"},
	{"aP ^", "a", REMAP_OK, "a"},
};

static void check_name(size_t i, const struct client *client)
{
	struct remap m = {.client = client};
	char error[RULES_ERROR];
	enum remap_result result;

	CHECK(read_text(names[i].rules, error));
	CHECK(str_copy(m.name, sizeof m.name, names[i].name));
	result = remap_apply(&m);
	if (result != names[i].result ||
		(names[i].becomes && strcmp(m.name, names[i].becomes) != 0))
		fprintf(stderr, "%s: %s: %d %s\n", names[i].rules, names[i].name, (int)result,
			m.name);
	CHECK(result == names[i].result);
	if (names[i].becomes)
		CHECK_TEXT(m.name, names[i].becomes);
}

static unsigned told;

static void note(unsigned line, const char *name)
{
	CHECK(line != 2);
	CHECK_TEXT(name, line == 1 ? "b" : "c");
	told++;
}

static void check_telling(const struct client *client)
{
	struct remap m = {.client = client, .put = true, .tell = note, .name = "a"};
	char error[RULES_ERROR];

	CHECK(read_text("r a b\nr x y\nrP b c", error));
	CHECK(remap_apply(&m) == REMAP_OK && told == 2);
}

/* The longest name that a request can have, and one octet more. */
static void check_long_name(const struct client *client)
{
	struct remap m = {.client = client};
	char error[RULES_ERROR];

	memset(m.name, 'a', sizeof m.name - 1);
	CHECK(read_text("r a b", error) && remap_apply(&m) == REMAP_OK);
	CHECK(strlen(m.name) == sizeof m.name - 1 && m.name[0] == 'b');
	CHECK(read_text("r a bb", error) && remap_apply(&m) == REMAP_LONG);
}

int main(void)
{
	struct net_addr a;
	struct client client;

	CHECK(net_parse("192.0.2.10", 1, &a));
	client_learn(&client, &a);
	check_files();
	check_anew();
	check_many();
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		check_name(i, &client);
	check_telling(&client);
	check_long_name(&client);
	forget();
	return unit_end();
}
