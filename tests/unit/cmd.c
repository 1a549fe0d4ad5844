/*
 * cmd: which handler a line comes to, with which arguments, and what is said of all other lines.
 */
#include "cmd.h"

#include "log.h"
#include "pair.h"
#include "str.h"

enum { GONE, ONE, TWO };

static unsigned state;
static int timeout;
static char seen[512]; /* what the handlers were called with */

static const char *note(void *session, struct cmd_call *call)
{
	struct str s;
	CHECK(session == seen);
	str_init(&s, seen + strlen(seen), sizeof seen - strlen(seen));
	str_add(&s, call->row->verb);
	for (int i = 0; i < call->argc; i++)
		str_addf(&s, "(%s)", call->argv[i]);
	str_add(&s, " ");
	return "+\r\n";
}

static const char *go_on(void *session, struct cmd_call *call)
{
	note(session, call);
	state = TWO;
	return "+two\r\n";
}

static const char *leave(void *session, struct cmd_call *call)
{
	note(session, call);
	state = GONE;
	return "+bye\r\n";
}

static const char *fail(void *session, struct cmd_call *call)
{
	note(session, call);
	return "-no\r\n";
}

static const char *own(void *session, struct cmd_call *call)
{
	note(session, call);
	io_put(&io, "+own\r\n");
	return NULL;
}

/* More than the buffer takes. */
static const char *flood(void *session, struct cmd_call *call)
{
	note(session, call);
	for (int i = 0; i < 200; i++)
		io_put(&io, "+flood\r\n");
	return NULL;
}

static const struct cmd rows[] = {
	{"NONE", "", ONE | TWO, 0, 0, 0, note, "-state\r\n", NULL},
	{"SOME", "[a] [b]", ONE | TWO, 1, 2, 0, note, "-state\r\n", "SOME THING"},
	{"MANY", "...", ONE, 0, CMD_ARGS, 0, note, "-state\r\n", NULL},
	{"REST", "text", ONE, 1, 1, CMD_REST, note, "-state\r\n", NULL},
	{"TEXT", "[text]", ONE, 0, 1, CMD_REST, note, "-state\r\n", NULL},
	{"PASS", "secret", ONE, 1, 1, CMD_REST | CMD_SECRET, note, "-state\r\n", NULL},
	{"GO", "", ONE, 0, 0, 0, go_on, "-gone\r\n", NULL},
	{"ONLY", "", TWO, 0, 0, 0, note, "-not yet\r\n", "ONLY"},
	{"BOTH", "", ONE, 0, 0, 0, note, "-first\r\n", NULL},
	{"BOTH", "x", TWO, 1, 1, 0, note, "-second\r\n", NULL},
	{"FAIL", "", ONE | TWO, 0, 0, 0, fail, "-state\r\n", NULL},
	{"OWN", "", ONE | TWO, 0, 0, 0, own, "-state\r\n", NULL},
	{"FLOOD", "", ONE, 0, 0, 0, flood, "-state\r\n", NULL},
	{"QUIT", "", ONE | TWO, 0, 0, 0, leave, "-state\r\n", NULL},
	{NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL},
};

static const struct cmd_dialect dialect = {
	.rows = rows,
	.line_max = 32,
	.error_marks = "-!",
	.unknown = "!unknown\r\n",
	.arguments = "-arguments\r\n",
	.too_long = "-long\r\n",
	.nul = "-nul\r\n",
	.too_many = "-many\r\n",
	.timeout = "-timeout\r\n",
	.stopping = "-stop\r\n",
};

/* Plays all of `text` in one go; the replies. */
static const char *play(const char *text, size_t n, unsigned errors, enum cmd_end *end)
{
	static char replies[1024];
	state = ONE;
	timeout = 20;
	seen[0] = '\0';
	open_io(SOCK_STREAM, 64, 512, 1000);
	arrive(text, n);
	shutdown(far, SHUT_WR);
	*end = cmd_loop(&dialect, &io, seen, &state, &timeout, errors);
	strcpy(replies, got());
	close_io();
	return replies;
}

