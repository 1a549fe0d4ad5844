/*
 * opt: the command line, from one table per program, which also makes the usage text.
 */
#ifndef LIB_OPT_H
#define LIB_OPT_H

#include "settings.h"

enum opt_action {
	OPT_STANDALONE, /* -D */
	OPT_FOREGROUND, /* -F */
	OPT_LISTEN, /* -l addr[:port] */
	OPT_FILE, /* -f file */
	OPT_SETTING, /* -o name=value */
	OPT_ALIAS, /* a letter for one setting: -u user is -o user=... */
	OPT_WORD, /* the same for a list of words, one for each time that the letter is given */
	OPT_STANDALONE_FOREGROUND, /* in.tftpd's -L */
	OPT_SINK, /* -S folder */
	OPT_QUERY, /* tftpd's -q request */
	OPT_VERBOSE,
	OPT_CHECK, /* -n */
	OPT_VERSION
};

struct opt_flag {
	char letter;
	const char *argument; /* its name in the usage text, NULL: takes none */
	enum opt_action action;
	const char *setting; /* OPT_ALIAS, OPT_WORD: which, and, when there is no argument,
				"name=value" */
	const char *help;
};

/* The flags that daemons share, for use in their tables: every daemon but tftpd has just these. */
#define OPT_SHARED                                                                                 \
	{'f', "file", OPT_FILE, NULL, "read the settings from file (/etc/trivet.conf)"},           \
		{'o', "name=value", OPT_SETTING, NULL, "change one setting (repeatable)"},         \
		{'u', "user", OPT_ALIAS, "user",                                                   \
			"become this user in what reads from the network"},                        \
		{'v', NULL, OPT_VERBOSE, NULL, "log more"},                                        \
		{'n', NULL, OPT_CHECK, NULL, "check and print the settings in effect, and end"},   \
	{                                                                                          \
		'V', NULL, OPT_VERSION, NULL, "print the version"                                  \
	}
#define OPT_DAEMON                                                                                 \
	{'D', NULL, OPT_STANDALONE, NULL, "listen, detach, and serve"},                            \
		{'F', NULL, OPT_FOREGROUND, NULL,                                                  \
			"stay in the foreground and log to standard error"},                       \
	{                                                                                          \
		'l', "addr[:port]", OPT_LISTEN, NULL,                                              \
			"listen here, or on a /path (repeatable; port 0: any)"                     \
	}

#define OPT_LISTENS 16
#define OPT_OVERRIDES 64

struct opt {
	bool standalone, foreground, check;
	const char *file; /* NULL: the default */
	const char *sink, *query; /* NULL: none */
	char *listen[OPT_LISTENS];
	size_t listens;
	char *overrides[OPT_OVERRIDES]; /* for settings_load(); some from malloc, kept for ever */
	size_t override_count;
	char **operands; /* ends with NULL */
};

struct opt_program {
	const char *name, *summary, *operands; /* as in struct service */
	const struct opt_flag *flags;
	int (*next)(int argc, char *const *argv, const char *letters); /* as in struct service */
};

/* Reads the command line; a mistake prints one line and the usage to standard error and exits 64.
 */
void opt_read(const struct opt_program *program, int argc, char **argv, struct opt *opt);

/* The same ending for a mistake that the program finds itself. */
_Noreturn void opt_usage(const struct opt_program *program, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Loads the settings as `opt` says, or dies with 78. */
void opt_settings(const struct opt *opt, enum program program);

#endif
