/*
 * The address grammar of smtpd, by tables. RFC 5321 4.1.2, 4.1.3, 4.5.3.1.
 */
#include "unit.h"

#include "../../smtpd/path.c"

#define A64 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234"
#define L60 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz12345678"
#define D255 L60 "ab." L60 "ab." L60 "ab." L60 "abcdef" /* 3 times 63, and 66 */

static const struct {
	const char *text;
	enum path_result result;
	const char *written; /* as path_write() has it */
	const char *rest;
} cases[] = {
	{"<>", PATH_OK, "", ""},
	{"<> SIZE=1", PATH_OK, "", " SIZE=1"},
	{"<user@example.org>", PATH_OK, "user@example.org", ""},
	{"<user@example.org> A B", PATH_OK, "user@example.org", " A B"},
	{"<User+tag@EXAMPLE.org>", PATH_OK, "User+tag@EXAMPLE.org", ""},
	{"<postmaster>", PATH_OK, "postmaster", ""},
	{"<a!b%c#d@e>", PATH_OK, "a!b%c#d@e", ""},
	{"<first.last@a.b.c>", PATH_OK, "first.last@a.b.c", ""},
	{"<a@my_host>", PATH_OK, "a@my_host", ""},
	{"<a@x-y.1.2>", PATH_OK, "a@x-y.1.2", ""},
	/* Quotes: written only where they are needed. */
	{"<\"user\"@d>", PATH_OK, "user@d", ""},
	{"<\"us\\er\"@d>", PATH_OK, "user@d", ""},
	{"<\"a b\"@d>", PATH_OK, "\"a b\"@d", ""},
	{"<\"a>b\"@d>", PATH_OK, "\"a>b\"@d", ""},
	{"<\"a\\\"b\"@d>", PATH_OK, "\"a\\\"b\"@d", ""},
	{"<\"a\\\\b\"@d>", PATH_OK, "\"a\\\\b\"@d", ""},
	{"<\"a@b\"@d>", PATH_OK, "\"a@b\"@d", ""},
	{"<\"a..b\"@d>", PATH_OK, "\"a..b\"@d", ""},
	{"<\"\"@d>", PATH_OK, "\"\"@d", ""},
	{"<\"a b\">", PATH_OK, "\"a b\"", ""},
	/* Routes are thrown away. */
	{"<@a:u@d>", PATH_OK, "u@d", ""},
	{"<@a.b,@[192.0.2.1],@c:u@d> X", PATH_OK, "u@d", " X"},
	/* Literals. */
	{"<u@[192.0.2.1]>", PATH_OK, "u@[192.0.2.1]", ""},
	{"<u@[IPv6:2001:db8::1]>", PATH_OK, "u@[IPv6:2001:db8::1]", ""},
	{"<u@[ipv6:::1]>", PATH_OK, "u@[ipv6:::1]", ""},
	/* At the limits, and beyond. */
	{"<" A64 "@d>", PATH_OK, A64 "@d", ""},
	{"<" A64 "x@d>", PATH_LONG, NULL, NULL},
	{"<" A64 "x>", PATH_LONG, NULL, NULL},
	{"<\"" A64 "\"@d>", PATH_OK, A64 "@d", ""},
	{"<a@" D255 ">", PATH_OK, "a@" D255, ""},
	{"<" A64 "@" D255 ">", PATH_OK, A64 "@" D255, ""},
	{"<a@" D255 "x>", PATH_LONG, NULL, NULL},
	/* Junk. */
	{"", PATH_SYNTAX, NULL, NULL},
	{"a@b", PATH_SYNTAX, NULL, NULL},
	{"<", PATH_SYNTAX, NULL, NULL},
	{">", PATH_SYNTAX, NULL, NULL},
	{"<a@b", PATH_SYNTAX, NULL, NULL},
	{"a@b>", PATH_SYNTAX, NULL, NULL},
	{"<<a@b>>", PATH_SYNTAX, NULL, NULL},
	{"<<a@b>", PATH_SYNTAX, NULL, NULL},
	{"<a@b>>", PATH_SYNTAX, NULL, NULL},
	{"<a@b>x", PATH_SYNTAX, NULL, NULL},
	{"< a@b>", PATH_SYNTAX, NULL, NULL},
	{"<a@b >", PATH_SYNTAX, NULL, NULL},
	{"<a b@c>", PATH_SYNTAX, NULL, NULL},
	{"<@d>", PATH_SYNTAX, NULL, NULL},
	{"<a@>", PATH_SYNTAX, NULL, NULL},
	{"<@a:>", PATH_SYNTAX, NULL, NULL},
	{"<@a,b:u@d>", PATH_SYNTAX, NULL, NULL},
	{"<@a,@:u@d>", PATH_SYNTAX, NULL, NULL},
	{"<a@b@c>", PATH_SYNTAX, NULL, NULL},
	{"<a@b,c@d>", PATH_SYNTAX, NULL, NULL},
	{"<.a@b>", PATH_SYNTAX, NULL, NULL},
	{"<a.@b>", PATH_SYNTAX, NULL, NULL},
	{"<a..b@c>", PATH_SYNTAX, NULL, NULL},
	{"<a@.b>", PATH_SYNTAX, NULL, NULL},
	{"<a@b.>", PATH_SYNTAX, NULL, NULL},
	{"<a@b..c>", PATH_SYNTAX, NULL, NULL},
	{"<a@-b>", PATH_SYNTAX, NULL, NULL},
	{"<a@b->", PATH_SYNTAX, NULL, NULL},
	{"<a@b-.c>", PATH_SYNTAX, NULL, NULL},
	{"<a@b c>", PATH_SYNTAX, NULL, NULL},
	{"<a@b/c>", PATH_SYNTAX, NULL, NULL},
	{"<\"\">", PATH_SYNTAX, NULL, NULL},
	{"<\"a@d>", PATH_SYNTAX, NULL, NULL},
	{"<\"a\\", PATH_SYNTAX, NULL, NULL},
	{"<\"a\"b@d>", PATH_SYNTAX, NULL, NULL},
	{"<\"a\"", PATH_SYNTAX, NULL, NULL},
	{"<\"a\tb\"@d>", PATH_SYNTAX, NULL, NULL},
	{"<a\x01@d>", PATH_SYNTAX, NULL, NULL},
	{"<a\x7f@d>", PATH_SYNTAX, NULL, NULL},
	{"<u@[]>", PATH_SYNTAX, NULL, NULL},
	{"<u@[192.0.2.1>", PATH_SYNTAX, NULL, NULL},
	{"<u@[192.0.2.256]>", PATH_SYNTAX, NULL, NULL},
	{"<u@[192.0.2.1]x>", PATH_SYNTAX, NULL, NULL},
	{"<u@[IPv6:1::2::3]>", PATH_SYNTAX, NULL, NULL},
	{"<u@[2001:db8::1]>", PATH_SYNTAX, NULL, NULL},
	{"<u@[IPv6:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]>", PATH_SYNTAX, NULL,
		NULL},
	/* UTF-8: the first and the last character of each length; and what only looks like it. */
	{"<\xc2\xa0@d>", PATH_OK, "\xc2\xa0@d", ""},
	{"<a\xdf\xbfz.\xe0\xa0\x80@d>", PATH_OK, "a\xdf\xbfz.\xe0\xa0\x80@d", ""},
	{"<\xed\x9f\xbf\xee\x80\x80@d>", PATH_OK, "\xed\x9f\xbf\xee\x80\x80@d", ""},
	{"<\xf0\x90\x80\x80\xf4\x8f\xbf\xbf@d>", PATH_OK, "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf@d", ""},
	{"<a@b\xc3\xbc"
	 "cher.\xe4\xbe\x8b>",
		PATH_OK,
		"a@b\xc3\xbc"
		"cher.\xe4\xbe\x8b",
		""},
	{"<@\xc3\xbc.org:u@d>", PATH_OK, "u@d", ""},
	{"<\"\xc3\xbc\"@d>", PATH_OK, "\xc3\xbc@d", ""},
	{"<\"a \xc3\xbc\"@d>", PATH_OK, "\"a \xc3\xbc\"@d", ""},
	{"<\"\\\xc3\xbc\"@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xff@d>", PATH_SYNTAX, NULL, NULL},
	{"<\x80@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xc3@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xc3", PATH_SYNTAX, NULL, NULL},
	{"<\xe4\xbe", PATH_SYNTAX, NULL, NULL},
	{"<\xf0\x9f\x98@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xc0\xaf@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xc1\xbf@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xe0\x9f\xbf@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xf0\x8f\xbf\xbf@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xed\xa0\x80@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xed\xbf\xbf@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xf4\x90\x80\x80@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xf5\x80\x80\x80@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xf8\x88\x80\x80\x80@d>", PATH_SYNTAX, NULL, NULL},
	{"<\xc2\x80@d>", PATH_SYNTAX, NULL, NULL},
	{"<a@\xc2\x9f.d>", PATH_SYNTAX, NULL, NULL},
	{"<a@\xff.org>", PATH_SYNTAX, NULL, NULL},
	{"<a@[\xc3\xbc]>", PATH_SYNTAX, NULL, NULL},
	{"<\"\xff\"@d>", PATH_SYNTAX, NULL, NULL},
};

