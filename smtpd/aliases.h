/*
 * aliases: the text of an alias file, and who is in it. Pure but for memory: no I/O.
 *
 * A name is "local", "local@domain" or "@domain", in lower case. Reading a text finds the names
 * alone; a list of members is looked at when it is asked for. What is wrong is told by its line,
 * and counts as if it were not there.
 */
#ifndef SMTPD_ALIASES_H
#define SMTPD_ALIASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void aliases_fault(void *context, unsigned line, const char *what);

struct aliases {
	char *text; /* the caller's; changed in place */
	struct alias *alias;
	size_t count;
	uint32_t *slot; /* of a hash table: index of an alias + 1 */
	size_t mask;
	aliases_fault *fault;
	void *context;
};

/* Where a list of members was found. */
struct alias_list {
	const char *text;
	unsigned line; /* of the name */
};

/* Takes the text of a file, of `size` octets and room for one more. False: out of memory. */
bool aliases_read(struct aliases *a, char *text, size_t size);

bool aliases_find(const struct aliases *a, const char *name, struct alias_list *list);

/* Looks at every list. */
void aliases_check(const struct aliases *a);

/* Frees what aliases_read() has made. */
void aliases_forget(struct aliases *a);

#endif
