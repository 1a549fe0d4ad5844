/*
 * log: what a client sent cannot forge a line, and no line is longer than it may be.
 */
#include "log.h"

#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

static char line[4096]; /* the last one diverted, or written */

static void keep(int priority, const char *text, size_t len)
{
	snprintf(line, sizeof line, "<%d>%.*s", priority, (int)len, text);
}

static void check_quoting(void)
{
	static const char *const rows[][2] = {
		{"plain", "plain"},
		{"a@b.example", "a@b.example"},
		{"/srv/tftp/x-1_2", "/srv/tftp/x-1_2"},
		{"", "\"\""},
		{"two words", "\"two words\""},
		{" ", "\" \""},
		{"x ip=192.0.2.1", "\"x ip=192.0.2.1\""},
		{"x=y", "\"x=y\""},
		{"x\" ip=\"y", "\"x\\x22 ip=\\x22y\""},
		{"back\\slash", "\"back\\x5cslash\""},
		{"x\nauth failed user=y", "\"x\\x0aauth failed user=y\""},
		{"cr\rlf\n", "\"cr\\x0dlf\\x0a\""},
		{"\x1b[2J", "\"\\x1b[2J\""},
		{"\x01\x7f", "\"\\x01\\x7f\""},
		{"\xc3\xa4\x9b", "\"\\xc3\\xa4\\x9b\""},
		{"tab\there", "\"tab\\x09here\""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_TEXT(log_quote(rows[i][0]), rows[i][1]);
}

/* No value makes the quoted one longer than a buffer, or leaves it open. */
static void check_long_values(void)
{
	char value[1001];
	unsigned wrong = 0;
	for (size_t n = 1; n < sizeof value; n++)
		for (const char *c = "a \n\"\x80"; *c; c++) {
			memset(value, *c, n);
			value[n] = '\0';
			const char *got = log_quote(value);
			size_t len = strlen(got);
			bool quoted = got[0] == '"' && len > 1 && got[len - 1] == '"';
			wrong += len > 255 || (strcmp(got, value) != 0 && !quoted);
			wrong += n > 300 && strcmp(got + len - 4, "...\"") != 0;
		}
	CHECK(wrong == 0);
}

static void check_ring(void)
{
	const char *kept[8];
	char name[8][8];
	for (int i = 0; i < 8; i++) {
		snprintf(name[i], sizeof name[i], "v%d", i);
		kept[i] = log_quote(name[i]);
	}
	for (int i = 0; i < 8; i++)
		CHECK_TEXT(kept[i], name[i]);
}

static void check_adding(void)
{
	char text[32];
	struct str s;
	str_init(&s, text, sizeof text);
	str_add(&s, "file=");
	log_add_quoted(&s, "a b");
	str_add(&s, " result=");
	log_add_quoted(&s, "ok");
	CHECK_TEXT(s.at, "file=\"a b\" result=ok");
}

static void check_divert(void)
{
	char big[3000];
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	log_divert(keep);
	log_event(LOG_ERR, "one %d", 1);
	CHECK_TEXT(line, "<3>one 1");
	log_event(LOG_NOTICE, "%s", big);
	CHECK(strlen(line) == strlen("<5>") + LOG_LINE - 1);
	log_event(LOG_DEBUG, "not asked for");
	CHECK(strncmp(line, "<5>", 3) == 0);
	log_verbose(true);
	log_event(LOG_DEBUG, "asked for");
	CHECK_TEXT(line, "<7>asked for");
	log_verbose(false);
	log_divert(NULL);
}

/* What a relayed line looks like on standard error. */
static void relay(const char *text, size_t len)
{
	int ends[2], saved = dup(STDERR_FILENO);
	if (pipe(ends) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		abort();
	close(ends[1]);
	log_relay(LOG_ERR, text, len);
	dup2(saved, STDERR_FILENO);
	close(saved);
	ssize_t n = read(ends[0], line, sizeof line - 1);
	line[n > 0 ? n : 0] = '\0';
	close(ends[0]);
}

static void check_relay(void)
{
	char want[4096], big[3000];
	log_open("unit", LOG_MAIL, true);
	relay("a\nb\r\x1b\x7f\0z \x9b", 10);
	snprintf(want, sizeof want, "unit[%ld]: a\\x0ab\\x0d\\x1b\\x7f\\x00z \\x9b\n",
		(long)getpid());
	CHECK_TEXT(line, want);
	relay("", 0);
	snprintf(want, sizeof want, "unit[%ld]: \n", (long)getpid());
	CHECK_TEXT(line, want);

	/* One write, one line, however long and however much is escaped. */
	for (const char *c = "x\n"; *c; c++) {
		memset(big, *c, sizeof big);
		relay(big, sizeof big);
		CHECK(strlen(line) <= LOG_LINE + 64);
		CHECK(strchr(line, '\n') == line + strlen(line) - 1);
	}
}

int main(void)
{
	check_quoting();
	check_long_values();
	check_ring();
	check_adding();
	check_divert();
	check_relay();
	return unit_end();
}
