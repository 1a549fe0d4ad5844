/*
 * priv_own: what the files of priv tell each other. Nobody else includes it.
 */
#ifndef LIB_PRIV_OWN_H
#define LIB_PRIV_OWN_H

#include <stdbool.h>

/* Logs "what: errno as text" and ends the process with EX_OSERR. */
_Noreturn void priv_fail(const char *what);

/* Closes the descriptors from first to last in one call. False: this system has no such call. */
bool priv_close_range(unsigned first, unsigned last);

#endif
