/*
 * mailuser: the administrator's tool for mail accounts: add, passwd, del, list, show; and wait, for
 * who tests by a sink. Runs with the rights of whoever calls it; see mailuser(8).
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "log.h"
#include "mailuser.h"
#include "opt.h"
#include "str.h"

static const struct command {
	const char *name, *syntax; /* with a space before it, if there is any */
	const char *letters; /* of its options, for getopt() */
	int operands;
	command_run *run;
	int (*run_alone)(char **argv); /* instead of all that is behind the syntax */
} commands[] = {
	{"add", " [-c fullname] [-i uid[:gid]] [-m maildir] [-q quota] name", "+:c:i:m:q:", 1,
		run_add, NULL},
	{"passwd", " name", "+:", 1, run_passwd, NULL},
	{"del", " name", "+:", 1, run_del, NULL},
	{"list", "", "+:", 0, run_list, NULL},
	{"show", " name", "+:", 1, run_show, NULL},
	{"wait", " -S folder address [seconds]", NULL, 0, NULL, run_wait},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

/* Which key of the account file an option of add sets. */
static const struct {
	char letter;
	const char *key;
} add_options[] = {{'c', "name"}, {'i', "uid"}, {'m', "maildir"}, {'q', "quota"}};

static const struct opt_flag flags[] = {
	{'f', "file", OPT_FILE, NULL, "read the settings from file (/etc/trivet.conf)"},
	{'o', "name=value", OPT_SETTING, NULL, "change one setting (repeatable)"},
	{'n', NULL, OPT_CHECK, NULL, "check and print the settings in effect, and end"},
	{'V', NULL, OPT_VERSION, NULL, "print the version"},
	{0, NULL, OPT_VERSION, NULL, NULL},
};

static char summary[512];
static const struct opt_program program = {"mailuser", summary, "command ...", flags, NULL};

/* The commands, as the usage text shows them. */
static void write_summary(void)
{
	struct str s;
	str_init(&s, summary, sizeof summary);
	str_add(&s, "Mail accounts. The commands:");
	for (size_t i = 0; i < COMMANDS; i++)
		str_addf(&s, "\n  %s%s", commands[i].name, commands[i].syntax);
}

int complain(int status, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	fputs("mailuser: ", stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	return status;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	opt_usage(&program, "there is no command \"%s\"", name);
}

/* NULL, or what was expected. `value` is cut in two where it is uid:gid. */
static const char *put_option(struct account *a, int letter, char *value)
{
	size_t i = 0;
	while (add_options[i].letter != letter)
		i++;
	char *gid = letter == 'i' ? strchr(value, ':') : NULL;
	if (gid)
		*gid++ = '\0';
	const char *expected = account_put(a, add_options[i].key, value);
	return expected || !gid ? expected : account_put(a, "gid", gid);
}

/* The command's own options and its operand. */
static void read_command(const struct command *c, char **argv, struct account *asked)
{
	int argc = 0;
	while (argv[argc])
		argc++;
	optind = 1;
	for (int letter; (letter = getopt(argc, argv, c->letters)) != -1;) {
		if (letter == '?' || letter == ':')
			opt_usage(&program, "%s: -%c is no option, or lacks its argument", c->name,
				optopt);
		const char *expected = put_option(asked, letter, optarg);
		if (expected)
			opt_usage(&program, "add: -%c takes %s", letter, expected);
	}
	if (argc - optind != c->operands)
		opt_usage(&program, "it is: %s%s", c->name, c->syntax);
	if (c->operands > 0 && (!str_copy(asked->name, sizeof asked->name, argv[optind]) ||
				       !account_name(asked->name)))
		die(EX_DATAERR,
			"no account can have the name %s: expected up to 128 printable ASCII "
			"characters, no blank, / or :, no dot at the beginning",
			log_quote(argv[optind]));
}

static int run_alone(const struct command *c, char **argv)
{
	int status = c->run_alone(argv);
	if (status == EX_USAGE)
		opt_usage(&program, "it is: %s%s", c->name, c->syntax);
	return status;
}

int main(int argc, char **argv)
{
	struct opt opt;
	struct account asked = {.quota = 0};
	log_open("mailuser", LOG_MAIL, true);
	write_summary();
	opt_read(&program, argc, argv, &opt);
	opt_settings(&opt, MAILUSER);
	if (opt.check) {
		settings_print(MAILUSER);
		return EX_OK;
	}
	if (!opt.operands[0])
		opt_usage(&program, "which command?");
	const struct command *command = find_command(opt.operands[0]);
	if (command->run_alone)
		return run_alone(command, opt.operands);
	read_command(command, opt.operands, &asked);
	if (!account_storable())
		die(EX_CONFIG, "accounts %s: these are no files that mailuser could keep",
			settings.accounts);
	int status = command->run(&asked);
	if (fflush(stdout) == EOF && status == EX_OK)
		status = complain(EX_IOERR, "cannot write to standard output");
	return status;
}
