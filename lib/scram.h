/*
 * scram: the password hash of RFC 5803, SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server
 * key>.
 */
#ifndef LIB_SCRAM_H
#define LIB_SCRAM_H

#include <stdbool.h>
#include <stdint.h>

#define SCRAM_TEXT 160 /* room for a hash as text */

/* Hashes `secret` with a fresh salt. False: the kernel gave no random octets. */
bool scram_hash(const char *secret, uint32_t iterations, char text[SCRAM_TEXT]);

/* Whether `text` is a hash of this form at all. */
bool scram_valid(const char *text);

/* Whether it is the hash of `secret`; compares in constant time. False also when it is not valid.
 */
bool scram_verify(const char *text, const char *secret);

#endif
