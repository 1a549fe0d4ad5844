/*
 * scram: password hashes. Runs in keepers, before a client has logged in, and in mailuser.
 * RFC 5802 3 (the keys), RFC 5803 (the text), RFC 7677 (SHA-256). The secret is taken octet for
 * octet, without SASLprep, which changes no ASCII.
 */
#include "scram.h"

#include <string.h>
#include <unistd.h>

#include "sha256.h"
#include "str.h"

#define SCHEME "SCRAM-SHA-256$"
#define NEW_SALT 16 /* octets */
#define SALT_MAX 64 /* of a hash that was made elsewhere */
#define ITERATIONS_MAX 10000000 /* seconds; more could only be meant to stop us */
#define TEXT_MAX 224 /* room for a hash with the longest salt */

struct scram {
	uint32_t iterations;
	unsigned char salt[SALT_MAX];
	size_t salt_size;
	unsigned char stored_key[SHA256_SIZE], server_key[SHA256_SIZE];
};

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void add_base64(struct str *s, const unsigned char *octets, size_t n)
{
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t bits = (uint32_t)octets[i] << 16;
		bits |= left > 1 ? (uint32_t)octets[i + 1] << 8 : 0;
		bits |= left > 2 ? octets[i + 2] : 0;
		const char four[4] = {letters[bits >> 18], letters[bits >> 12 & 63],
			left > 1 ? letters[bits >> 6 & 63] : '=',
			left > 2 ? letters[bits & 63] : '='};
		str_addn(s, four, sizeof four);
	}
}

/* The octets that `n` letters stand for, at most `cap`; their number, 0 when there are none.
 * Whether the text was exact, parse() finds out. */
static size_t read_base64(const char *at, size_t n, unsigned char *octets, size_t cap)
{
	uint32_t bits = 0;
	size_t count = 0;
	for (size_t i = 0; i < n && at[i] != '='; i++) {
		const char *letter = memchr(letters, at[i], sizeof letters - 1);
		if (!letter || count == cap)
			return 0;
		bits = bits << 6 | (uint32_t)(letter - letters);
		if (i % 4 != 0)
			octets[count++] = (unsigned char)(bits >> (2 * (3 - i % 4)));
	}
	return count;
}

static bool format(const struct scram *h, char text[TEXT_MAX])
{
	struct str s;
	str_init(&s, text, TEXT_MAX);
	str_addf(&s, SCHEME "%u:", (unsigned)h->iterations);
	add_base64(&s, h->salt, h->salt_size);
	str_add(&s, "$");
	add_base64(&s, h->stored_key, sizeof h->stored_key);
	str_add(&s, ":");
	add_base64(&s, h->server_key, sizeof h->server_key);
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

static bool parse_iterations(struct scram *h, const char *field, size_t n)
{
	char digits[12];
	uint64_t number;
	if (n == 0 || n >= sizeof digits)
		return false;
	memcpy(digits, field, n);
	digits[n] = '\0';
	if (!str_number(digits, ITERATIONS_MAX, &number) || number == 0)
		return false;
	h->iterations = (uint32_t)number;
	return true;
}

static bool parse(struct scram *h, const char *text)
{
	char again[TEXT_MAX];
	const char *at = text + sizeof SCHEME - 1, *field = NULL;
	size_t n;
	if (!str_begins(text, SCHEME))
		return false;
	n = field_size(&at, &field, ':');
	if (!parse_iterations(h, field, n))
		return false;
	n = field_size(&at, &field, '$');
	h->salt_size = read_base64(field, n, h->salt, sizeof h->salt);
	n = field_size(&at, &field, ':');
	if (read_base64(field, n, h->stored_key, SHA256_SIZE) != SHA256_SIZE)
		return false;
	n = field_size(&at, &field, '\0');
	if (read_base64(field, n, h->server_key, SHA256_SIZE) != SHA256_SIZE)
		return false;
	/* One spelling only: no leading zeros, no stray bits or padding. */
	return h->salt_size > 0 && format(h, again) && strcmp(text, again) == 0;
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
