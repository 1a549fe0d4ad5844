/*
 * base64: octets as letters and back, strictly. Runs in fronts (in the jail), keepers and mailuser.
 * RFC 4648 4; one text for each octets (3.5), so that nothing can hide in spare bits.
 */
#include "base64.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_add(struct str *s, const void *octets, size_t n)
{
	const unsigned char *from = octets;
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t bits = (uint32_t)from[i] << 16;
		bits |= left > 1 ? (uint32_t)from[i + 1] << 8 : 0;
		bits |= left > 2 ? from[i + 2] : 0;
		const char four[4] = {letters[bits >> 18], letters[bits >> 12 & 63],
			left > 1 ? letters[bits >> 6 & 63] : '=',
			left > 2 ? letters[bits & 63] : '='};
		str_addn(s, four, sizeof four);
	}
}

ssize_t base64_read(const char *text, size_t n, void *octets, size_t cap)
{
	unsigned char *to = octets;
	size_t count = 0, pad = 0;
	uint32_t bits = 0;
	while (pad < 2 && pad < n && text[n - 1 - pad] == '=')
		pad++;
	if (n % 4 != 0 || n / 4 * 3 - pad > cap)
		return -1;
	for (size_t i = 0; i < n - pad; i++) {
		const char *letter = memchr(letters, text[i], sizeof letters - 1);
		if (!letter)
			return -1;
		bits = bits << 6 | (uint32_t)(letter - letters);
		if (i % 4 != 0)
			to[count++] = (unsigned char)(bits >> 2 * (3 - i % 4));
	}
	return bits & ((1U << 2 * pad) - 1) ? -1 : (ssize_t)count;
}
