/*
 * settings_table: the rows of settings_rows.h as the programs need them: without the sentences for
 * the manual.
 */
#include <stddef.h>
#include <stdint.h>

#include "settings.h"

#define SETTING(name, programs, kind, field, initial, unit, least, most, meaning)                  \
	{name, programs, kind, offsetof(struct settings, field), initial, unit, least, most},

const struct setting settings_table[] = {
#include "settings_rows.h"
	{.name = NULL},
};
