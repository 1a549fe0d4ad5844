/*
 * hook: runs the administrator's programs. In the keeper, with the privileges of the start; the
 * programs run as the jailed user, never as root.
 */
#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "complaints.h"
#include "daemon.h"
#include "exec.h"
#include "log.h"
#include "memory.h"
#include "net.h"
#include "settings.h"

#define SECONDS 10 /* that it may take */
#define LINE_OCTETS 998 /* of a header field, RFC 5322 2.1.1 */

/* One of the two. `later` is how its reply begins where the client shall try again. */
struct kind {
	const char *name;
	char **argv;
	const char *later;
};

static bool can_run(const char *program)
{
	struct stat st;
	priv_as(daemon_user());
	int result = faccessat(AT_FDCWD, program, X_OK, AT_EACCESS);
	if (result == 0)
		result = stat(program, &st);
	priv_back();
	errno = result < 0 ? errno : EACCES;
	return result == 0 && S_ISREG(st.st_mode);
}

static void check_hook(const char *setting, char **argv)
{
	if (!argv[0])
		return;
	if (argv[0][0] != '/')
		die(EX_CONFIG, "%s %s: not an absolute path", setting, argv[0]);
	if (!can_run(argv[0]))
		die(EX_CONFIG, "%s %s: cannot be run: %s", setting, argv[0], strerror(errno));
}

void hook_ready(void)
{
	check_hook("rcpt-hook", settings.rcpt_hook);
	check_hook("data-hook", settings.data_hook);
}

/* What somebody else wrote, as ASCII of which nothing is below `least`. */
static void add_visible(struct str *s, const char *text, char least)
{
	for (; *text; text++)
		str_addn(s, *text >= least && *text <= '~' ? text : "?", 1);
}

static struct exec_end run_hook(
	const struct kind *kind, const struct hook *h, int message, char *output)
{
	static OWN_PAGES char client[NET_TEXT + 16], helo[HELO_NAME + 16], sender[PATH_TEXT + 16];
	static OWN_PAGES char recipient[HOOK_RECIPIENTS + 16];
	char errors[COMPLAINTS];
	const char *const env[] = {client, helo, sender, recipient, NULL};
	struct priv_ids user = daemon_user();
	struct exec program = {.argv = kind->argv,
		.env = env,
		.fd = &message,
		.fds = 1,
		.owner = &user,
		.seconds = SECONDS,
		.watch = h->watch};
	const struct exec_text said[2] = {{output, HOOK_OUTPUT}, {errors, sizeof errors}};
	struct str s;
	snprintf(client, sizeof client, "CLIENT=%s", h->client);
	snprintf(recipient, sizeof recipient, "RECIPIENT=%s", h->recipients);
	str_init(&s, helo, sizeof helo);
	str_add(&s, "HELO=");
	add_visible(&s, h->helo, '!');
	str_init(&s, sender, sizeof sender);
	str_add(&s, "SENDER=");
	path_write(h->from, &s);
	struct exec_end end = exec_read(&program, said);
	complaints_log(kind->name, kind->argv[0], errors);
	return end;
}

/* The next line of *at, cut off; NULL: no more. */
static char *next_line(char **at)
{
	char *line = *at, *end = line + strcspn(line, "\n");
	*at = *end ? end + 1 : end;
	*end = '\0';
	return *at == line ? NULL : line;
}

/* Of output that was cut, what is behind its last line end does not count. */
static void drop_part(char *output)
{
	char *end = strrchr(output, '\n');
	if (end && strlen(output) == HOOK_OUTPUT - 1)
		end[1] = '\0';
}

static bool is_field(const char *line)
{
	if (line[strcspn(line, ": \t")] != ':' || strlen(line) > LINE_OCTETS)
		return false;
	for (; *line; line++)
		if (*line != '\t' && (*line < ' ' || *line > '~'))
			return false;
	return true;
}

/* Sorts the output: fields for the message, and the first other line for the client. */
static const char *sort_output(const struct kind *kind, char *output, struct str *fields)
{
	const char *text = NULL;
	drop_part(output);
	for (char *line; (line = next_line(&output)) != NULL;) {
		bool field = str_begins(line, "X-");
		line = str_trim(line);
		if (!field)
			text = text || !*line ? text : line;
		else if (is_field(line))
			str_addf(fields, "%s\n", line);
		else
			log_event(LOG_WARNING, "%s %s: no header field: %s", kind->name,
				kind->argv[0], log_quote(line));
	}
	return text;
}

static enum verdict judge_end(const struct kind *kind, struct exec_end end)
{
	if (end.how == EXEC_STATUS && end.number == EX_OK)
		return YES;
	if (end.how == EXEC_STATUS && (end.number == EX_TEMPFAIL || end.number == EX_NOPERM))
		return REPLY;
	log_event(LOG_ERR, "%s %s: %s", kind->name, kind->argv[0], exec_end_text(end));
	return TROUBLE;
}

static enum verdict ask_hook(const struct kind *kind, struct hook *h, int message)
{
	static OWN_PAGES char output[HOOK_OUTPUT];
	struct str fields, reply;
	str_init(&fields, h->fields, sizeof h->fields);
	if (!kind->argv[0])
		return YES;
	struct exec_end end = run_hook(kind, h, message, output);
	enum verdict v = judge_end(kind, end);
	const char *text = sort_output(kind, output, &fields);
	bool later = end.number == EX_TEMPFAIL;
	str_init(&reply, h->reply, sizeof h->reply - 2); /* its CRLF */
	str_addf(&reply, "%s ", later ? kind->later : "550 5.7.1");
	if (!text)
		text = later ? "Not now, try again later" : "Refused here";
	add_visible(&reply, text, ' ');
	return v;
}

enum verdict hook_rcpt(struct hook *h)
{
	struct kind rcpt = {"rcpt-hook", settings.rcpt_hook, "450 4.7.1"};
	return ask_hook(&rcpt, h, -1);
}

enum verdict hook_data(struct hook *h, int message)
{
	struct kind data = {"data-hook", settings.data_hook, "451 4.7.1"};
	return ask_hook(&data, h, message);
}
