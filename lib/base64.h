/*
 * base64: octets as letters and back (RFC 4648 4). Pure.
 */
#ifndef LIB_BASE64_H
#define LIB_BASE64_H

#include <sys/types.h>

#include "str.h"

void base64_add(struct str *s, const void *octets, size_t n);

/*
 * The octets that `n` letters stand for; their number, or -1 where the text is anything but what
 * base64_add() writes (padding missing or stray, bits left over, other letters) or they are more
 * than `cap`. `octets` may be `text` itself.
 */
ssize_t base64_read(const char *text, size_t n, void *octets, size_t cap);

#endif
