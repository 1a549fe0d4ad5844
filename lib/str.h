/*
 * str: text of bounded length, and words and numbers read strictly.
 */
#ifndef LIB_STR_H
#define LIB_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A NUL-terminated text growing in a caller's buffer. What does not fit is left out and `cut` is
 * set. */
struct str {
	char *at;
	size_t len, cap; /* cap counts the NUL */
	bool cut;
};

void str_init(struct str *s, char *buffer, size_t cap);
void str_add(struct str *s, const char *text);
void str_addn(struct str *s, const char *octets, size_t n);
void str_add_number(struct str *s, uint64_t n); /* decimal; cut as text is */
void str_addf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copies text into a buffer of `cap` octets; false, and an empty string, when it does not fit. */
bool str_copy(char *to, size_t cap, const char *text);

/* The whole word is decimal digits and the number at most `max`: then true and *out is it. */
bool str_number(const char *word, uint64_t max, uint64_t *out);
/* The same of the octets up to `end`. */
bool str_digits(const char *word, const char *end, uint64_t max, uint64_t *out);

/* The same for a size in octets: digits and one optional k, M or G (powers of 1024). */
bool str_octets(const char *word, uint64_t max, uint64_t *out);

/* ASCII only, whatever the locale. */
char str_lower(char c);
void str_fold(char *text); /* to lower case, in place */
bool str_same(const char *a, const char *b); /* but for case */
bool str_begins(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
/* For short texts; strstr(), which is quick with long ones, is 1.2 KB of a static program. */
bool str_has(const char *text, const char *part);

/* The next word of *at, separated by spaces and tabs; cut off with a NUL, *at moved behind. NULL:
 * no more. */
char *str_word(char **at);

/* Without the blanks (a CR too) at both ends: cut off behind, passed over in front. */
char *str_trim(char *text);

/* A number for octets that others seldom have (FNV-1a): for tables, and no use against who wants
 * two to have the same. */
uint64_t str_hash(const char *octets, size_t n);

/* Overwrites a secret so that no optimiser removes it. */
void str_wipe(void *secret, size_t n);

/* Milliseconds of the monotonic clock. */
int64_t now_ms(void);

#endif
