/*
 * opt: the command line, from one table per program. Runs first in every program.
 */
#include "opt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "log.h"
#include "str.h"

static void print_usage(const struct opt_program *p)
{
	fprintf(stderr, "usage: %s [options]%s%s\n%s\n", p->name, p->operands ? " " : "",
		p->operands ? p->operands : "", p->summary);
	for (const struct opt_flag *f = p->flags; f->letter; f++) {
		char left[40];
		snprintf(left, sizeof left, "-%c %s", f->letter, f->argument ? f->argument : "");
		fprintf(stderr, "  %-20s %s\n", left, f->help);
	}
}

void opt_usage(const struct opt_program *p, const char *format, ...)
{
	char mistake[512];
	va_list ap;
	va_start(ap, format);
	vsnprintf(mistake, sizeof mistake, format, ap);
	va_end(ap);
	log_complain("%s", mistake);
	print_usage(p);
	exit(EX_USAGE);
}

static void add_override(const struct opt_program *p, struct opt *opt, char *override)
{
	if (opt->override_count == OPT_OVERRIDES)
		opt_usage(p, "too many settings");
	opt->overrides[opt->override_count++] = override;
}

/* "-u user" becomes "user=...". */
static void add_alias(
	const struct opt_program *p, struct opt *opt, const struct opt_flag *f, char *value)
{
	size_t n = strlen(f->setting) + 2 + (value ? strlen(value) : 0);
	char *text = malloc(n);
	if (text)
		snprintf(text, n, value ? "%s=%s" : "%s", f->setting, value ? value : "");
	else
		die(EX_OSERR, "out of memory");
	add_override(p, opt, text);
}

/* The first "-r a" becomes "refuse-options=a", the next one adds to that. */
static void add_word(
	const struct opt_program *p, struct opt *opt, const struct opt_flag *f, char *value)
{
	size_t name = strlen(f->setting), i = 0;

	while (i < opt->override_count && (strncmp(opt->overrides[i], f->setting, name) != 0 ||
						  opt->overrides[i][name] != '='))
		i++;
	if (!value || i == opt->override_count) {
		add_alias(p, opt, f, value);
		return;
	}
	size_t n = strlen(opt->overrides[i]) + 2 + strlen(value);
	char *text = malloc(n);
	if (!text || snprintf(text, n, "%s %s", opt->overrides[i], value) < 0)
		die(EX_OSERR, "out of memory");
	opt->overrides[i] = text;
}

static void act(const struct opt_program *p, struct opt *opt, const struct opt_flag *f, char *value)
{
	switch (f->action) {
	case OPT_STANDALONE:
		opt->standalone = true;
		return;
	case OPT_FOREGROUND:
		opt->foreground = true;
		return;
	case OPT_STANDALONE_FOREGROUND:
		opt->standalone = opt->foreground = true;
		return;
	case OPT_SINK:
		opt->sink = value;
		return;
	case OPT_QUERY:
		opt->query = value;
		return;
	case OPT_LISTEN:
		if (opt->listens == OPT_LISTENS)
			opt_usage(p, "too many addresses to listen on");
		opt->listen[opt->listens++] = value;
		return;
	case OPT_FILE:
		opt->file = value;
		return;
	case OPT_SETTING:
		add_override(p, opt, value);
		return;
	case OPT_ALIAS:
		add_alias(p, opt, f, value);
		return;
	case OPT_WORD:
		add_word(p, opt, f, value);
		return;
	case OPT_VERBOSE:
		log_verbose(true);
		return;
	case OPT_CHECK:
		opt->check = true;
		return;
	case OPT_VERSION:
		printf("%s %s\n", p->name, TRIVET_VERSION);
		exit(EX_OK);
	}
}

static const struct opt_flag *find_flag(const struct opt_program *p, int letter)
{
	const struct opt_flag *f = p->flags;
	while (f->letter && f->letter != letter)
		f++;
	return f->letter ? f : NULL;
}

/* The letters as getopt() wants them. */
static void getopt_letters(const struct opt_program *p, struct str *letters)
{
	str_add(letters, "+:");
	for (const struct opt_flag *f = p->flags; f->letter; f++)
		str_addf(letters, "%c%s", f->letter, f->argument ? ":" : "");
}

/* What a mistake was: getopt(3) has gone past it, but not past a "--name", or past the end as well.
 */
static const char *mistake(char **argv)
{
	const char *word = argv[optopt == '-' ? optind : optind - 1];
	return word ? word : argv[optind - 2];
}

_Noreturn static void refuse(const struct opt_program *p, int c, char **argv)
{
	const struct opt_flag *f = c == ':' ? find_flag(p, optopt) : NULL;
	const char *word = mistake(argv);
	if (str_begins(word, "--"))
		opt_usage(p, f ? "%s needs an argument" : "there is no option %s", word);
	if (f)
		opt_usage(p, "-%c needs an argument: %s", f->letter, f->argument);
	opt_usage(p, "there is no option -%c", optopt);
}

void opt_read(const struct opt_program *p, int argc, char **argv, struct opt *opt)
{
	char buffer[80];
	struct str letters;
	int c;
	*opt = (struct opt){0};
	settings_start();
	str_init(&letters, buffer, sizeof buffer);
	getopt_letters(p, &letters);
	while ((c = (p->next ? p->next : getopt)(argc, argv, letters.at)) != -1) {
		const struct opt_flag *f = c == ':' || c == '?' ? NULL : find_flag(p, c);
		if (!f)
			refuse(p, c, argv);
		act(p, opt, f, f->argument ? optarg : NULL);
	}
	opt->operands = argv + optind;
	if (!p->operands && opt->operands[0])
		opt_usage(p, "\"%s\" is more than it takes", opt->operands[0]);
}

void opt_settings(const struct opt *opt, enum program program)
{
	char error[SETTINGS_ERROR];
	if (!settings_load(program, opt->file, opt->overrides, opt->override_count, error))
		die(EX_CONFIG, "%s", error);
}
