/*
 * Lists of members, by a table: what each part of one is, and what is none.
 */
#include "unit.h"

#include <stdlib.h>

#include "../../smtpd/members.c"
#include "../../smtpd/path.c"

#define X100                                                                                       \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxx"                                                                                     \
	"xxxxxxxx"
#define X500 X100 X100 X100 X100 X100

/* A list is written out as its members, a letter for the kind and what it says, with '|' behind. */
static const struct {
	const char *list;
	bool lines;
	const char *members;
} cases[] = {
	{"", false, ""},
	{" \t\n ,, \n", false, ""},
	{"alice", false, "aalice|"},
	{" Alice , bob@Example.org,\n\tcarol,", false, "aAlice|abob@Example.org|acarol|"},
	{"alice bob", false, "?"},
	{"alice\n bob", false, "?"},
	{"alice\nbob\r\n\n carol , dave", true, "aalice|abob|acarol|adave|"},
	{"# nobody, at all\nalice\n  # bob\ncarol # not\nd", true, "aalice|?|ad|"},
	{"# nobody", true, ""},
	{"#nobody", false, "a#nobody|"},
	/* Addresses as people write them. */
	{"<alice>", false, "aalice|"},
	{"Alice Example <alice@example.org>, bob", false, "aalice@example.org|abob|"},
	{"\"Example, Alice\" <alice@example.org>", false, "aalice@example.org|"},
	{"\"a b\"@example.org, \"c,d\"", false, "a\"a b\"@example.org|a\"c,d\"|"},
	{"\"alice\"", false, "aalice|"},
	{"<>", false, "?"},
	{"\"\"", false, "?"},
	{"a@b@c", false, "?"},
	{"alice@", false, "?"},
	{"<alice> bob", false, "?"},
	{"<@a:alice@example.org>", false, "aalice@example.org|"},
	{"\"open, bob", false, "?"},
	{"\"open, bob\ncarol", true, "?|acarol|"},
	{"a\x01"
	 "b, c",
		false, "?|ac|"},
	{"\x7f", false, "?"},
	{X100 ", bob", false, "?|abob|"},
	{X500 X100 ", bob", false, "?|abob|"},
	/* The account itself. */
	{"\\alice, bob", false, "\\alice|abob|"},
	{"\"\\alice\"", false, "aalice|"},
	{"\\alice@example.org", false, "\\alice@example.org|"},
	{"\\", false, "?"},
	{"\\|x", false, "\\|x|"},
	/* Programs. */
	{"|/bin/true", false, "p/bin/true|"},
	{"\"|/bin/x -a, \\\"b c\\\" \\\\d\"", false, "p/bin/x -a, \"b c\" \\d|"},
	{"|\"/bin/x a, b\", bob", false, "p/bin/x a, b|abob|"},
	{"|/bin/x \"a, b\" c, bob", false, "p/bin/x \"a, b\" c|abob|"},
	{"|  /bin/x\n\ty", false, "p/bin/x  y|"},
	{"|", false, "?"},
	{"\"|\"", false, "?"},
	/* Folders. */
	{"/var/mail/shared/", false, "f/var/mail/shared|"},
	{"\"/var/mail/my, own//\"", false, "f/var/mail/my, own|"},
	{"/var/mail/alice", false, "?"},
	{"/dev/null, bob", false, "0|abob|"},
	{"/dev/null/", false, "f/dev/null|"},
	{"//", false, "?"},
	/* Included files. */
	{":include:/etc/list", false, "i/etc/list|"},
	{" :INCLUDE: /etc/my list, bob", false, "i/etc/my list|abob|"},
	{"\":include:/etc/a,b\"", false, "i/etc/a,b|"},
	{":include:list", false, "?"},
	{":include:", false, "?"},
	{":fail: no", false, "?"},
	/* Replies. */
	{"error:550 5.1.6 Moved, see \"x\", y", false, "e550 5.1.6 Moved, see \"x\", y|"},
	{"error: 550  Gone", false, "e550 5.0.0 Gone|"},
	{"ERROR:450 4.2.1 Later", false, "e450 4.2.1 Later|"},
	{"\"error:550 Gone\", bob", false, "e550 5.0.0 Gone|abob|"},
	{"error:550 Gone, all\nbob", true, "e550 5.0.0 Gone, all|abob|"},
	{"error:550 Gone,\n all", false, "e550 5.0.0 Gone,  all|"},
	{"error:550 4.1.1 Odd", false, "e550 5.0.0 4.1.1 Odd|"},
	{"error:550 5.1 Odd", false, "e550 5.0.0 5.1 Odd|"},
	{"error:550 5.1.1234 Odd", false, "e550 5.0.0 5.1.1234 Odd|"},
	{"error:550", false, "?"},
	{"error:550 ", false, "?"},
	{"error:", false, "?"},
	{"error:250 OK", false, "?"},
	{"error:421 Go away", false, "?"},
	{"error:560 No", false, "?"},
	{"error:5500 No", false, "?"},
	{"error:55 No", false, "?"},
	{"error:nouser No", false, "?"},
	{"error:550 caf\xc3\xa9", false, "?"},
	{"error:550 " X500, false, "?"},
	{"errors", false, "aerrors|"},
};

static void write_member(const struct member *m, struct str *to)
{
	static const char letters[] = {[MEMBER_ADDRESS] = 'a',
		[MEMBER_ACCOUNT] = '\\',
		[MEMBER_NOTHING] = '0',
		[MEMBER_FOLDER] = 'f',
		[MEMBER_PROGRAM] = 'p',
		[MEMBER_INCLUDE] = 'i',
		[MEMBER_ERROR] = 'e'};
	if (m->kind == MEMBER_FAULT) {
		CHECK(m->text[0] != '\0');
		str_add(to, "?|");
		return;
	}
	str_addn(to, &letters[m->kind], 1);
	if (m->kind == MEMBER_ADDRESS || m->kind == MEMBER_ACCOUNT)
		path_write(&m->address, to);
	else
		str_add(to, m->text);
	str_add(to, "|");
}

static void read_list(size_t i)
{
	char got[2048], want[2048];
	struct str s, w;
	struct member m;
	struct members list = {.at = cases[i].list, .lines = cases[i].lines};
	str_init(&s, got, sizeof got);
	while (members_next(&list, &m) != MEMBER_END)
		write_member(&m, &s);
	CHECK(members_next(&list, &m) == MEMBER_END);
	str_init(&w, want, sizeof want);
	str_add(&w, cases[i].members);
	if (str_ends(want, "?"))
		str_add(&w, "|");
	if (strcmp(got, want) != 0)
		fprintf(stderr, "case %zu: %s\n got %s\nwant %s\n", i, cases[i].list, got, want);
	CHECK(strcmp(got, want) == 0);
}

static void check_lines(void)
{
	struct member m;
	struct members list = {.at = "a\n\n# c\nb, c\n\n d", .lines = true};
	static const unsigned lines[] = {0, 3, 3, 5};
	for (size_t i = 0; i < 4; i++) {
		CHECK(members_next(&list, &m) == MEMBER_ADDRESS);
		CHECK(m.line == lines[i]);
	}
}

static void check_faults(void)
{
	unsigned line;
	CHECK(members_fault("alice, bob", &line) == NULL);
	CHECK_TEXT(members_fault("", &line), "names nobody");
	CHECK_TEXT(members_fault(" ,\n", &line), "names nobody");
	CHECK(members_fault("alice,\n b c,\n d", &line) != NULL && line == 1);
}

int main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		read_list(i);
	check_lines();
	check_faults();
	return unit_end();
}
