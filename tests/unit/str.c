/*
 * str: numbers, sizes, words and text of bounded length, by tables.
 */
#include "str.h"

#include <stdlib.h>

#include "unit.h"

#define MAX UINT64_MAX

static const struct {
	const char *word;
	uint64_t max;
	bool good;
	uint64_t want;
} numbers[] = {
	{"0", MAX, true, 0}, {"00", MAX, true, 0}, {"7", 7, true, 7}, {"007", 7, true, 7},
	{"8", 7, false, 0}, {"10", 7, false, 0}, {"0", 0, true, 0}, {"1", 0, false, 0},
	{"65535", 65535, true, 65535}, {"65536", 65535, false, 0},
	{"4294967297", UINT32_MAX, false, 0}, {"18446744073709551615", MAX, true, MAX},
	{"18446744073709551616", MAX, false, 0}, {"18446744073709551617", MAX, false, 0},
	{"99999999999999999999", MAX, false, 0},
	{"00000000000000000000000000000000000000012", MAX, true, 12}, {"", MAX, false, 0},
	{" 1", MAX, false, 0}, {"1 ", MAX, false, 0}, {"+1", MAX, false, 0}, {"-1", MAX, false, 0},
	{"1x", MAX, false, 0}, {"x1", MAX, false, 0}, {"0x1", MAX, false, 0},
	{"1.0", MAX, false, 0}, {"1e3", MAX, false, 0}, {"1k", MAX, false, 0},
	{"\xd9\xa1", MAX, false, 0}, /* a digit elsewhere */
};

static const struct {
	const char *word;
	uint64_t max;
	bool good;
	uint64_t want;
} sizes[] = {
	{"0", MAX, true, 0},
	{"1000", MAX, true, 1000},
	{"1k", MAX, true, 1024},
	{"1K", MAX, true, 1024},
	{"3M", MAX, true, 3 << 20},
	{"3m", MAX, true, 3 << 20},
	{"2G", MAX, true, (uint64_t)2 << 30},
	{"0G", MAX, true, 0},
	{"1k", 1024, true, 1024},
	{"1k", 1023, false, 0},
	{"2k", 2047, false, 0},
	{"17179869183G", MAX, true, (uint64_t)17179869183 << 30},
	{"17179869184G", MAX, false, 0},
	{"18014398509481984k", MAX, false, 0},
	{"18446744073709551615", MAX, true, MAX},
	{"", MAX, false, 0},
	{"k", MAX, false, 0},
	{"1kk", MAX, false, 0},
	{"1kB", MAX, false, 0},
	{"1T", MAX, false, 0},
	{"1 k", MAX, false, 0},
	{"k1", MAX, false, 0},
	{"-1k", MAX, false, 0},
	{"1.5k", MAX, false, 0},
};

static void check_numbers(void)
{
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		uint64_t n = 4711;
		bool good = str_number(numbers[i].word, numbers[i].max, &n);
		unit_check(good == numbers[i].good && n == (good ? numbers[i].want : 4711),
			numbers[i].word, "number", (int)i);
	}
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		uint64_t n = 4711;
		bool good = str_octets(sizes[i].word, sizes[i].max, &n);
		unit_check(good == sizes[i].good && n == (good ? sizes[i].want : 4711),
			sizes[i].word, "size", (int)i);
	}
}

/* Every limit up to 2000 against every number up to 2100, counted independently. */
static void check_limits(void)
{
	unsigned wrong = 0;
	for (uint64_t max = 0; max < 2000; max += 7)
		for (unsigned n = 0; n < 2100; n++) {
			char word[8];
			uint64_t got;
			snprintf(word, sizeof word, "%u", n);
			bool good = str_number(word, max, &got);
			wrong += good != (n <= max) || (good && got != n);
		}
	CHECK(wrong == 0);
}

/* The words of a line, joined by '|'. */
static void join(const char *line, char *to)
{
	char copy[64], *at = copy, *word;
	strcpy(copy, line);
	*to = '\0';
	while ((word = str_word(&at)) != NULL) {
		strcat(to, word);
		strcat(to, "|");
	}
	CHECK(*at == '\0' && str_word(&at) == NULL);
}