static void written(const struct path *p, char text[PATH_TEXT])
{
	struct str s;
	str_init(&s, text, PATH_TEXT);
	path_write(p, &s);
	CHECK(!s.cut);
}

static void paths(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct path p, again;
		char text[PATH_TEXT], brackets[PATH_TEXT + 2];
		const char *at = cases[i].text;
		enum path_result r = path_read(&at, &p);
		if (r != cases[i].result)
			fprintf(stderr, "%s: %d\n", cases[i].text, (int)r);
		CHECK(r == cases[i].result);
		if (r != PATH_OK || cases[i].result != PATH_OK)
			continue;
		written(&p, text);
		CHECK_TEXT(text, cases[i].written);
		CHECK_TEXT(at, cases[i].rest);
		CHECK(path_valid(&p));
		CHECK(path_null(&p) == (text[0] == '\0'));
		/* What is written reads as the same. */
		snprintf(brackets, sizeof brackets, "<%s>", text);
		at = brackets;
		CHECK(path_read(&at, &again) == PATH_OK);
		CHECK(memcmp(&p, &again, sizeof p) == 0);
	}
}

/* The longest that can be written: every octet behind a backslash. */
static void longest(void)
{
	struct path p = {.domain = D255};
	char text[PATH_TEXT];
	memset(p.local, '"', PATH_LOCAL - 1);
	CHECK(path_valid(&p));
	written(&p, text);
	CHECK(strlen(text) == 2 * 64 + 2 + 1 + 255);
}

