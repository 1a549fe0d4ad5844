/*
 * talk: plays a transcript against a server and compares what comes back, octet for octet.
 *
 * It is the judge, so it shares no code with what it judges. Run by the tests, as anybody.
 *
 *   C: text    send text and CRLF                  S: text    just this line and its CRLF comes
 *   C> text    send text without a line end        S> text    just these octets come
 *   C* N text  the same, N times over              S* N text  the same, N times over
 *   C! half    shut down our side                  S~ ere     a line comes that matches, whole
 *   C! close   close the connection                S! end     the server closes, and says no more
 *
 * One space behind the mark is no part of the text. \r \n \t \0 \xNN \\ stand for octets (not in
 * S~, where backslashes are the expression's); @NAME@ for the environment's variable. '#' begins a
 * comment line. C lines that follow each other leave in one write. The end of the file means
 * "S! end", unless "C! close" came before.
 */
#include "peer.h"

#include <ctype.h>
#include <regex.h>
#include <stdarg.h>

static const char usage[] =
	"usage: talk [-e] [-s octets] [-t seconds] [-l log] FILE HOW ...\n"
	"  -e    send one octet at a time\n"
	"  -s N  send N octets at a time\n"
	"  -t N  give up after N seconds (30)\n"
	"  -l F  the program's standard error goes to file F\n"
	"FILE is a transcript, or - for standard input. HOW is one of\n"
	"  connect HOST PORT      to a server that runs\n"
	"  inetd PROGRAM ...      start it with a TCP connection as descriptors 0, 1 and 2\n"
	"  pipe PROGRAM ...       ... with a pipe as 0 and another as 1\n"
	"  unix PROGRAM ...       ... with one end of an AF_UNIX pair as 0 and 1\n"
	"  accepted PROGRAM ...   ... as systemd with Accept=yes: the connection is 3\n"
	"  listener PROGRAM ...   ... with Accept=no: a listening socket is 3; SIGTERM ends it\n";

#define SHOWN 400 /* octets of a report */

static struct {
	const char *name;
	unsigned line;
	const struct octets *wanted; /* by the current step */
} file;

static void show(const char *label, const struct octets *o)
{
	static const char plain[] = "\r\n\t\\", letters[] = "rnt\\";

	fprintf(stderr, "  %s ", label);
	for (size_t i = 0; i < o->len && i < SHOWN; i++) {
		unsigned char c = (unsigned char)head(o)[i];
		const char *found = c ? strchr(plain, c) : NULL;

		if (found)
			fprintf(stderr, "\\%c", letters[found - plain]);
		else
			fprintf(stderr, isprint(c) ? "%c" : "\\x%02x", c);
	}
	fprintf(stderr, o->len > SHOWN ? "... (%zu octets)\n" : "\n", o->len);
}

static _Noreturn void fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%u: ", file.name, file.line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (file.wanted) {
		show("wanted", file.wanted);
		show("got   ", &peer.got);
	}
	if (peer.program > 0)
		kill(peer.program, SIGKILL);
	exit(1);
}

/* "\x41": the octet, and how much of the text it took. */
static size_t escape(const char *text, char *octet)
{
	static const char letters[] = "rnt0\\", octets[] = "\r\n\t\0\\";
	const char *found = text[1] ? strchr(letters, text[1]) : NULL;
	unsigned value;

	if (found) {
		*octet = octets[found - letters];
		return 2;
	}
	if (sscanf(text, "\\x%2x", &value) != 1 || !isxdigit((unsigned char)text[3]))
		fail("unknown escape: %s", text);
	*octet = (char)value;
	return 4;
}

/* "@NAME@": adds the variable's value, and returns how much of the text it took; 0 when it is none.
 */
static size_t variable(struct octets *o, const char *text)
{
	char name[64] = "";
	int len = 0;
	const char *value;

	if (sscanf(text, "@%63[A-Z0-9_]%n", name, &len) != 1 || text[len] != '@')
		return 0;
	value = getenv(name);
	if (!value)
		fail("@%s@ is not in the environment", name);
	add(o, value, strlen(value));
	return (size_t)len + 1;
}

static void expand(struct octets *o, const char *text, bool escapes)
{
	while (*text) {
		char c = *text;
		size_t used = c == '@' ? variable(o, text) : 0;

		if (used == 0) {
			used = escapes && c == '\\' ? escape(text, &c) : 1;
			add(o, &c, 1);
		}
		text += used;
	}
}

static void parse_line(struct octets *o, const char *text)
{
	expand(o, text, true);
	add(o, "\r\n", 2);
}

static void parse_octets(struct octets *o, const char *text)
{
	expand(o, text, true);
}

/* "N text" */
static void parse_repeat(struct octets *o, const char *text)
{
	struct octets once = {0};
	char *end;
	unsigned long times = strtoul(text, &end, 10);

	if (end == text || *end != ' ')
		fail("no number of times");
	expand(&once, end + 1, true);
	while (times-- > 0)
		add(o, once.at, once.len);
	free(once.at);
}

static void parse_regex(struct octets *o, const char *text)
{
	add(o, "^(", 2);
	expand(o, text, false);
	add(o, ")$", 2);
}

static void parse_word(struct octets *o, const char *text)
{
	add(o, text, strlen(text));
}

