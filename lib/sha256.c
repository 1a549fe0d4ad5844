/*
 * sha256: SHA-256 and what passwords need of it. Pure; runs in keepers and in mailuser.
 * FIPS 180-4 sections 4 to 6, RFC 2104, RFC 8018 5.2.
 */
#include "sha256.h"

#include <string.h>

#include "str.h"

#define WORDS 16 /* of a block */

static const uint32_t constants[64] = {
	0x428a2f98,
	0x71374491,
	0xb5c0fbcf,
	0xe9b5dba5,
	0x3956c25b,
	0x59f111f1,
	0x923f82a4,
	0xab1c5ed5,
	0xd807aa98,
	0x12835b01,
	0x243185be,
	0x550c7dc3,
	0x72be5d74,
	0x80deb1fe,
	0x9bdc06a7,
	0xc19bf174,
	0xe49b69c1,
	0xefbe4786,
	0x0fc19dc6,
	0x240ca1cc,
	0x2de92c6f,
	0x4a7484aa,
	0x5cb0a9dc,
	0x76f988da,
	0x983e5152,
	0xa831c66d,
	0xb00327c8,
	0xbf597fc7,
	0xc6e00bf3,
	0xd5a79147,
	0x06ca6351,
	0x14292967,
	0x27b70a85,
	0x2e1b2138,
	0x4d2c6dfc,
	0x53380d13,
	0x650a7354,
	0x766a0abb,
	0x81c2c92e,
	0x92722c85,
	0xa2bfe8a1,
	0xa81a664b,
	0xc24b8b70,
	0xc76c51a3,
	0xd192e819,
	0xd6990624,
	0xf40e3585,
	0x106aa070,
	0x19a4c116,
	0x1e376c08,
	0x2748774c,
	0x34b0bcb5,
	0x391c0cb3,
	0x4ed8aa4a,
	0x5b9cca4f,
	0x682e6ff3,
	0x748f82ee,
	0x78a5636f,
	0x84c87814,
	0x8cc70208,
	0x90befffa,
	0xa4506ceb,
	0xbef9a3f7,
	0xc67178f2,
};

static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
	0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

#define ROTATE(x, n) ((x) >> (n) | (x) << (32 - (n)))

/* One round; the caller renames the eight variables instead of moving their values. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
	do {                                                                                       \
		(h) += (ROTATE(e, 6) ^ ROTATE(e, 11) ^ ROTATE(e, 25)) +                            \
		       ((g) ^ ((e) & ((f) ^ (g)))) + k[i] + w[i];                                  \
		(d) += (h);                                                                        \
		(h) += (ROTATE(a, 2) ^ ROTATE(a, 13) ^ ROTATE(a, 22)) +                            \
		       (((a) & (b)) | ((c) & ((a) | (b))));                                        \
	} while (0)

#define EIGHT_ROUNDS(i)                                                                            \
	do {                                                                                       \
		ROUND(a, b, c, d, e, f, g, h, (i));                                                \
		ROUND(h, a, b, c, d, e, f, g, (i) + 1);                                            \
		ROUND(g, h, a, b, c, d, e, f, (i) + 2);                                            \
		ROUND(f, g, h, a, b, c, d, e, (i) + 3);                                            \
		ROUND(e, f, g, h, a, b, c, d, (i) + 4);                                            \
		ROUND(d, e, f, g, h, a, b, c, (i) + 5);                                            \
		ROUND(c, d, e, f, g, h, a, b, (i) + 6);                                            \
		ROUND(b, c, d, e, f, g, h, a, (i) + 7);                                            \
	} while (0)

/* The schedule's next word, in the place of the one 16 before it. */
#define NEXT_WORD(i)                                                                               \
	(w[i] += (ROTATE(w[((i) + 1) % 16], 7) ^ ROTATE(w[((i) + 1) % 16], 18) ^                   \
			 w[((i) + 1) % 16] >> 3) +                                                 \
		 w[((i) + 9) % 16] +                                                               \
		 (ROTATE(w[((i) + 14) % 16], 17) ^ ROTATE(w[((i) + 14) % 16], 19) ^                \
			 w[((i) + 14) % 16] >> 10))

#define FOUR_WORDS(i)                                                                              \
	do {                                                                                       \
		NEXT_WORD(i);                                                                      \
		NEXT_WORD((i) + 1);                                                                \
		NEXT_WORD((i) + 2);                                                                \
		NEXT_WORD((i) + 3);                                                                \
	} while (0)

/* `w` is the block as numbers; it is used up. */
static void compress(uint32_t state[8], uint32_t w[WORDS])
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	for (const uint32_t *k = constants;; k += WORDS) {
		EIGHT_ROUNDS(0);
		EIGHT_ROUNDS(8);
		if (k == constants + 48)
			break;
		FOUR_WORDS(0);
		FOUR_WORDS(4);
		FOUR_WORDS(8);
		FOUR_WORDS(12);
	}
	state[0] += a, state[1] += b, state[2] += c, state[3] += d;
	state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

