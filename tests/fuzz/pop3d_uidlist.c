/*
 * Any list of another server: no fault; an id is legal, and its name without flags. The first octet
 * of the input chooses the kind, and the format is its first line.
 */
#include <assert.h>
#include <stdlib.h>

#include "../../pop3d/uidlist.c"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void read_list(const struct uidlist_kind *kind, struct uidlist *l, char *text)
{
	char uidl[UIDL_TEXT];
	char *line = strsep(&text, "\n");
	if (!line || !kind->begin(l, line))
		return;
	while ((line = strsep(&text, "\n")) != NULL) {
		const char *base = kind->line(l, line, uidl);
		assert(!base || (uidlist_legal(uidl) && !strchr(base, ':')));
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	if (size == 0)
		return 0;
	char *copy = malloc(size); /* of this size: a step too far is found */
	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	copy[size - 1] = '\0';
	char *text = copy, *format = strsep(&text, "\n");
	struct uidlist l = {.format = uidlist_format(format) ? format : "%08Xu%08Xv"};
	if (text)
		read_list(&uidlist_kinds[data[0] % 2], &l, text);
	free(copy);
	return 0;
}