static void client_says(const struct octets *o)
{
	add(&peer.queue, o->at, o->len);
}

static void client_ends(const struct octets *o)
{
	bool all = strcmp(o->at, "close") == 0;

	if (!all && strcmp(o->at, "half") != 0)
		fail("neither half nor close");
	peer_send();
	if (peer.in == peer.out)
		shutdown(peer.out, SHUT_WR);
	else
		close(peer.out);
	if (all) {
		close(peer.in);
		peer.in = -1;
	}
}

/* Waits no longer than the first octets may yet become what is wanted. */
static void server_says(const struct octets *o)
{
	size_t same = 0;

	while (peer.got.len < o->len && !peer.ended &&
		(peer.got.len >= SHOWN || memcmp(head(o), head(&peer.got), peer.got.len) == 0))
		peer_pump();
	while (same < o->len && same < peer.got.len && head(o)[same] == head(&peer.got)[same])
		same++;
	if (same < o->len && same == peer.got.len)
		fail("the server has closed the connection");
	if (same < o->len)
		fail("octet %zu differs", same + 1);
	drop(&peer.got, o->len);
}

static void server_matches(const struct octets *o)
{
	regex_t regex;
	char *line, *end = NULL;
	size_t len;

	if (regcomp(&regex, o->at, REG_EXTENDED | REG_NOSUB) != 0)
		fail("not a regular expression");
	while (peer.got.len == 0 || !(end = memchr(head(&peer.got), '\n', peer.got.len))) {
		if (peer.ended)
			fail("the server has closed the connection");
		peer_pump();
	}
	line = head(&peer.got);
	len = (size_t)(end - line) + 1;
	if (len < 2 || end[-1] != '\r' || memchr(line, 0, len))
		fail("the line ends without CRLF, or holds a NUL");
	end[-1] = 0;
	if (regexec(&regex, line, 0, NULL, 0) != 0)
		fail("does not match");
	drop(&peer.got, len);
	regfree(&regex);
}

static void server_ends(const struct octets *o)
{
	static const struct octets nothing;

	if (strcmp(o->at, "end") != 0)
		fail("S! %s: not end", o->at);
	file.wanted = &nothing;
	while (!peer.ended && peer.got.len == 0)
		peer_pump();
	if (peer.got.len > 0)
		fail("the server was to close, and goes on");
}

static const struct step {
	char mark[3];
	void (*parse)(struct octets *o, const char *text);
	void (*run)(const struct octets *o);
} steps[] = {
	{"C:", parse_line, client_says},
	{"C>", parse_octets, client_says},
	{"C*", parse_repeat, client_says},
	{"C!", parse_word, client_ends},
	{"S:", parse_line, server_says},
	{"S>", parse_octets, server_says},
	{"S*", parse_repeat, server_says},
	{"S~", parse_regex, server_matches},
	{"S!", parse_word, server_ends},
};

static const struct step *step_of(const char *line)
{
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (strncmp(line, steps[i].mark, 2) == 0)
			return &steps[i];
	fail("no such step: %s", line);
}

static void play(const char *line)
{
	const struct step *step;
	struct octets o = {0};

	if (*line == '#' || *line == 0)
		return;
	step = step_of(line);
	if (peer.in < 0)
		fail("the connection is closed");
	add(&o, "", 0);
	step->parse(&o, line + (line[2] == ' ' ? 3 : 2));
	if (step->run != client_says)
		peer_send();
	file.wanted = line[0] == 'S' ? &o : NULL;
	step->run(&o);
	file.wanted = NULL;
	free(o.at);
}

static void play_file(void)
{
	FILE *in = strcmp(file.name, "-") == 0 ? stdin : fopen(file.name, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (!in)
		fail("%s", strerror(errno));
	while ((len = getline(&line, &size, in)) > 0) {
		file.line++;
		if (line[len - 1] == '\n')
			line[len - 1] = 0;
		play(line);
	}
	free(line);
	if (file.line == 0)
		fail("empty");
	if (peer.in >= 0)
		play("S! end");
}

static void set_option(int option)
{
	if (option == 'e')
		peer.piece = 1;
	else if (option == 's')
		peer.piece = strtoul(optarg, NULL, 10);
	else if (option == 't')
		peer.seconds = atoi(optarg);
	else if (option == 'l')
		peer.log = optarg;
	else {
		fputs(usage, stderr);
		exit(64);
	}
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+es:t:l:h")) >= 0)
		set_option(option);
	argv += optind;
	if (argc - optind < 3)
		set_option('h');
	for (int fd = 3; fd < 64; fd++)
		close(fd); /* the tests' own, which would be kept open by a server that hangs */
	signal(SIGPIPE, SIG_IGN);
	file.name = argv[0];
	add(&peer.got, "", 0);
	peer.deadline = now() + peer.seconds * 1000;
	if (strcmp(argv[1], "connect") == 0 && argv[3])
		peer_connect(argv[2], argv[3]);
	else if (!peer_start(argv + 1))
		set_option('h');
	fcntl(peer.in, F_SETFL, O_NONBLOCK);
	fcntl(peer.out, F_SETFL, O_NONBLOCK);
	play_file();
	peer_wait();
	return 0;
}
