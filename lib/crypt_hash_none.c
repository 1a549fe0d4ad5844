/*
 * crypt_hash: for C libraries without crypt_r(), as Debian's musl. Runs in keepers, with the
 * privileges of the start.
 */
#include "crypt_hash.h"

enum crypt_answer crypt_hash_check(const char *hash, const char *secret)
{
	(void)hash;
	(void)secret;
	return CRYPT_LACKS;
}
