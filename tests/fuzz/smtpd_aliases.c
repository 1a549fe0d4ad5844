/*
 * Any text as an alias file, and as an included one: no fault; a name that is found has a list that
 * is good all through, and the lists cover no octet behind the file.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../smtpd/aliases.c"
#include "../../smtpd/members.c"
#include "../../smtpd/path.c"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void ignore(void *context, unsigned line, const char *what)
{
	(void)context;
	assert(line > 0 && what[0] != '\0');
}

static void walk(const char *list, bool lines, bool good)
{
	struct members rest = {.at = list, .lines = lines};
	struct member m;
	for (const char *at = list; members_next(&rest, &m) != MEMBER_END; at = rest.at) {
		assert(rest.at > at && (!good || m.kind != MEMBER_FAULT));
		if (m.kind == MEMBER_ADDRESS || m.kind == MEMBER_ACCOUNT)
			assert(path_valid(&m.address) && !path_null(&m.address));
		else
			assert((m.text[0] == '\0') == (m.kind == MEMBER_NOTHING));
	}
}

/* A copy of just this size, so that a step too far is found. */
static char *copy_of(const unsigned char *data, size_t size)
{
	char *text = malloc(size + 1);
	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct aliases a = {.fault = ignore};
	struct alias_list list;
	char *text = copy_of(data, size);
	walk(text, true, false);
	if (!aliases_read(&a, text, size))
		abort();
	aliases_check(&a);
	for (size_t i = 0; i < a.count; i++)
		if (aliases_find(&a, text + a.alias[i].name, &list)) {
			assert(list.text > text && list.text + strlen(list.text) <= text + size);
			walk(list.text, false, true);
		}
	aliases_forget(&a);
	free(text);
	return 0;
}
