/*
 * ledger: rows in a file of the setting `run` that keepers share; mapped, and locked, while one
 * looks at them. Losing it loses only what is counted there.
 */
#ifndef LIB_LEDGER_H
#define LIB_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

struct ledger {
	void *rows; /* zero where nobody has written yet */
	size_t size; /* octets */
	int fd;
};

/* Waits for the others. False and errno: there is no file that could be believed; EINTR: one of the
 * others has it for ever. */
bool ledger_open(struct ledger *l, const char *name, size_t size);
void ledger_close(struct ledger *l);

/* The file alone, for reading and writing; made if it is missing. -1 and errno. */
int ledger_file(const char *name);

#endif
