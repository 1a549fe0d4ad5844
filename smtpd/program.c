/*
 * program: a destination that is a program, such as a filter. Run by the keeper, as whom the
 * destination says and never as root. sysexits(3) says what its exit status means.
 */
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "complaints.h"
#include "deliver_own.h"
#include "exec.h"
#include "log.h"
#include "settings.h"

#define OUTPUT 256 /* octets of what it says that are looked at */

/* What is final; all else may work later, an unknown status included. */
static const struct {
	int status;
	const char *code;
} final[] = {
	{EX_USAGE, "554 5.3.0"},
	{EX_DATAERR, "550 5.6.0"},
	{EX_NOINPUT, "554 5.3.0"},
	{EX_NOUSER, "550 5.1.1"},
	{EX_NOHOST, "550 5.1.2"},
	{EX_UNAVAILABLE, "554 5.3.0"},
	{EX_SOFTWARE, "554 5.3.0"},
	{EX_PROTOCOL, "554 5.5.0"},
	{EX_NOPERM, "550 5.7.1"},
};

static const char *final_code(struct exec_end end)
{
	for (size_t i = 0; end.how == EXEC_STATUS && i < sizeof final / sizeof final[0]; i++)
		if (final[i].status == end.number)
			return final[i].code;
	return NULL;
}

/* The first line, in visible ASCII. */
static void clean(char *text)
{
	text[strcspn(text, "\r\n")] = '\0';
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* Who refuses may say why; what fails tells the log alone. */
static bool refuse(struct delivery *d, const struct target *t, struct exec_end end, char *output)
{
	struct str reply;
	const char *code = final_code(end);
	clean(output);
	log_event(LOG_WARNING, "program failed: command=%s uid=%lu %s output=%s",
		log_quote(t->to.program), (unsigned long)t->to.box.owner.uid, exec_end_text(end),
		log_quote(output));
	str_init(&reply, d->reply, sizeof d->reply);
	if (!code)
		str_add(&reply, "451 4.3.0 A recipient's program failed here, try again later");
	else
		str_addf(&reply, "%s %s", code,
			output[0] ? output : "A recipient's program refuses the message");
	d->verdict = REPLY;
	return false;
}

static void put(struct str *s, char *text, size_t cap, const char *name, const char *value)
{
	str_init(s, text, cap);
	str_addf(s, "%s=%s", name, value);
}

static struct exec_end run_command(
	struct delivery *d, const struct target *t, int message, char *output)
{
	static char shell[] = "/bin/sh", option[] = "-c";
	char command[ACCOUNT_VALUE], text[4][16 + PATH_TEXT], sender[PATH_TEXT];
	char errors[COMPLAINTS];
	char *argv[] = {shell, option, command, NULL};
	const char *env[] = {text[0], text[1], text[2], text[3], NULL};
	struct str s;
	str_copy(command, sizeof command, t->to.program);
	str_init(&s, sender, sizeof sender);
	path_write(d->sender, &s);
	put(&s, text[0], sizeof text[0], "CLIENT", d->ip);
	put(&s, text[1], sizeof text[1], "HELO", d->helo);
	clean(text[1]);
	put(&s, text[2], sizeof text[2], "SENDER", sender);
	put(&s, text[3], sizeof text[3], "RECIPIENT", d->recipient[t->recipient].address);
	const struct exec_text said[2] = {{output, OUTPUT}, {errors, sizeof errors}};
	struct exec program = {.argv = argv,
		.env = env,
		.fd = &message,
		.fds = 1,
		.owner = &t->to.box.owner,
		.seconds = settings.program_timeout,
		.watch = -1};
	struct exec_end end = exec_read(&program, said);
	complaints_log("program", t->to.program, errors);
	return end;
}

bool program_run(struct delivery *d, struct target *t)
{
	char output[OUTPUT];
	int message = deliver_read(d);
	if (message < 0)
		return false;
	struct exec_end end = run_command(d, t, message, output);
	close(message);
	t->published = end.how == EXEC_STATUS && end.number == 0;
	return t->published || refuse(d, t, end, output);
}
