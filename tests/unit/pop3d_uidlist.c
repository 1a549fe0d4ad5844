/*
 * uidlist: formats, and lines of the lists of Dovecot and Courier.
 */
#include "../../pop3d/uidlist.c"

#include "unit.h"

/* "base id", or "-". */
static const char *read_by(const struct uidlist_kind *kind, struct uidlist *l, const char *line)
{
	static char answer[512];
	char copy[512], uidl[UIDL_TEXT];
	snprintf(copy, sizeof copy, "%s", line);
	const char *base = kind->line(l, copy, uidl);
	snprintf(answer, sizeof answer, "%s%s%s", base ? base : "-", base ? " " : "",
		base ? uidl : "");
	return answer;
}

static bool begins(const struct uidlist_kind *kind, struct uidlist *l, const char *line)
{
	char copy[512];
	snprintf(copy, sizeof copy, "%s", line);
	return kind->begin(l, copy);
}

static void formats(void)
{
	static const char *const good[] = {
		"%08Xu%08Xv", "%v.%u", "%f", "%g", "%u", "UID%u-%v", "%LXu", "%70f", "x%020u"};
	static const char *const bad[] = {"", "%v", "plain", "%", "%u%", "%m", "%u %v", "%71u",
		"%99999999999999999999u", "%-5u", "%%u", "%u\x7f", "%{uid}"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		CHECK(uidlist_format(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!uidlist_format(bad[i]));
}

static void dovecot_formats(void)
{
	static const char *const cases[][2] = {
		{"%08Xu%08Xv", "000000ff4ceda4d6"},
		{"%v.%u", "1290642646.255"},
		{"%Xu", "ff"},
		{"%UXu", "FF"},
		{"%XUu", "FF"},
		{"%2u", "25"},
		{"%02u", "255"},
		{"%f", "1.M2.host,S=3,W=4"},
		{"%4f", "1.M2"},
		{"%g", "0a0B"},
		{"%Ug", "0A0B"},
		{"%Lg", "0a0b"},
		{"%06g", "000a0B"},
		{"a%u-", "a255-"},
	};
	struct uidlist l = {.extended = true, .validity = 1290642646};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char want[128];
		snprintf(want, sizeof want, "1.M2.host,S=3,W=4 %s", cases[i][1]);
		l.format = cases[i][0];
		CHECK_TEXT(read_by(&uidlist_kinds[0], &l, "255 G0a0B W4 :1.M2.host,S=3,W=4:2,S"),
			want);
	}
}

static void dovecot(void)
{
	const struct uidlist_kind *kind = &uidlist_kinds[0];
	struct uidlist l = {.format = "%v.%u"};
	CHECK(begins(kind, &l, "3 V1290642646 N25022 G3085f01b7f11094c501100008c4a11c1"));
	CHECK(l.extended && l.validity == 1290642646);
	CHECK_TEXT(read_by(kind, &l, "1 :a"), "a 1290642646.1");
	CHECK_TEXT(read_by(kind, &l, "4294967295 W22 S3 :with space"),
		"with space 1290642646.4294967295");
	CHECK_TEXT(read_by(kind, &l, "1 PUID7-12 W3 :a:2,"), "a UID7-12");
	CHECK_TEXT(read_by(kind, &l, "1 P :a:2,"), "a a");
	CHECK_TEXT(read_by(kind, &l, "1 P\x01 :a"), "-");
	static const char *const bad[] = {"", ":", "1", "1 ", "1 a", "x :a", "0 :a", "-1 :a",
		"4294967296 :a", "1 W3", "1 W3 ", "1 :P :"};
	for (size_t i = 0; i + 1 < sizeof bad / sizeof *bad; i++)
		CHECK_TEXT(read_by(kind, &l, bad[i]), "-");
	char line[512];
	snprintf(line, sizeof line, "1 P%070d :a", 0);
	CHECK(strlen(read_by(kind, &l, line)) == 72);
	snprintf(line, sizeof line, "1 P%071d :a", 0);
	CHECK_TEXT(read_by(kind, &l, line), "-");
	l.format = "%f";
	snprintf(line, sizeof line, "1 :%071d", 0);
	CHECK_TEXT(read_by(kind, &l, line), "-");

	l = (struct uidlist){.format = "%v.%u"};
	CHECK(begins(kind, &l, "1 1290642646 25022") && !l.extended);
	CHECK_TEXT(read_by(kind, &l, "7 a:2,S"), "a 1290642646.7");
	static const char *const headers[] = {
		"", "2 V1 N1", "3", "3 N5", "3 V0", "3 V", "3 Vx", "1", "1 0 5", "3 V4294967296"};
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		CHECK(!begins(kind, &l, headers[i]));
}

static void courier(void)
{
	const struct uidlist_kind *kind = &uidlist_kinds[1];
	struct uidlist l = {.format = ""};
	CHECK(begins(kind, &l, "/3 25 1290642646") && begins(kind, &l, "/1 25"));
	CHECK(begins(kind, &l, "/2 25 1290642646"));
	CHECK(!begins(kind, &l, "/4 1 1") && !begins(kind, &l, "/0 1 1") && !begins(kind, &l, ""));
	CHECK(!begins(kind, &l, "a 5") && !begins(kind, &l, "/") && !begins(kind, &l, "3 1 1"));
	CHECK_TEXT(read_by(kind, &l, "a:2,S 250 7:1290642646:0"), "a UID7-1290642646");
	CHECK_TEXT(read_by(kind, &l, "a 250 7:1290642646"), "a UID7-1290642646");
	CHECK_TEXT(read_by(kind, &l, "a b 250 7"), "a b UID7");
	CHECK_TEXT(read_by(kind, &l, "a 250 7:0:1"), "a UID7");
	CHECK_TEXT(read_by(kind, &l, "a+'\"\x80,:2,S 250 0:0:0"), "a+'\"\x80, a+2B+27+22+80,");
	static const char *const bad[] = {"", "a", "a 250", " 250 7", "a 250 x", "a 250 7:x",
		"a 250 7:", "a 250 :7", "a 250 "};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_TEXT(read_by(kind, &l, bad[i]), "-");
}

/* Of each length, with each octet at each place. */
static void legal(void)
{
	char id[UIDL_TEXT + 1];
	unsigned wrong = 0;
	for (size_t n = 1; n <= UIDL_TEXT; n++)
		for (size_t at = 0; at < n; at++)
			for (int c = 1; c < 256; c++) {
				memset(id, at % 2 ? '~' : '!', n);
				id[n] = '\0';
				id[at] = (char)c;
				wrong += uidlist_legal(id) !=
					 (n < UIDL_TEXT && c > 0x20 && c < 0x7f);
			}
	CHECK(wrong == 0);
	CHECK(!uidlist_legal(""));
}

int main(void)
{
	legal();
	formats();
	dovecot_formats();
	dovecot();
	courier();
	return unit_end();
}
