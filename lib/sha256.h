/*
 * sha256: SHA-256 (FIPS 180-4), HMAC (RFC 2104) and PBKDF2 (RFC 8018 5.2) with it.
 */
#ifndef LIB_SHA256_H
#define LIB_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32 /* octets of a digest */
#define SHA256_BLOCK 64

struct sha256 {
	uint32_t state[8];
	uint64_t octets; /* taken so far */
	unsigned char block[SHA256_BLOCK]; /* the last octets % SHA256_BLOCK of them */
};

void sha256_start(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *octets, size_t n);
/* The digest of all that was added; wipes `s`. */
void sha256_end(struct sha256 *s, unsigned char digest[SHA256_SIZE]);

void sha256_hmac(const void *key, size_t key_size, const void *octets, size_t n,
	unsigned char mac[SHA256_SIZE]);

/* The first 32 octets of the derived key, which is all that SCRAM-SHA-256 takes. */
void sha256_pbkdf2(const void *secret, size_t secret_size, const void *salt, size_t salt_size,
	uint32_t iterations, unsigned char derived[SHA256_SIZE]);

#endif