static const struct {
	const char *text, *replies, *seen;
} lines[] = {
	{"NONE\r\n", "+\r\n", "NONE "},
	{"none\n", "+\r\n", "NONE "},
	{"NoNe \r\n", "+\r\n", "NONE "},
	{"NONE x\r\n", "-arguments\r\n", ""},
	{"NONEx\r\n", "!unknown\r\n", ""},
	{"NON\r\n", "!unknown\r\n", ""},
	{" NONE\r\n", "!unknown\r\n", ""},
	{"\r\n", "!unknown\r\n", ""},
	{"\n", "!unknown\r\n", ""},
	{"X:Y\r\n", "!unknown\r\n", ""},
	{"NONE\rNONE\r\n", "!unknown\r\n", ""}, /* a bare CR separates nothing */
	{"SOME\r\n", "-arguments\r\n", ""},
	{"SOME a\r\n", "+\r\n", "SOME(a) "},
	{"SOME  a  b \r\n", "+\r\n", "SOME(a)(b) "},
	{"SOME a b c\r\n", "-arguments\r\n", ""},
	{"MANY\r\n", "+\r\n", "MANY "},
	{"MANY 1 2 3 4 5 6 7 8\r\n", "+\r\n", "MANY(1)(2)(3)(4)(5)(6)(7)(8) "},
	{"MANY 1 2 3 4 5 6 7 8 9\r\n", "-arguments\r\n", ""},
	{"REST\r\n", "-arguments\r\n", ""},
	{"REST \r\n", "-arguments\r\n", ""},
	{"REST a b  c \r\n", "+\r\n", "REST(a b  c ) "},
	{"REST  a\r\n", "+\r\n", "REST( a) "},
	{"REST a\rb\r\n", "+\r\n", "REST(a\rb) "},
	{"TEXT\r\n", "+\r\n", "TEXT "},
	{"TEXT some more\r\n", "+\r\n", "TEXT(some more) "},
	{"PASS s e\r\n", "+\r\n", "PASS(s e) "},
	{"ONLY\r\n", "-not yet\r\n", ""},
	{"ONLY x y z\r\n", "-not yet\r\n", ""}, /* the state is asked first */
	{"GO\r\nONLY\r\n", "+two\r\n+\r\n", "GO ONLY "},
	{"GO\r\nGO\r\n", "+two\r\n-gone\r\n", "GO "},
	{"GO\r\nREST a\r\n", "+two\r\n-state\r\n", "GO "},
	{"BOTH\r\nGO\r\nBOTH\r\nBOTH a\r\n", "+\r\n+two\r\n-arguments\r\n+\r\n",
		"BOTH GO BOTH(a) "},
	{"OWN\r\nNONE\r\n", "+own\r\n+\r\n", "OWN NONE "},
	{"NONE\r\nSOME a\r\n", "+\r\n+\r\n", "NONE SOME(a) "},
	{"NONE", "", ""},
	{"TEXT 5678901234567890123456789\r\n", "+\r\n", "TEXT(5678901234567890123456789) "},
	{"TEXT 567890123456789012345678901\r\nNONE\r\n", "-long\r\n+\r\n", "NONE "},
	{"TEXT 5678901234567890123456789012345678901234567890 NONE\r\nNONE\r\n", "-long\r\n+\r\n",
		"NONE "},
};

static void check_lines(void)
{
	enum cmd_end end;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const char *replies = play(lines[i].text, strlen(lines[i].text), 0, &end);
		unit_check(strcmp(replies, lines[i].replies) == 0, lines[i].text, replies, (int)i);
		unit_check(strcmp(seen, lines[i].seen) == 0, lines[i].text, seen, (int)i);
		CHECK(end == CMD_CLOSED);
	}
	CHECK_TEXT(play("NONE\0\r\nNONE\r\n", 13, 0, &end), "-nul\r\n+\r\n");
	CHECK_TEXT(seen, "NONE ");
	/* What stands behind the last command is not read as one. */
	CHECK_TEXT(play("NONE\r\nQUIT\r\nNONE\r\n", 18, 0, &end), "+\r\n+bye\r\n");
	CHECK_TEXT(seen, "NONE QUIT ");
	CHECK(end == CMD_LEFT);
}

