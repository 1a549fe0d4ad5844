/*
 * The text of an alias file: names found, lists with their continuation lines, faults by line; and
 * 100,000 names.
 */
#include "unit.h"

#include <stdlib.h>
#include <time.h>

#include "../../smtpd/aliases.c"
#include "../../smtpd/members.c"
#include "../../smtpd/path.c"

static char faults[4096];

static void note(void *context, unsigned line, const char *what)
{
	size_t n = strlen(faults);
	(void)context;
	snprintf(faults + n, sizeof faults - n, "%u %s\n", line, what);
}

static struct aliases book;

/* The text in memory of its own size, so that a step too far is found. */
static void open_text(const char *text, size_t n)
{
	char *copy = malloc(n + 1);
	faults[0] = '\0';
	book = (struct aliases){.fault = note};
	if (copy)
		memcpy(copy, text, n);
	CHECK(copy && aliases_read(&book, copy, n));
}

static void close_text(void)
{
	free(book.text);
	aliases_forget(&book);
}

/* The members of a name as they stand there, blanks left out; "-" for none. */
static const char *found(const char *name)
{
	static char members[1024];
	struct alias_list list;
	size_t n = 0;
	if (!aliases_find(&book, name, &list))
		return "-";
	for (const char *c = list.text; *c && n < sizeof members - 1; c++)
		if (!is_blank(*c))
			members[n++] = *c;
	members[n] = '\0';
	return members;
}

static void check_names(void)
{
	static const char text[] = "# comment\n"
				   "\n"
				   "Staff: alice, bob,\n"
				   "\tcarol,\n"
				   "# in between: nobody\n"
				   "   # nor here\n"
				   "\n"
				   " dave\n"
				   "postmaster : alice\r\n"
				   "\"John Doe\"@Example.ORG: bob\n"
				   "\"a:b\": bob\n"
				   "@virtual.example: carol\n"
				   "joined: alice, \\\n"
				   "bob, \\\r\n"
				   "carol\n"
				   "empty:\n"
				   "last: alice";
	open_text(text, sizeof text - 1);
	CHECK_TEXT(found("staff"), "alice,bob,carol,dave");
	CHECK_TEXT(found("postmaster"), "alice");
	CHECK_TEXT(found("john doe@example.org"), "bob");
	CHECK_TEXT(found("a:b"), "bob");
	CHECK_TEXT(found("@virtual.example"), "carol");
	CHECK_TEXT(found("joined"), "alice,bob,carol");
	CHECK_TEXT(found("last"), "alice");
	CHECK_TEXT(found("alice"), "-");
	CHECK_TEXT(found("Staff"), "-");
	CHECK_TEXT(found(""), "-");
	CHECK_TEXT(faults, "");
	CHECK_TEXT(found("empty"), "-");
	CHECK_TEXT(faults, "16 names nobody\n");
	close_text();
}

static void check_faulty(void)
{
	static const char text[] = " goes on\n"
				   "good: alice\n"
				   "no colon here\n"
				   " nor here: x\n"
				   "bad: alice,\n"
				   " bob bob\n"
				   "good: bob\n"
				   "nul\0: x\n"
				   "nul2: x\0y\n"
				   "a@b@c: x\n"
				   ": x\n"
				   "@: x\n"
				   "good2: bob\n"
				   "\"open: x\n";
	open_text(text, sizeof text - 1);
	CHECK_TEXT(faults, "1 goes on, but nothing has begun\n"
			   "3 has no colon\n"
			   "14 has no colon\n"
			   "7 has a name that was there before\n");
	faults[0] = '\0';
	aliases_check(&book);
	CHECK_TEXT(faults, "6 is not an address\n"
			   "8 has a name that is no address\n"
			   "9 holds a control character\n"
			   "11 has a name that is no address\n"
			   "12 has a name that is no address\n");
	CHECK_TEXT(found("good"), "alice");
	CHECK_TEXT(found("bad"), "-");
	CHECK_TEXT(found("good2"), "bob");
	CHECK_TEXT(found("nul"), "-");
	CHECK_TEXT(found("nul2"), "-");
	close_text();
}

static void check_ends(void)
{
	static const char *const texts[] = {
		"", "\n", " ", "#", ":", "\\", "a", "a:", "a:\\", "\"", "a\\\n", "\0", "\r"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		open_text(texts[i], texts[i][0] ? strlen(texts[i]) : 1);
		aliases_check(&book);
		CHECK_TEXT(found("a"), "-");
		close_text();
	}
	open_text("", 0);
	CHECK_TEXT(found("a"), "-");
	close_text();
}

#define MANY 100000

static void check_many(void)
{
	size_t n = 0, room = MANY * 64;
	char *text = malloc(room), name[32];
	for (int i = 0; text && i < MANY; i++)
		n += (size_t)snprintf(
			text + n, room - n, "some.user.%d: account%d@example.org\n", i, i);
	CHECK(text != NULL);
	open_text(text ? text : "", n);
	close_text();
	clock_t began = clock();
	open_text(text ? text : "", n);
	printf("%d names: %lld ms", MANY, (long long)(clock() - began) * 1000 / CLOCKS_PER_SEC);
	began = clock();
	aliases_check(&book);
	printf(", looked through: %lld ms\n", (long long)(clock() - began) * 1000 / CLOCKS_PER_SEC);
	for (int i = 0; i < MANY; i += 7777) {
		snprintf(name, sizeof name, "some.user.%d", i);
		CHECK(strcmp(found(name), "-") != 0);
	}
	CHECK_TEXT(found("some.user.100000"), "-");
	CHECK_TEXT(faults, "");
	close_text();
	free(text);
}

int main(void)
{
	check_names();
	check_faulty();
	check_ends();
	check_many();
	return unit_end();
}
