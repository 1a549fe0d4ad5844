/*
 * sasl_scram: the messages of SCRAM-SHA-256. Runs in fronts, in the jail: what is taken apart here
 * comes from anybody. RFC 5802 5, 5.1, 6 and 7; RFC 7677.
 */
#include "sasl_scram.h"

#include <string.h>

#include "base64.h"

/* Passes over `word` if it stands there. */
static bool take(const char **at, const char *word)
{
	if (!str_begins(*at, word))
		return false;
	*at += strlen(word);
	return true;
}

/* saslname: a comma is =2C and an equals sign =3D. */
static bool read_name(const char **at, char name[SASL_NAME])
{
	struct str s;
	str_init(&s, name, SASL_NAME);
	while (**at && **at != ',') {
		if (take(at, "=2C"))
			str_add(&s, ",");
		else if (take(at, "=3D"))
			str_add(&s, "=");
		else if (**at == '=')
			return false;
		else
			str_addn(&s, (*at)++, 1);
	}
	return s.len > 0 && !s.cut;
}

/*
 * "n": the client cannot bind to a channel; "y": it could, and believes that we cannot, which is
 * true. "p=" would bind to TLS.
 */
static bool read_header(struct sasl_scram *x, const char **at, char authzid[SASL_NAME])
{
	struct str s;
	const char *begin = *at;
	authzid[0] = '\0';
	if (!take(at, "n,") && !take(at, "y,"))
		return false;
	if (take(at, "a=") && !read_name(at, authzid))
		return false;
	if (!take(at, ","))
		return false;
	str_init(&s, x->header, sizeof x->header);
	str_addn(&s, begin, (size_t)(*at - begin));
	return !s.cut;
}

static bool read_nonce(struct sasl_scram *x, const char **at)
{
	struct str s;
	str_init(&s, x->nonce, sizeof x->nonce);
	for (; **at && **at != ','; (*at)++) {
		if (**at <= ' ' || **at >= 0x7f)
			return false;
		str_addn(&s, *at, 1);
	}
	return s.len > 0 && !s.cut;
}

static bool is_letter(char c)
{
	return str_lower(c) >= 'a' && str_lower(c) <= 'z';
}

/* Optional extensions, which mean nothing to us, up to the attribute `last` (0: to the end). */
static bool pass_extensions(const char **at, char last)
{
	while (**at == ',' && !(last && (*at)[1] == last && (*at)[2] == '=')) {
		const char *attribute = *at + 1;
		if (!is_letter(attribute[0]) || attribute[1] != '=')
			return false;
		size_t n = strcspn(attribute + 2, ",");
		if (n == 0)
			return false;
		*at = attribute + 2 + n;
	}
	return last ? **at == ',' : **at == '\0';
}

/* To the AuthMessage, in which commas separate the messages. */
static bool note(struct sasl_scram *x, const char *text, size_t n)
{
	struct str s = {.at = x->message, .len = strlen(x->message), .cap = sizeof x->message};
	if (s.len > 0)
		str_add(&s, ",");
	str_addn(&s, text, n);
	return !s.cut;
}

enum sasl_result sasl_scram_first(struct sasl_scram *x, const char *text)
{
	char authzid[SASL_NAME];
	*x = (struct sasl_scram){.message = ""};
	if (!read_header(x, &text, authzid))
		return SASL_MALFORMED;
	const char *bare = text;
	/* An "m=" here would be an extension that must be understood. */
	if (!take(&text, "n=") || !read_name(&text, x->user) || !take(&text, ",r=") ||
		!read_nonce(x, &text) || !pass_extensions(&text, 0) || !note(x, bare, strlen(bare)))
		return SASL_MALFORMED;
	return !authzid[0] || str_same(authzid, x->user) ? SASL_MORE : SASL_NO;
}

bool sasl_scram_challenge(struct sasl_scram *x, const struct sasl_answer *a, struct str *to)
{
	struct str nonce = {.at = x->nonce, .len = strlen(x->nonce), .cap = sizeof x->nonce};
	size_t begin = to->len;
	str_add(&nonce, a->nonce);
	str_addf(to, "r=%s,s=", x->nonce);
	base64_add(to, a->salt.salt, a->salt.size);
	str_addf(to, ",i=%u", (unsigned)a->salt.iterations);
	return !nonce.cut && !to->cut && note(x, to->at + begin, to->len - begin);
}

bool sasl_scram_final(struct sasl_scram *x, const char *text, unsigned char proof[SHA256_SIZE])
{
	char expected[4 * SASL_NAME + sizeof x->nonce + 8];
	const char *at = text;
	struct str s;
	str_init(&s, expected, sizeof expected);
	str_add(&s, "c=");
	base64_add(&s, x->header, strlen(x->header));
	str_addf(&s, ",r=%s", x->nonce);
	if (s.cut || !take(&at, expected) || !pass_extensions(&at, 'p'))
		return false;
	size_t without_proof = (size_t)(at - text);
	return take(&at, ",p=") && base64_read(at, strlen(at), proof, SHA256_SIZE) == SHA256_SIZE &&
	       note(x, text, without_proof);
}

void sasl_scram_signature(const struct sasl_answer *a, struct str *to)
{
	str_add(to, "v=");
	base64_add(to, a->signature, sizeof a->signature);
}
