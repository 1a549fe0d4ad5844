/*
 * sasl_proof: SCRAM-SHA-256 from the first word to the verdict: the exchange that RFC 7677 3
 * prints, salts that tell nothing, and a keeper that is asked by somebody else than our front.
 */
#include "sasl_play.h"

#define PROOF "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define OTHER "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVU="
#define FINAL "c=biws,r=" CLIENT SERVER ",p="

/* The client's lines: base64 of two messages, then as it is. */
static const char *scram_lines(const char *first, const char *final, const char *rest)
{
	static char lines[3 * ROOM];
	struct str s;
	str_init(&s, lines, sizeof lines);
	base64_add(&s, first, strlen(first));
	str_add(&s, "\r\n");
	base64_add(&s, final, strlen(final));
	str_addf(&s, "\r\n%s", rest);
	return lines;
}

#define SCRAM(first, final, rest, result)                                                          \
	do {                                                                                       \
		CHECK(play("SCRAM-SHA-256", NULL, scram_lines(first, final, rest)) == (result));   \
		close_io();                                                                        \
	} while (0)

/* RFC 7677 3, and the same from the initial response. */
static void check_vector(void)
{
	static const char first[] = "n,,n=user,r=" CLIENT;
	static const char said[] =
		"+ \r\n+ "
		"cj1yT3ByTkdmd0ViZVJXZ2JORWtxTyVodllEcFdVYTJSYVRDQWZ1eEZJbGopaE5sRiRrMCxzPVcy"
		"MlphSjBTTlk3c29Fc1VFamI2Z1E9PSxpPTQwOTY=\r\n+ "
		"dj02cnJpVFJCaTIzV3BSUi93dHVwK21NaFVaVW4v"
		"ZEI1bkxUSlJzamw5NUc0PQ==\r\n";
	CHECK(play("scram-sha-256", NULL, scram_lines(first, FINAL PROOF, "\r\n")) == SASL_YES);
	CHECK_TEXT(got(), said);
	CHECK_TEXT(account.name, "user");
	CHECK_TEXT(account.password, "");
	CHECK(questions == 2 && asked[0].kind == SASL_SALT && asked[1].kind == SASL_PROOF);
	close_io();
	PLAY("SCRAM-SHA-256", letters_of(first, strlen(first)),
		strchr(scram_lines(first, FINAL PROOF, "\r\n"), '\n') + 1, SASL_YES, said + 4);
}

static void check_scram(void)
{
	static const char first[] = "n,,n=user,r=" CLIENT;
	SCRAM(first, FINAL PROOF, "*\r\n", SASL_CANCELLED);
	SCRAM(first, FINAL PROOF, "AA==\r\n", SASL_MALFORMED);
	SCRAM(first, FINAL PROOF, "", SASL_LOST);
	SCRAM(first, FINAL OTHER, "\r\n", SASL_NO);
	SCRAM("n,,n=nobody,r=" CLIENT, FINAL PROOF, "\r\n", SASL_NO);
	SCRAM("n,,n=revoked,r=" CLIENT, FINAL PROOF, "\r\n", SASL_NO);
	SCRAM("n,,n=foreign,r=" CLIENT, FINAL PROOF, "\r\n", SASL_NO);
	SCRAM("n,,n=faulty,r=" CLIENT, FINAL PROOF, "\r\n", SASL_TROUBLE);
	SCRAM("n,a=nobody,n=user,r=" CLIENT, FINAL PROOF, "\r\n", SASL_NO);
	CHECK(questions == 0);
	SCRAM("p=tls-unique,,n=user,r=" CLIENT, FINAL PROOF, "\r\n", SASL_MALFORMED);
	SCRAM(first, "c=eSws,r=" CLIENT SERVER ",p=" PROOF, "\r\n", SASL_MALFORMED);
	CHECK(questions == 1);
	PLAY("SCRAM-SHA-256", "=", "", SASL_MALFORMED, "");
	PLAY("SCRAM-SHA-256", "bgA=", "", SASL_MALFORMED, ""); /* "n\0" */
	PLAY("SCRAM-SHA-256", NULL, "*\r\n", SASL_CANCELLED, "+ \r\n");
	gone = true;
	SCRAM(first, FINAL PROOF, "\r\n", SASL_TROUBLE);
	gone = false;
}

static struct scram_salt salt_of(const char *user)
{
	struct sasl_question q = {.kind = SASL_SALT};
	struct sasl_answer a;
	str_copy(q.user, sizeof q.user, user);
	sasl_answer(&q, &a, &account);
	CHECK(a.verdict == SASL_MORE);
	return a.salt;
}

static bool same_salt(const char *one, const char *two)
{
	struct scram_salt a = salt_of(one), b = salt_of(two);
	CHECK(a.iterations == 4096 && a.size == 16 && b.iterations == 4096 && b.size == 16);
	return memcmp(a.salt, b.salt, a.size) == 0;
}

/* A name that does not exist looks like one that does. */
static void check_salts(void)
{
	CHECK(same_salt("user", "USER"));
	CHECK(same_salt("user", "revoked"));
	CHECK(same_salt("nobody", "nobody") && same_salt("nobody", "NoBody"));
	CHECK(!same_salt("nobody", "somebody") && !same_salt("nobody", "user"));
	CHECK(same_salt("foreign", "foreign") && !same_salt("foreign", "user"));
	CHECK(same_salt("../user", "../user") && same_salt("", "") && !same_salt("", "../user"));
	struct scram_salt before = salt_of("nobody");
	sasl_forget();
	CHECK(memcmp(before.salt, salt_of("nobody").salt, before.size) != 0);
	sasl_ready(); /* from the file */
	CHECK(memcmp(before.salt, salt_of("nobody").salt, before.size) == 0);
}

/* What a front that was taken over may try. */
static void check_distrust(void)
{
	struct sasl_question q, first;
	struct sasl_answer a;
	play("SCRAM-SHA-256", NULL, scram_lines("n,,n=user,r=" CLIENT, FINAL PROOF, "\r\n"));
	close_io();
	first = asked[1];
	CHECK(answered[1].verdict == SASL_YES);
	q = first;
	sasl_answer(&q, &a, &account); /* again */
	CHECK(a.verdict == SASL_NO);
	salt_of("user"); /* with another nonce */
	q = first;
	sasl_answer(&q, &a, &account);
	CHECK(a.verdict == SASL_NO);
	for (size_t i = 0; i < sizeof a.signature; i++)
		CHECK(a.signature[i] == 0);
	memset(&q, 0xff, sizeof q);
	sasl_answer(&q, &a, &account);
	CHECK(a.verdict == SASL_TROUBLE);
	for (int kind = SASL_PASSWORD; kind <= SASL_PROOF; kind++) {
		memset(&q, 0xff, sizeof q);
		q.kind = (unsigned char)kind;
		sasl_answer(&q, &a, &account);
		CHECK(a.verdict == (kind == SASL_SALT ? SASL_MORE : SASL_NO));
	}
}

int main(void)
{
	begin_house();
	check_vector();
	check_scram();
	check_salts();
	check_distrust();
	return unit_end();
}
