/*
 * seen: a set of texts. Pure but for memory; runs in the keeper, with the privileges of the start.
 */
#include "seen.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"

struct seen_text {
	struct seen_text *next;
	uint32_t hash;
	char text[];
};

bool seen_add(struct seen *s, const char *text)
{
	size_t n = strlen(text) + 1;
	uint32_t hash = (uint32_t)str_hash(text, n - 1);
	struct seen_text **chain = &s->chain[hash % SEEN_CHAINS];
	for (const struct seen_text *t = *chain; t; t = t->next)
		if (t->hash == hash && strcmp(t->text, text) == 0)
			return false;
	struct seen_text *new = malloc(sizeof *new + n);
	if (!new) {
		s->failed = true;
		return false;
	}
	new->next = *chain;
	new->hash = hash;
	memcpy(new->text, text, n);
	*chain = new;
	return true;
}

void seen_free(struct seen *s)
{
	for (size_t i = 0; i < SEEN_CHAINS; i++) {
		while (s->chain[i]) {
			struct seen_text *next = s->chain[i]->next;
			free(s->chain[i]);
			s->chain[i] = next;
		}
	}
}
