/*
 * scram: password hashes. Runs in keepers, before a client has logged in, and in mailuser.
 * RFC 5802 3 (the keys), RFC 5803 (the text), RFC 7677 (SHA-256). The secret is taken octet for
 * octet, without SASLprep, which changes no ASCII.
 */
#include "scram.h"

#include <string.h>
#include <unistd.h>

#include "base64.h"
#include "str.h"

#define SCHEME "SCRAM-SHA-256$"
#define NEW_SALT 16 /* octets */
#define ITERATIONS_MAX 10000000 /* seconds; more could only be meant to stop us */
#define TEXT_MAX 224 /* room for a hash with the longest salt */

struct scram {
	uint32_t iterations;
	unsigned char salt[SCRAM_SALT];
	size_t salt_size;
	unsigned char stored_key[SHA256_SIZE], server_key[SHA256_SIZE];
};

static bool format(const struct scram *h, char text[TEXT_MAX])
{
	struct str s;
	str_init(&s, text, TEXT_MAX);
	str_addf(&s, SCHEME "%u:", (unsigned)h->iterations);
	base64_add(&s, h->salt, h->salt_size);
	str_add(&s, "$");
	base64_add(&s, h->stored_key, sizeof h->stored_key);
	str_add(&s, ":");
	base64_add(&s, h->server_key, sizeof h->server_key);
	return !s.cut;
}

/* The octets of *at up to `end`; *at moves behind it. 0: there are none, or `end` is missing. */
static size_t field_size(const char **at, const char **field, char end)
{
	const char *stop = strchr(*at, end);
	if (!stop)
		return 0;
	*field = *at;
	*at = end ? stop + 1 : stop;
	return (size_t)(stop - *field);
}

/* One spelling only: no leading zeros. */
static bool parse_iterations(struct scram *h, const char *field, size_t n)
{
	char digits[12];
	uint64_t number;
	if (n == 0 || n >= sizeof digits || field[0] == '0')
		return false;
	memcpy(digits, field, n);
	digits[n] = '\0';
	if (!str_number(digits, ITERATIONS_MAX, &number))
		return false;
	h->iterations = (uint32_t)number;
	return true;
}

static bool parse(struct scram *h, const char *text)
{
	const char *at = text + sizeof SCHEME - 1, *field = NULL;
	size_t n;
	if (!str_begins(text, SCHEME))
		return false;
	n = field_size(&at, &field, ':');
	if (!parse_iterations(h, field, n))
		return false;
	n = field_size(&at, &field, '$');
	ssize_t salt_size = base64_read(field, n, h->salt, sizeof h->salt);
	n = field_size(&at, &field, ':');
	if (base64_read(field, n, h->stored_key, SHA256_SIZE) != SHA256_SIZE)
		return false;
	n = field_size(&at, &field, '\0');
	if (base64_read(field, n, h->server_key, SHA256_SIZE) != SHA256_SIZE)
		return false;
	h->salt_size = salt_size > 0 ? (size_t)salt_size : 0;
	return salt_size > 0;
}

/* The two keys by iterations and salt. */
static void derive(struct scram *h, const char *secret)
{
	static const char client[] = "Client Key", server[] = "Server Key";
	unsigned char salted[SHA256_SIZE], client_key[SHA256_SIZE];
	struct sha256 digest;
	sha256_pbkdf2(secret, strlen(secret), h->salt, h->salt_size, h->iterations, salted);
	sha256_hmac(salted, sizeof salted, server, sizeof server - 1, h->server_key);
	sha256_hmac(salted, sizeof salted, client, sizeof client - 1, client_key);
	sha256_start(&digest);
	sha256_add(&digest, client_key, sizeof client_key);
	sha256_end(&digest, h->stored_key);
	str_wipe(salted, sizeof salted);
	str_wipe(client_key, sizeof client_key);
}

static bool same(const unsigned char *a, const unsigned char *b, size_t n)
{
	unsigned char difference = 0;
	while (n-- > 0)
		difference |= a[n] ^ b[n];
	return difference == 0;
}

bool scram_hash(const char *secret, uint32_t iterations, char text[SCRAM_TEXT])
{
	char whole[TEXT_MAX];
	struct scram h = {.iterations = iterations, .salt_size = NEW_SALT};
	if (getentropy(h.salt, h.salt_size) < 0)
		return false;
	derive(&h, secret);
	bool good = format(&h, whole) && str_copy(text, SCRAM_TEXT, whole);
	str_wipe(&h, sizeof h);
	str_wipe(whole, sizeof whole);
	return good;
}

bool scram_valid(const char *text)
{
	struct scram h;
	bool good = parse(&h, text);
	str_wipe(&h, sizeof h);
	return good;
}

bool scram_verify(const char *text, const char *secret)
{
	struct scram stored, tried;
	bool good = parse(&stored, text);
	if (good) {
		tried = stored;
		derive(&tried, secret);
		good = same(stored.stored_key, tried.stored_key, SHA256_SIZE) &&
		       same(stored.server_key, tried.server_key, SHA256_SIZE);
		str_wipe(&tried, sizeof tried);
	}
	str_wipe(&stored, sizeof stored);
	return good;
}

bool scram_salt(const char *text, struct scram_salt *salt)
{
	struct scram h;
	bool good = parse(&h, text);
	if (good) {
		*salt = (struct scram_salt){.iterations = h.iterations, .size = h.salt_size};
		memcpy(salt->salt, h.salt, h.salt_size);
	}
	str_wipe(&h, sizeof h);
	return good;
}

/* ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage); its hash must be StoredKey. */
bool scram_proof(const char *text, const char *message, const unsigned char proof[SHA256_SIZE],
	unsigned char signature[SHA256_SIZE])
{
	struct scram h;
	struct sha256 digest;
	unsigned char client_key[SHA256_SIZE], stored_key[SHA256_SIZE];
	if (!parse(&h, text))
		return false;
	sha256_hmac(h.stored_key, SHA256_SIZE, message, strlen(message), client_key);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		client_key[i] ^= proof[i];
	sha256_start(&digest);
	sha256_add(&digest, client_key, sizeof client_key);
	sha256_end(&digest, stored_key);
	sha256_hmac(h.server_key, SHA256_SIZE, message, strlen(message), signature);
	bool good = same(stored_key, h.stored_key, SHA256_SIZE);
	str_wipe(client_key, sizeof client_key);
	str_wipe(&h, sizeof h);
	return good;
}
