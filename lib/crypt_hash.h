/*
 * crypt_hash: password hashes that crypt(3) makes, as they stand in other systems' files.
 *
 * One file for each case, chosen by the Makefile: crypt_hash_libcrypt.c where the C library has
 * crypt_r(), crypt_hash_none.c where it has not. Which schemes there are is the library's affair.
 */
#ifndef LIB_CRYPT_HASH_H
#define LIB_CRYPT_HASH_H

#include <stdbool.h>

enum crypt_answer {
	CRYPT_RIGHT,
	CRYPT_WRONG,
	CRYPT_LACKS, /* this C library does not know the scheme */
	CRYPT_FAILED /* errno: no memory */
};

/* Whether `hash` is the hash of `secret`. Takes what memory the scheme needs, and gives it back. */
enum crypt_answer crypt_hash_check(const char *hash, const char *secret);

#endif