static void load(uint32_t *words, const unsigned char *octets, size_t count)
{
	for (size_t i = 0; i < count; i++, octets += 4)
		words[i] = (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 |
			   (uint32_t)octets[2] << 8 | octets[3];
}

static void unload(unsigned char *octets, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (unsigned shift = 32; shift > 0; shift -= 8)
			*octets++ = (unsigned char)(words[i] >> (shift - 8));
}

static void compress_octets(uint32_t state[8], const unsigned char *block)
{
	uint32_t w[WORDS];
	load(w, block, WORDS);
	compress(state, w);
	str_wipe(w, sizeof w);
}

void sha256_start(struct sha256 *s)
{
	*s = (struct sha256){.octets = 0};
	memcpy(s->state, initial, sizeof initial);
}

void sha256_add(struct sha256 *s, const void *octets, size_t n)
{
	const unsigned char *at = octets;
	while (n > 0) {
		size_t used = s->octets % SHA256_BLOCK, room = SHA256_BLOCK - used;
		size_t take = n < room ? n : room;
		memcpy(s->block + used, at, take);
		s->octets += take;
		at += take;
		n -= take;
		if (take == room)
			compress_octets(s->state, s->block);
	}
}

void sha256_end(struct sha256 *s, unsigned char digest[SHA256_SIZE])
{
	static const unsigned char padding[SHA256_BLOCK] = {0x80};
	const uint32_t bits[2] = {(uint32_t)(s->octets >> 29), (uint32_t)(s->octets << 3)};
	unsigned char length[sizeof bits];
	size_t room = SHA256_BLOCK - s->octets % SHA256_BLOCK;
	unload(length, bits, 2);
	sha256_add(s, padding,
		room > sizeof length ? room - sizeof length : room + SHA256_BLOCK - sizeof length);
	sha256_add(s, length, sizeof length);
	unload(digest, s->state, 8);
	str_wipe(s, sizeof *s);
}

/* HMAC with the key's two blocks already in. */
struct hmac {
	struct sha256 inner, outer;
};

static void hmac_start(struct hmac *h, const void *key, size_t n)
{
	unsigned char inner[SHA256_BLOCK] = {0}, outer[SHA256_BLOCK];
	if (n > SHA256_BLOCK) {
		sha256_start(&h->inner);
		sha256_add(&h->inner, key, n);
		sha256_end(&h->inner, inner);
	} else if (n > 0) {
		memcpy(inner, key, n);
	}
	for (size_t i = 0; i < SHA256_BLOCK; i++) {
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	sha256_start(&h->inner);
	sha256_add(&h->inner, inner, sizeof inner);
	sha256_start(&h->outer);
	sha256_add(&h->outer, outer, sizeof outer);
	str_wipe(inner, sizeof inner);
	str_wipe(outer, sizeof outer);
}

static void hmac_end(struct hmac *h, unsigned char mac[SHA256_SIZE])
{
	sha256_end(&h->inner, mac);
	sha256_add(&h->outer, mac, SHA256_SIZE);
	sha256_end(&h->outer, mac);
}

void sha256_hmac(const void *key, size_t key_size, const void *octets, size_t n,
	unsigned char mac[SHA256_SIZE])
{
	struct hmac h;
	hmac_start(&h, key, key_size);
	sha256_add(&h.inner, octets, n);
	hmac_end(&h, mac);
}

/* The digest of the key's block (whose state is `keyed`) and 32 octets more: one compression. */
static void digest_words(const uint32_t keyed[8], uint32_t words[8])
{
	uint32_t w[WORDS] = {[8] = 0x80000000, [15] = (SHA256_BLOCK + SHA256_SIZE) * 8};
	memcpy(w, words, SHA256_SIZE);
	memcpy(words, keyed, SHA256_SIZE);
	compress(words, w);
}

void sha256_pbkdf2(const void *secret, size_t secret_size, const void *salt, size_t salt_size,
	uint32_t iterations, unsigned char derived[SHA256_SIZE])
{
	static const unsigned char first_block[4] = {0, 0, 0, 1};
	struct hmac keyed, first;
	uint32_t u[8], sum[8];
	hmac_start(&keyed, secret, secret_size);
	first = keyed;
	sha256_add(&first.inner, salt, salt_size);
	sha256_add(&first.inner, first_block, sizeof first_block);
	hmac_end(&first, derived);
	load(u, derived, 8);
	memcpy(sum, u, sizeof sum);
	for (uint32_t i = 1; i < iterations; i++) {
		digest_words(keyed.inner.state, u);
		digest_words(keyed.outer.state, u);
		for (size_t j = 0; j < 8; j++)
			sum[j] ^= u[j];
	}
	unload(derived, sum, 8);
	str_wipe(&keyed, sizeof keyed);
	str_wipe(u, sizeof u);
	str_wipe(sum, sizeof sum);
}
