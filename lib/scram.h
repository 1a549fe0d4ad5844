/*
 * scram: the password hash of RFC 5803, SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server
 * key>, and what a server does with it when a client proves that it knows the password (RFC 5802).
 */
#ifndef LIB_SCRAM_H
#define LIB_SCRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "sha256.h"

#define SCRAM_TEXT 160 /* room for a hash as scram_hash() makes it */
#define SCRAM_SALT 64 /* octets of the longest salt, of a hash that was made elsewhere */

/* Hashes `secret` with a fresh salt. False: the kernel gave no random octets. */
bool scram_hash(const char *secret, uint32_t iterations, char text[SCRAM_TEXT]);

/* Whether `text` is a hash of this form at all. */
bool scram_valid(const char *text);

/* Whether it is the hash of `secret`; compares in constant time. False also when it is not valid.
 */
bool scram_verify(const char *text, const char *secret);

/* What a client needs to know of a hash before it can prove anything. */
struct scram_salt {
	uint32_t iterations;
	unsigned char salt[SCRAM_SALT];
	size_t size;
};
/* False when `text` is not valid. */
bool scram_salt(const char *text, struct scram_salt *salt);

/*
 * Whether `proof`, for this AuthMessage, comes from who knows the secret of a hash; and the
 * signature that shows the client that we know it, too. False also when `text` is not valid.
 */
bool scram_proof(const char *text, const char *message, const unsigned char proof[SHA256_SIZE],
	unsigned char signature[SHA256_SIZE]);

#endif
