/*
 * str: text of bounded length, and words and numbers read strictly. Pure, but for the clock.
 */
#include "str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void str_init(struct str *s, char *buffer, size_t cap)
{
	*s = (struct str){.at = buffer, .cap = cap};
	buffer[0] = '\0';
}

void str_addn(struct str *s, const char *octets, size_t n)
{
	if (n >= s->cap - s->len) {
		s->cut = true;
		return;
	}
	memcpy(s->at + s->len, octets, n);
	s->len += n;
	s->at[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_addn(s, text, strlen(text));
}

void str_add_number(struct str *s, uint64_t n)
{
	if (n >= 10)
		str_add_number(s, n / 10);
	str_addn(s, &"0123456789"[n % 10], 1);
}

void str_addf(struct str *s, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(s->at + s->len, s->cap - s->len, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= s->cap - s->len) {
		s->at[s->len] = '\0';
		s->cut = true;
		return;
	}
	s->len += (size_t)n;
}

bool str_copy(char *to, size_t cap, const char *text)
{
	size_t n = strlen(text);
	if (n >= cap) {
		to[0] = '\0';
		return false;
	}
	memcpy(to, text, n + 1);
	return true;
}

bool str_digits(const char *word, const char *end, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;
	if (word == end)
		return false;
	for (; word < end; word++) {
		if (*word < '0' || *word > '9')
			return false;
		uint64_t digit = (uint64_t)(*word - '0');
		if (digit > max || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return true;
}

bool str_number(const char *word, uint64_t max, uint64_t *out)
{
	return str_digits(word, word + strlen(word), max, out);
}

bool str_octets(const char *word, uint64_t max, uint64_t *out)
{
	static const char units[] = "kmg";
	size_t n = strlen(word);
	unsigned shift = 0;
	const char *unit = n > 0 ? strchr(units, str_lower(word[n - 1])) : NULL;
	if (unit && *unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		n--;
	}
	if (!str_digits(word, word + n, max >> shift, out))
		return false;
	*out <<= shift;
	return true;
}

char str_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

void str_fold(char *text)
{
	for (; *text; text++)
		*text = str_lower(*text);
}

bool str_same(const char *a, const char *b)
{
	while (*a && str_lower(*a) == str_lower(*b))
		a++, b++;
	return *a == *b;
}

bool str_begins(const char *text, const char *prefix)
{
	while (*prefix && *text == *prefix) {
		text++;
		prefix++;
	}
	return !*prefix;
}

bool str_ends(const char *text, const char *suffix)
{
	size_t n = strlen(text), m = strlen(suffix);
	return n >= m && strcmp(text + n - m, suffix) == 0;
}

bool str_has(const char *text, const char *part)
{
	while (*text && !str_begins(text, part))
		text++;
	return str_begins(text, part);
}

char *str_word(char **at)
{
	char *word = *at + strspn(*at, " \t");
	if (*word == '\0') {
		*at = word;
		return NULL;
	}
	char *end = word + strcspn(word, " \t");
	*at = end;
	if (*end) {
		*end = '\0';
		*at = end + 1;
	}
	return word;
}

char *str_trim(char *text)
{
	text += strspn(text, " \t\r");
	size_t n = strlen(text);
	while (n > 0 && strchr(" \t\r", text[n - 1]))
		text[--n] = '\0';
	return text;
}

uint64_t str_hash(const char *octets, size_t n)
{
	uint64_t hash = 14695981039346656037U;
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)octets[i]) * 1099511628211U;
	return hash;
}

void str_wipe(void *secret, size_t n)
{
	memset(secret, 0, n);
	__asm__ volatile("" : : "r"(secret) : "memory");
}

int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
