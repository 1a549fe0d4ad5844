/*
 * crypt_hash: by the C library's crypt_r(). Runs in keepers, with the privileges of the start.
 */
#include "crypt_hash.h"

#include <crypt.h>
#include <errno.h>
#include <string.h>

#include "str.h"

/* Compares in constant time. */
static bool same(const char *a, const char *b)
{
	size_t n = strlen(a);
	unsigned char differ = 0;
	if (strlen(b) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

/* What an error says: a secret that is too long for any hash is a wrong one. */
static enum crypt_answer failure(void)
{
	if (errno == ERANGE)
		return CRYPT_WRONG;
	return errno == ENOMEM ? CRYPT_FAILED : CRYPT_LACKS;
}

/* 32 KB and more of the stack, with copies of the secret: no new pages for it, no system call. */
enum crypt_answer crypt_hash_check(const char *hash, const char *secret)
{
	struct crypt_data data;
	data.initialized = 0;
	errno = 0;
	const char *made = crypt_r(secret, hash, &data);
	enum crypt_answer answer = CRYPT_WRONG;
	if (!made || made[0] == '*')
		answer = failure();
	else if (same(made, hash))
		answer = CRYPT_RIGHT;
	str_wipe(&data, sizeof data);
	return answer;
}
