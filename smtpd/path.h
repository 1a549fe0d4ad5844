/*
 * path: the address grammar of SMTP. Pure: no I/O, no allocation.
 */
#ifndef SMTPD_PATH_H
#define SMTPD_PATH_H

#include <stdbool.h>

#include "str.h"

/* RFC 5321 4.5.3.1, each with room for the NUL. A path may be as long as both together. */
#define PATH_LOCAL (64 + 1)
#define PATH_DOMAIN (255 + 1)
/* Room for a path as text, at its longest: every octet of the local part behind a backslash. */
#define PATH_TEXT (2 * PATH_LOCAL + PATH_DOMAIN + 4)

/*
 * An address, perhaps in UTF-8, or with both parts empty the null path. The local part is what it
 * means (without quotes and backslashes); the domain is a name or an address literal in its
 * brackets, "" when none was given.
 */
struct path {
	char local[PATH_LOCAL];
	char domain[PATH_DOMAIN];
};

enum path_result {
	PATH_OK,
	PATH_SYNTAX,
	PATH_LONG /* a part is longer than its limit */
};

/*
 * Reads "<...>" at *at and moves *at behind it; a source route is checked and thrown away. What
 * follows must be a space or the end. On failure *at and *p are of no use.
 */
enum path_result path_read(const char **at, struct path *p);

bool path_null(const struct path *p);

/* Whether it can do without SMTPUTF8 (RFC 6531). */
bool path_ascii(const struct path *p);

/* Whether path_read() could have made it: for a record from a process that is not trusted. */
bool path_valid(const struct path *p);

/* Appends it as it is written between brackets, quoted where it must be; "" for the null path. */
void path_write(const struct path *p, struct str *to);

/*
 * The next KEYWORD[=value] of a parameter list, cut apart in place; *value is NULL without '='.
 * False at the end of the list, or when what stands there is no parameter: then **at is not NUL.
 */
bool path_parameter(char **at, char **keyword, char **value);

/* Decodes xtext in place; false when it is none, or stands for a NUL. */
bool path_xtext(char *text);

#endif
