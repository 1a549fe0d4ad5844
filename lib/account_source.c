/*
 * account_source: where accounts are, by the setting `accounts`. Runs in keepers, with the
 * privileges of the start and before the client has logged in, and in mailuser.
 */
#include <errno.h>
#include <string.h>

#include "account_file.h"
#include "account_sink.h"
#include "log.h"
#include "settings.h"
#include "slot.h"
#include "str.h"

static const struct source {
	const char *word; /* that the setting begins with */
	void (*ready)(void); /* NULL: it always is */
	enum account_result (*find)(const char *name, struct account *a); /* NULL: it cannot */
	enum account_result (*login)(const char *name, const char *secret, struct account *a);
} sources[] = {
	{"/", account_folder_ready, account_folder_find, account_folder_login},
	{"system", account_system_ready, account_system_find, account_system_login},
	{"checkpassword ", account_program_ready, NULL, account_program_login},
};
/* Not for a settings file to say: it lets everybody in. */
static const struct source sink = {NULL, NULL, account_sink_find, account_sink_login};

static const struct source *source(void)
{
	if (account_sink())
		return &sink;
	for (size_t i = 1; i < sizeof sources / sizeof sources[0]; i++)
		if (strncmp(settings.accounts, sources[i].word, strlen(sources[i].word)) == 0)
			return &sources[i];
	return &sources[0];
}

bool account_findable(void)
{
	return source()->find != NULL;
}

bool account_storable(void)
{
	return source() == &sources[0];
}

void account_ready(char **operands)
{
	(void)operands;
	slot_count();
	if (source()->ready)
		source()->ready();
}

enum account_result account_find(const char *name, struct account *a)
{
	const struct source *s = source();
	if (s->find)
		return s->find(name, a);
	*a = (struct account){.quota = 0};
	return account_trouble(
		ENOTSUP, "accounts %s: nobody can be looked up there", settings.accounts);
}

enum account_result account_login(const char *name, const char *secret, struct account *a)
{
	return source()->login(name, secret, a);
}
