/*
 * settings_value: one value of a setting, read by its kind. Between settings.c and settings_value.c
 * only.
 */
#ifndef LIB_SETTINGS_VALUE_H
#define LIB_SETTINGS_VALUE_H

#include "settings.h"
#include "str.h"

/* Blocks of text and lists that values point into. */
struct settings_memory {
	struct settings_memory *next;
};

/* Settings on their way to be in effect. */
struct settings_load {
	struct settings s;
	enum program program;
	const char *folder; /* relative paths begin here */
	const char *file; /* for messages; NULL: the command line */
	unsigned line;
	struct str error; /* empty until something is wrong */
};

/* Each is false, with `error` set, when the value will not do. */
bool settings_put(struct settings_load *l, const struct setting *row, const char *value);
bool settings_text(struct settings_load *l, const char **field, const char *value);
bool settings_words(struct settings_load *l, char ***field, const char *value);

#endif
