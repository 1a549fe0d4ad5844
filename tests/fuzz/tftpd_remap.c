/*
 * Fuzz target: a remap file, and behind its first NUL a name for it. For libFuzzer, or with a
 * main() that reads files.
 */
#include "../../tftpd/client.c"
#include "../../tftpd/remap.c"
#include "../../tftpd/rules.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

/* What the library's regcomp() takes any amount of memory for. */
static bool repeats_much(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += strchr("*+?{", *text) != NULL;
	return n > 6;
}

static void try_name(const char *name)
{
	static struct client client;
	struct remap m = {.client = &client};

	if (!str_copy(m.name, sizeof m.name, name))
		return;
	remap_apply(&m);
	must(strlen(m.name) < sizeof m.name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[4096 + 2];
	char error[RULES_ERROR];

	if (size > 4096)
		return 0;
	memcpy(text, data, size);
	text[size] = text[size + 1] = '\0';
	const char *name = text + strlen(text) + 1;
	if (repeats_much(text))
		return 0;
	bool good = rules_read(text, error);
	must(good == (error[0] == '\0') && strlen(error) < sizeof error);
	if (good)
		try_name(name);
	while (rule_count > 0)
		regfree(&rules[--rule_count].pattern);
	return 0;
}
