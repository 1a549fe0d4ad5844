/*
 * Any text as the client's first and, behind a line end, its final message: no fault; what is
 * accepted holds a name and a nonce, and is in the AuthMessage octet for octet.
 */
#include <assert.h>
#include <stdlib.h>

#include "../../lib/sasl_scram.c"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check_final(struct sasl_scram *x, const char *final)
{
	unsigned char proof[SHA256_SIZE];
	char before[SASL_MESSAGE];
	strcpy(before, x->message);
	if (!sasl_scram_final(x, final, proof))
		return;
	size_t n = strlen(before);
	const char *end = strstr(final, ",p=");
	assert(end && memcmp(x->message, before, n) == 0 && x->message[n] == ',');
	assert(strlen(x->message) == n + 1 + (size_t)(end - final));
	assert(memcmp(x->message + n + 1, final, (size_t)(end - final)) == 0);
}

static void check_first(const char *first, const char *final)
{
	static struct sasl_scram x;
	struct sasl_answer a = {.nonce = "server", .salt = {.iterations = 1, .size = 1}};
	char text[SASL_MESSAGE];
	struct str s;
	if (sasl_scram_first(&x, first) != SASL_MORE)
		return;
	assert(x.user[0] && strlen(x.user) < sizeof x.user && x.nonce[0]);
	assert(str_ends(first, x.message) && str_begins(first, x.header));
	str_init(&s, text, sizeof text);
	if (!sasl_scram_challenge(&x, &a, &s))
		return;
	assert(str_ends(x.message, text) && str_ends(text, "server,s=AA==,i=1"));
	check_final(&x, final);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const unsigned char *cut = size ? memchr(data, '\n', size) : NULL;
	size_t n = cut ? (size_t)(cut - data) : size, rest = cut ? size - n - 1 : 0;
	char *first = malloc(n + 1);
	char *final = malloc(rest + 1); /* of this size: a step too far is found */
	if (first && final) {
		if (n)
			memcpy(first, data, n);
		if (rest)
			memcpy(final, cut + 1, rest);
		first[n] = final[rest] = '\0';
		check_first(first, final);
	}
	free(first);
	free(final);
	return 0;
}