static void check_errors(void)
{
	enum cmd_end end;
	const char bad[] = "X\r\nSOME\r\nONLY\r\nFAIL\r\nNONE\r\n";
	CHECK_TEXT(play(bad, sizeof bad - 1, 4, &end),
		"!unknown\r\n-arguments\r\n-not yet\r\n-many\r\n");
	CHECK(end == CMD_ERRORS);
	CHECK_TEXT(play(bad, sizeof bad - 1, 5, &end),
		"!unknown\r\n-arguments\r\n-not yet\r\n-no\r\n+\r\n");
	CHECK(end == CMD_CLOSED);
	/* In a row. */
	const char mixed[] = "X\r\nX\r\nNONE\r\nX\r\nX\r\nOWN\r\nX\r\nX\r\nX\r\nX\r\n";
	play(mixed, sizeof mixed - 1, 3, &end);
	CHECK(end == CMD_ERRORS);
	CHECK_TEXT(seen, "NONE OWN ");
	/* Lines that are too long or hold a NUL count as well. */
	CHECK_TEXT(play("\0\n0123456789012345678901234567890123456789\nX\n", 45, 3, &end),
		"-nul\r\n-long\r\n-many\r\n");
	CHECK(end == CMD_ERRORS);
}

static void check_ends(void)
{
	state = ONE;
	timeout = 0; /* seconds: has passed at once */
	open_io(SOCK_STREAM, 64, 512, 1000);
	CHECK(cmd_loop(&dialect, &io, seen, &state, &timeout, 0) == CMD_TIMED_OUT);
	CHECK_TEXT(got(), "-timeout\r\n");
	close_io();

	open_io(SOCK_STREAM, 64, 512, 1000);
	arrives_no_more();
	io_put(&io, "lost");
	timeout = 20;
	CHECK(cmd_loop(&dialect, &io, seen, &state, &timeout, 0) == CMD_CLOSED);
	close_io();

	/* What was sent ahead of a reply that cannot be sent is not obeyed. */
	open_io(SOCK_STREAM, 64, 512, 1000);
	state = ONE;
	seen[0] = '\0';
	arrive("FLOOD\r\nNONE\r\nQUIT\r\n", 19);
	arrives_no_more();
	CHECK(cmd_loop(&dialect, &io, seen, &state, &timeout, 0) == CMD_CLOSED);
	CHECK_TEXT(seen, "FLOOD ");
	close_io();

	open_io(SOCK_STREAM, 64, 512, 1000);
	state = GONE;
	io_put(&io, "last word");
	CHECK(cmd_loop(&dialect, &io, seen, &state, &timeout, 0) == CMD_LEFT);
	CHECK_TEXT(got(), "last word");
	cmd_announce(&dialect, &io, seen, "250-", "\r\n");
	CHECK(io_flush(&io));
	CHECK_TEXT(got(), "250-SOME THING\r\n250-ONLY\r\n");
	close_io();
	CHECK_TEXT(cmd_end_name(CMD_LEFT), "quit");
	CHECK_TEXT(cmd_end_name(CMD_ERRORS), "errors");
}

static char logged[1024];

static void keep(int priority, const char *line, size_t len)
{
	(void)priority;
	snprintf(logged + strlen(logged), sizeof logged - strlen(logged), "%.*s|", (int)len, line);
}

/* -v shows commands, but no secret. */
static void check_log(void)
{
	enum cmd_end end;
	log_divert(keep);
	log_verbose(true);
	play("PASS hidden\r\nSOME a\x1b\r\npass hidden\r\n", 35, 0, &end);
	CHECK_TEXT(logged, "command PASS ...|command SOME \"a\\x1b\"|command PASS ...|");
	log_verbose(false);
	log_divert(NULL);
}

int main(void)
{
	check_lines();
	check_errors();
	check_ends();
	check_log();
	return unit_end();
}
