/*
 * sha256: published vectors of FIPS 180-4, RFC 4231 (HMAC) and RFC 7914 11 (PBKDF2), and every
 * length around the edges of a block.
 */
#include "sha256.h"

#include <stdint.h>

#include "unit.h"

static const char *hex(const unsigned char digest[SHA256_SIZE])
{
	static char text[2 * SHA256_SIZE + 1];
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}

static const char *digest_of(const char *octets, size_t n, size_t piece)
{
	unsigned char digest[SHA256_SIZE];
	struct sha256 s;
	sha256_start(&s);
	for (size_t at = 0; at < n; at += piece)
		sha256_add(&s, octets + at, piece < n - at ? piece : n - at);
	sha256_end(&s, digest);
	return hex(digest);
}

static void check_digests(void)
{
	static const struct {
		const char *text, *digest;
	} rows[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
		{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
		 "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
			"cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t n = strlen(rows[i].text);
		CHECK_TEXT(digest_of(rows[i].text, n, 1), rows[i].digest);
		CHECK_TEXT(digest_of(rows[i].text, n, 1000), rows[i].digest);
	}
}

static void check_million(void)
{
	static char text[1000000];
	memset(text, 'a', sizeof text);
	CHECK_TEXT(digest_of(text, sizeof text, 997),
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The digest of all digests of 0 to 300 octets; the expected one is from another implementation. */
static void check_lengths(void)
{
	char octets[300], all[301 * 2 * SHA256_SIZE + 1];
	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (char)(i % 251);
	for (size_t n = 0; n <= sizeof octets; n++)
		strcpy(all + n * 2 * SHA256_SIZE, digest_of(octets, n, 300));
	CHECK_TEXT(digest_of(all, strlen(all), 4096),
		"b80fadb149bc8cb5eeb5c5cb543942b4b72871d6b176e21baa5c60f6198e4122");
}

static void check_hmac(void)
{
	static const struct {
		unsigned char key; /* repeated; 0: 1, 2, 3, ... */
		size_t key_size;
		unsigned char octet; /* repeated; 0: the text */
		size_t size;
		const char *text, *mac;
	} rows[] = {
		{0x0b, 20, 0, 0, "Hi There",
			"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{0xaa, 20, 0xdd, 50, NULL,
			"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
		{0, 25, 0xcd, 50, NULL,
			"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
		{0xaa, 131, 0, 0, "Test Using Larger Than Block-Size Key - Hash Key First",
			"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
		{0xaa, 131, 0, 0,
			"This is a test using a larger than block-size key and a larger than "
			"block-size data. The key needs to be hashed before being used by the HMAC "
			"algorithm.",
			"9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
	};
	unsigned char mac[SHA256_SIZE];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		unsigned char key[131], octets[50];
		for (size_t j = 0; j < rows[i].key_size; j++)
			key[j] = rows[i].key ? rows[i].key : (unsigned char)(j + 1);
		memset(octets, rows[i].octet, sizeof octets);
		if (rows[i].text)
			sha256_hmac(key, rows[i].key_size, rows[i].text, strlen(rows[i].text), mac);
		else
			sha256_hmac(key, rows[i].key_size, octets, rows[i].size, mac);
		CHECK_TEXT(hex(mac), rows[i].mac);
	}
	sha256_hmac("Jefe", 4, "what do ya want for nothing?", 28, mac);
	CHECK_TEXT(hex(mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void check_pbkdf2(void)
{
	static const struct {
		const char *secret, *salt;
		uint32_t iterations;
		const char *derived;
	} rows[] = {
		/* the first 32 octets of RFC 7914's 64 */
		{"passwd", "salt", 1,
			"55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"},
		{"Password", "NaCl", 80000,
			"4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"},
		/* RFC 6070's inputs */
		{"password", "salt", 1,
			"120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b"},
		{"password", "salt", 2,
			"ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43"},
		{"password", "salt", 4096,
			"c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a"},
	};
	unsigned char derived[SHA256_SIZE];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		sha256_pbkdf2(rows[i].secret, strlen(rows[i].secret), rows[i].salt,
			strlen(rows[i].salt), rows[i].iterations, derived);
		CHECK_TEXT(hex(derived), rows[i].derived);
	}
}

int main(void)
{
	check_digests();
	check_million();
	check_lengths();
	check_hmac();
	check_pbkdf2();
	return unit_end();
}