static void check_words(void)
{
	static const char *const lines[][2] = {
		{"", ""},
		{"   ", ""},
		{" \t ", ""},
		{"a", "a|"},
		{" a ", "a|"},
		{"a b", "a|b|"},
		{"a\tb", "a|b|"},
		{"  one \t two three\t", "one|two|three|"},
		{"cr\rstays", "cr\rstays|"},
		{"lf\nstays", "lf\nstays|"},
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char got[64];
		join(lines[i][0], got);
		CHECK_TEXT(got, lines[i][1]);
	}
}

static void check_case(void)
{
	char all[256];
	unsigned wrong = 0;
	for (int c = 1; c < 256; c++) {
		char want = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		wrong += str_lower((char)c) != want;
		all[c - 1] = (char)c;
	}
	all[255] = '\0';
	str_fold(all);
	for (int c = 1; c < 256; c++)
		wrong += all[c - 1] != str_lower((char)c);
	CHECK(wrong == 0);

	CHECK(str_same("", "") && str_same("Stat", "sTAT") && str_same("a-1", "A-1"));
	CHECK(!str_same("a", "") && !str_same("", "a") && !str_same("ab", "a"));
	CHECK(!str_same("a", "ab") && !str_same("@", "`") && !str_same("[", "{"));
	CHECK(!str_same("\xc4", "\xe4")); /* whatever the locale says of them */
	CHECK(str_begins("FROM:<", "FROM:") && str_begins("a", "") && !str_begins("", "a"));
	CHECK(!str_begins("from:", "FROM:"));
	CHECK(str_ends("a.b", ".b") && str_ends("b", "") && str_ends("", ""));
	CHECK(!str_ends("b", "ab") && !str_ends("a.b", ".a"));
	CHECK(str_has("a,S=1", ",S=") && str_has(",,S=", ",S=") && str_has("ab", "ab"));
	CHECK(str_has("a", "") && str_has("", "") && !str_has("", "a"));
	CHECK(!str_has("a,S", ",S=") && !str_has("a,s=", ",S="));
	CHECK(str_hash("", 0) == 0xcbf29ce484222325 && str_hash("a", 1) == 0xaf63dc4c8601ec8c);
	CHECK(str_hash("foobar", 6) == 0x85944171f73967e8);
}

/* A block of just so many octets, so that a sanitizer sees the one behind. */
static void check_growing(void)
{
	char *room = malloc(8);
	struct str s;
	str_init(&s, room, 8);
	CHECK(s.len == 0 && room[0] == '\0' && !s.cut);
	str_add(&s, "abc");
	str_addf(&s, "%d", 45);
	str_addn(&s, "", 0);
	CHECK(s.len == 5 && !s.cut);
	CHECK_TEXT(s.at, "abc45");
	str_add(&s, "xyz"); /* would need the octet of the NUL */
	CHECK(s.cut && s.len == 5);
	CHECK_TEXT(s.at, "abc45");
	str_addf(&s, "%s", "xyz");
	CHECK_TEXT(s.at, "abc45");
	str_add(&s, "67");
	CHECK_TEXT(s.at, "abc4567");
	str_addn(&s, "", 0);
	CHECK(s.len == 7);
	str_init(&s, room, 8);
	str_addf(&s, "%s", "1234567");
	CHECK(s.len == 7 && !s.cut);
	str_addf(&s, "%s", "");
	CHECK(s.len == 7 && !s.cut);
	free(room);

	char number[32];
	str_init(&s, number, sizeof number);
	str_add_number(&s, 0);
	str_add(&s, " ");
	str_add_number(&s, UINT64_MAX);
	CHECK_TEXT(s.at, "0 18446744073709551615");

	char copy[4] = "xx";
	CHECK(str_copy(copy, sizeof copy, "abc") && strcmp(copy, "abc") == 0);
	CHECK(!str_copy(copy, sizeof copy, "abcd") && copy[0] == '\0');
	CHECK(str_copy(copy, sizeof copy, "") && copy[0] == '\0');
}

static void check_trim(void)
{
	char text[] = " \t a b\r \t", blank[] = " \r\t ", empty[] = "";
	CHECK_TEXT(str_trim(text), "a b");
	CHECK_TEXT(str_trim(blank), "");
	CHECK_TEXT(str_trim(empty), "");
}

int main(void)
{
	check_trim();
	check_numbers();
	check_limits();
	check_words();
	check_case();
	check_growing();
	char secret[] = "secret";
	str_wipe(secret, sizeof secret);
	for (size_t i = 0; i < sizeof secret; i++)
		CHECK(secret[i] == 0);
	int64_t before = now_ms();
	CHECK(before > 0 && now_ms() >= before);
	return unit_end();
}