/* Records come from a process that may have been taken over. */
static void records(void)
{
	struct path p;
	memset(&p, 'a', sizeof p);
	CHECK(!path_valid(&p));
	p = (struct path){.local = "a\nb", .domain = "d"};
	CHECK(!path_valid(&p));
	p = (struct path){.local = "a", .domain = "d\nX: y"};
	CHECK(!path_valid(&p));
	p = (struct path){.local = "a", .domain = "d>"};
	CHECK(!path_valid(&p));
	p = (struct path){.local = "\xc3\xbc", .domain = "d"};
	CHECK(path_valid(&p) && !path_ascii(&p));
	p = (struct path){.local = "a", .domain = "\xc3\xbc"};
	CHECK(path_valid(&p) && !path_ascii(&p));
	p = (struct path){.local = "a~", .domain = "d"};
	CHECK(path_ascii(&p));
	p = (struct path){.local = "\xc3", .domain = "d"};
	CHECK(!path_valid(&p));
	p = (struct path){.local = "a", .domain = "\xc2\x85"};
	CHECK(!path_valid(&p));
	p = (struct path){.local = "", .domain = ""};
	CHECK(path_valid(&p) && path_null(&p));
}

static const struct {
	const char *text;
	const char *seen; /* keyword=value, joined by commas; '!' at the end: not a parameter */
} lists[] = {
	{"", ""},
	{"   ", ""},
	{" SIZE=12", "SIZE=12"},
	{" SIZE=12  BODY=8BITMIME ", "SIZE=12,BODY=8BITMIME"},
	{" smtputf8", "smtputf8"},
	{" A=b+c A-2", "A=b+c,A-2"},
	{" SIZE=", "!"},
	{" SIZE= 1", "!"},
	{" =1", "!"},
	{" A=b=c", "!"},
	{" -A=1", "!"},
	{" A_B=1", "!"},
	{" A=1 \t", "A=1,!"},
	{" A=\x01", "!"},
	{" A=\xff", "!"},
	{" \xc3\xbc=1", "!"},
};

static void parameters(void)
{
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		char text[100], seen[100] = "", *at = text, *keyword, *value;
		struct str s;
		str_init(&s, seen, sizeof seen);
		str_copy(text, sizeof text, lists[i].text);
		while (path_parameter(&at, &keyword, &value))
			str_addf(&s, "%s%s%s%s", s.len ? "," : "", keyword, value ? "=" : "",
				value ? value : "");
		if (*at)
			str_addf(&s, "%s!", s.len ? "," : "");
		CHECK_TEXT(seen, lists[i].seen);
	}
}

static const struct {
	const char *text, *decoded; /* NULL: it is no xtext */
} xtexts[] = {
	{"", ""},
	{"a@b", "a@b"},
	{"e+3Dmc2@b", "e=mc2@b"},
	{"+2B+20", "+ "},
	{"+FF", "\xff"},
	{"a+00b", NULL},
	{"+3d", NULL},
	{"+3", NULL},
	{"+", NULL},
	{"+G0", NULL},
	{"a=b", NULL},
	{"a b", NULL},
	{"\xc3\xbc", NULL},
};

static void decoding(void)
{
	for (size_t i = 0; i < sizeof xtexts / sizeof xtexts[0]; i++) {
		char text[40];
		str_copy(text, sizeof text, xtexts[i].text);
		bool good = path_xtext(text);
		CHECK(good == (xtexts[i].decoded != NULL));
		if (good && xtexts[i].decoded)
			CHECK_TEXT(text, xtexts[i].decoded);
	}
}

int main(void)
{
	decoding();
	paths();
	longest();
	records();
	parameters();
	return unit_end();
}
