/*
 * mail: the mail client of the demonstration: sends by SMTP, fetches by POP3, and prints the
 * dialogue as it goes.
 *
 * Run by tests/demo, as anybody. Exit status 0 only if every step had the reply that it should
 * have. RFC 5321, RFC 1939.
 */
#include "client.h"

#include <grp.h>
#include <pwd.h>

static const char usage[] =
	"usage: mail smtp PORT FROM FILE RECIPIENT ...\n"
	"       mail pop3 PORT USER PASSWORD OUTFILE\n"
	"       mail as-nobody PROGRAM ...\n"
	"Ports are on 127.0.0.1. A mail FILE has CRLF line ends. OUTFILE gets all mail,\n"
	"without the trace headers on top.\n";

/* The connection of SMTP and POP3. */
static struct {
	FILE *in, *out;
	char *line; /* the last one that the server sent, without its CRLF */
	size_t cap, len;
} server;

static void server_open(const char *port)
{
	struct sockaddr_in to = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
		fail("port %s: %s", port, strerror(errno));
	server.in = fdopen(fd, "r");
	server.out = fdopen(dup(fd), "w");
	if (!server.in || !server.out)
		fail("no memory");
}

static void server_close(void)
{
	if (getc(server.in) != EOF)
		fail("the server goes on after its last word");
	fclose(server.in);
	fclose(server.out);
	free(server.line);
}

static void read_line(void)
{
	ssize_t n = fflush(server.out) == 0 ? getline(&server.line, &server.cap, server.in) : -1;

	if (n < 2 || strcmp(server.line + n - 2, "\r\n") != 0)
		fail("the server has closed the connection, or sent a line without CRLF");
	server.len = (size_t)n - 2;
	server.line[server.len] = 0;
}

/* One line of a reply, printed; it must begin with `wanted`. */
static void expect(const char *wanted)
{
	read_line();
	printf("S: %s\n", server.line);
	if (strncmp(server.line, wanted, strlen(wanted)) != 0)
		fail("wanted a reply that begins with \"%s\"", wanted);
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	printf("C: %s\n", line);
	fprintf(server.out, "%s\r\n", line);
}

/* Prints the first lines of a body, then how many more there were. */
static void show_line(const char *who, unsigned long n, const char *line, size_t len)
{
	if (n < SHOWN)
		printf("%s: %.*s\n", who, (int)len, line);
}

static void show_rest(const char *who, unsigned long n)
{
	if (n > SHOWN)
		printf("%s: ... %lu more lines\n", who, n - SHOWN);
}

/* RFC 5321 4.2.1: all lines of a reply but the last have '-' behind the code. */
static void expect_code(const char *code)
{
	do
		expect(code);
	while (server.line[3] == '-');
}

static void send_message(const char *path)
{
	FILE *in = file_open(path, "r");
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	unsigned long n = 0;

	while ((len = getline(&line, &cap, in)) > 0) {
		if (len < 2 || line[len - 2] != '\r')
			fail("%s: a line without CRLF", path);
		if (line[0] == '.')
			putc('.', server.out);
		fwrite(line, 1, (size_t)len, server.out);
		show_line("C", n++, line, (size_t)len - 2);
	}
	show_rest("C", n);
	free(line);
	fclose(in);
}

/* PORT FROM FILE RECIPIENT ... */
static int smtp(char **args)
{
	server_open(args[0]);
	expect_code("220");
	say("EHLO client.example.org");
	expect_code("250");
	say("MAIL FROM:<%s>", args[1]);
	expect_code("250");
	for (char **to = args + 3; *to; to++) {
		say("RCPT TO:<%s>", *to);
		expect_code("250");
	}
	say("DATA");
	expect_code("354");
	send_message(args[2]);
	say(".");
	expect_code("250");
	say("QUIT");
	expect_code("221");
	server_close();
	return 0;
}

/* Return-Path and Received, with their further lines: what the server put on top. */
static bool trace(const char *line, bool before)
{
	if (*line == ' ' || *line == '\t')
		return before;
	return strncasecmp(line, "Return-Path:", 12) == 0 || strncasecmp(line, "Received:", 9) == 0;
}

/* RFC 1939 3: lines up to the one dot, first dots taken off. */
static void receive_message(FILE *out)
{
	bool on_top = true;
	unsigned long n = 0;

	for (read_line(); strcmp(server.line, ".") != 0; read_line()) {
		size_t dot = server.line[0] == '.';

		on_top = on_top && trace(server.line, n > 0);
		if (!on_top) {
			fwrite(server.line + dot, 1, server.len - dot, out);
			fputs("\r\n", out);
		}
		show_line("S", n++, server.line, server.len);
	}
	show_rest("S", n);
	printf("S: .\n");
}

static void list(const char *command)
{
	say("%s", command);
	expect("+OK");
	do
		expect("");
	while (strcmp(server.line, ".") != 0);
}

/* PORT USER PASSWORD OUTFILE */
static int pop3(char **args)
{
	FILE *out = file_open(args[3], "w");
	unsigned long messages;

	server_open(args[0]);
	expect("+OK");
	say("USER %s", args[1]);
	expect("+OK");
	say("PASS %s", args[2]);
	expect("+OK");
	say("STAT");
	expect("+OK ");
	messages = strtoul(server.line + 4, NULL, 10);
	list("LIST");
	list("UIDL");
	for (unsigned long i = 1; i <= messages; i++) {
		say("RETR %lu", i);
		expect("+OK");
		receive_message(out);
		say("DELE %lu", i);
		expect("+OK");
	}
	say("QUIT");
	expect("+OK");
	server_close();
	file_close(out, args[3]);
	return 0;
}

/* PROGRAM ... : as root, gives up root for good first. */
static int as_nobody(char **args)
{
	const struct passwd *nobody = getpwnam("nobody");

	if (getuid() == 0 && (!nobody || setgroups(0, NULL) < 0 || setgid(nobody->pw_gid) < 0 ||
				     setuid(nobody->pw_uid) < 0))
		fail("cannot become nobody: %s", strerror(errno));
	execvp(args[0], args);
	fail("%s: %s", args[0], strerror(errno));
}

static const struct {
	const char *name;
	int least; /* arguments */
	unsigned seconds; /* of time, 0: any */
	int (*run)(char **args);
} commands[] = {
	{"smtp", 4, 30, smtp},
	{"pop3", 4, 30, pop3},
	{"as-nobody", 1, 0, as_nobody},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (argc < 2 || strcmp(argv[1], commands[i].name) != 0 ||
			argc - 2 < commands[i].least)
			continue;
		alarm(commands[i].seconds);
		return commands[i].run(argv + 2);
	}
	fputs(usage, stderr);
	return 64;
}
