/*
 * crypt_hash: by the C library's crypt_r(). Runs in keepers, with the privileges of the start.
 */
#include "crypt_hash.h"

#include <crypt.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

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

enum crypt_answer crypt_hash_check(const char *hash, const char *secret)
{
	struct crypt_data *data = mmap(NULL, sizeof *data, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /* 32 KB and more, with copies of the secret */
	if (data == MAP_FAILED)
		return CRYPT_FAILED;
	errno = 0;
	const char *made = crypt_r(secret, hash, data);
	enum crypt_answer answer = CRYPT_WRONG;
	if (!made || made[0] == '*')
		answer = failure();
	else if (same(made, hash))
		answer = CRYPT_RIGHT;
	int saved = errno;
	munmap(data, sizeof *data);
	errno = saved;
	return answer;
}
