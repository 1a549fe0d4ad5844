/*
 * scram: the exchange that RFC 7677 3 prints, text that is no hash, and hashes made and checked.
 */
#include "../../lib/scram.c"

#include "unit.h"

/* RFC 7677 3: user "user", password "pencil". */
#define AUTH_MESSAGE                                                                               \
	"n=user,r=rOprNGfwEbeRWgbNEkqO,"                                                           \
	"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"  \
	"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SALT "W22ZaJ0SNY7soEsUEjb6gQ=="
#define STORED "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
#define SERVER "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
#define PENCIL "SCRAM-SHA-256$4096:" SALT "$" STORED ":" SERVER

static const char *letters_of(const void *octets, size_t n)
{
	static char text[100];
	struct str s;
	str_init(&s, text, sizeof text);
	base64_add(&s, octets, n);
	return text;
}

/* A server that holds our keys takes the published proof, and gives the published signature. */
static void check_exchange(void)
{
	static const char proof_text[] = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
	unsigned char proof[SHA256_SIZE], signature[SHA256_SIZE];
	struct scram h;
	struct scram_salt salt;
	char text[TEXT_MAX];

	CHECK(scram_salt(PENCIL, &salt) && salt.iterations == 4096 && salt.size == 16);
	CHECK_TEXT(letters_of(salt.salt, salt.size), SALT);
	CHECK(base64_read(proof_text, strlen(proof_text), proof, sizeof proof) == sizeof proof);
	CHECK(scram_proof(PENCIL, AUTH_MESSAGE, proof, signature));
	CHECK_TEXT(letters_of(signature, sizeof signature),
		"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
	CHECK(!scram_proof(PENCIL, AUTH_MESSAGE "x", proof, signature));
	proof[31] ^= 1;
	CHECK(!scram_proof(PENCIL, AUTH_MESSAGE, proof, signature));
	CHECK(!scram_proof("pencil", AUTH_MESSAGE, proof, signature));
	CHECK(!scram_salt("pencil", &salt));

	CHECK(parse(&h, PENCIL));
	derive(&h, "pencil");
	CHECK(format(&h, text));
	CHECK_TEXT(text, PENCIL);
}

static void check_verify(void)
{
	CHECK(scram_verify(PENCIL, "pencil"));
	CHECK(!scram_verify(PENCIL, "pencil "));
	CHECK(!scram_verify(PENCIL, "Pencil"));
	CHECK(!scram_verify(PENCIL, ""));
	CHECK(!scram_verify("", "pencil"));
	CHECK(!scram_verify("pencil", "pencil"));
}

static void check_valid(void)
{
	static const char *const bad[] = {
		"",
		"pencil",
		"SCRAM-SHA-256$",
		"SCRAM-SHA-256$4096",
		"SCRAM-SHA-256$4096:" SALT,
		"SCRAM-SHA-256$4096:" SALT "$",
		"SCRAM-SHA-256$4096:" SALT "$" STORED,
		"SCRAM-SHA-256$4096:" SALT "$" STORED ":",
		"SCRAM-SHA-1$4096:" SALT "$" STORED ":" SERVER,
		"scram-sha-256$4096:" SALT "$" STORED ":" SERVER,
		"SCRAM-SHA-256$:" SALT "$" STORED ":" SERVER,
		"SCRAM-SHA-256$0:" SALT "$" STORED ":" SERVER,
		"SCRAM-SHA-256$04096:" SALT "$" STORED ":" SERVER,
		"SCRAM-SHA-256$-4096:" SALT "$" STORED ":" SERVER,
		"SCRAM-SHA-256$10000001:" SALT "$" STORED ":" SERVER,
		"SCRAM-SHA-256$4294971392:" SALT "$" STORED ":" SERVER,
		"SCRAM-SHA-256$99999999999999999999:" SALT "$" STORED ":" SERVER,
		"SCRAM-SHA-256$4096:$" STORED ":" SERVER,
		"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ$" STORED ":" SERVER,
		"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gR==$" STORED ":" SERVER,
		"SCRAM-SHA-256$4096:W22Za!0SNY7soEsUEjb6gQ==$" STORED ":" SERVER,
		"SCRAM-SHA-256$4096:" SALT "$AAAA" STORED ":" SERVER,
		"SCRAM-SHA-256$4096:" SALT "$" SALT ":" SERVER,
		"SCRAM-SHA-256$4096:" SALT "$" STORED ":" SALT,
		PENCIL " ",
		PENCIL "=",
		PENCIL ":",
		" " PENCIL,
	};
	CHECK(scram_valid(PENCIL));
	CHECK(scram_valid("SCRAM-SHA-256$10000000:QQ==$" STORED ":" SERVER));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		unit_check(!scram_valid(bad[i]), bad[i], __FILE__, __LINE__);
}

static void check_salt_sizes(void)
{
	char text[TEXT_MAX + 64], salt[89] = "";
	struct scram h = {.iterations = ITERATIONS_MAX, .salt_size = SCRAM_SALT}, again;
	for (; h.salt_size > 0; h.salt_size--) {
		CHECK(format(&h, text));
		CHECK(parse(&again, text) && again.salt_size == h.salt_size);
	}
	memset(salt, 'A', sizeof salt - 1); /* 66 octets */
	snprintf(text, sizeof text, SCHEME "1:%s$" STORED ":" SERVER, salt);
	CHECK(!scram_valid(text));
}

static void check_hash(void)
{
	char one[SCRAM_TEXT], two[SCRAM_TEXT], long_secret[300];
	memset(long_secret, 'x', sizeof long_secret - 1);
	long_secret[sizeof long_secret - 1] = '\0';
	CHECK(scram_hash("secret", 7, one) && scram_hash("secret", 7, two));
	CHECK(strcmp(one, two) != 0);
	CHECK(str_begins(one, "SCRAM-SHA-256$7:"));
	CHECK(scram_valid(one) && scram_verify(one, "secret") && scram_verify(two, "secret"));
	CHECK(scram_hash(long_secret, ITERATIONS_MAX / 10000, one));
	CHECK(scram_verify(one, long_secret));
	long_secret[298] = 'y';
	CHECK(!scram_verify(one, long_secret));
	CHECK(scram_hash("gr\xc3\xbc\xc3\x9f", 1, one) && scram_verify(one, "gr\xc3\xbc\xc3\x9f"));
}

int main(void)
{
	check_exchange();
	check_verify();
	check_valid();
	check_salt_sizes();
	check_hash();
	return unit_end();
}
