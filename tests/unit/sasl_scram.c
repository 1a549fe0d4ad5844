/*
 * sasl_scram: the exchange that RFC 7677 3 prints, and messages at and beyond every rule of RFC
 * 5802 7.
 */
#include "../../lib/sasl_scram.c"

#include "unit.h"

#define CLIENT "rOprNGfwEbeRWgbNEkqO"
#define SERVER "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define BARE "n=user,r=" CLIENT
#define SALT "W22ZaJ0SNY7soEsUEjb6gQ=="
#define PROOF "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="

static struct sasl_scram x;
static unsigned char proof[SHA256_SIZE];
static char text[SASL_MESSAGE];

/* As the keeper would answer. */
static const char *challenge(void)
{
	struct sasl_answer a = {.nonce = SERVER, .salt = {.iterations = 4096}};
	struct str s;
	a.salt.size = (size_t)base64_read(SALT, strlen(SALT), a.salt.salt, sizeof a.salt.salt);
	str_init(&s, text, sizeof text);
	return sasl_scram_challenge(&x, &a, &s) ? text : "too long";
}

static bool finish(const char *first, const char *final)
{
	return sasl_scram_first(&x, first) == SASL_MORE && challenge() &&
	       sasl_scram_final(&x, final, proof);
}

static void check_vector(void)
{
	struct sasl_answer a = {.verdict = SASL_YES};
	struct str s;
	CHECK(sasl_scram_first(&x, "n,," BARE) == SASL_MORE);
	CHECK_TEXT(x.user, "user");
	CHECK_TEXT(challenge(), "r=" CLIENT SERVER ",s=" SALT ",i=4096");
	CHECK(sasl_scram_final(&x, "c=biws,r=" CLIENT SERVER ",p=" PROOF, proof));
	CHECK_TEXT(
		x.message, BARE ",r=" CLIENT SERVER ",s=" SALT ",i=4096,c=biws,r=" CLIENT SERVER);
	CHECK(scram_proof("SCRAM-SHA-256$4096:" SALT
			  "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
			  "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
		x.message, proof, a.signature));
	str_init(&s, text, sizeof text);
	sasl_scram_signature(&a, &s);
	CHECK_TEXT(text, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

static void check_first(void)
{
	static const struct {
		const char *text, *user; /* NULL: malformed */
	} cases[] = {
		{"n,,n=u,r=x", "u"},
		{"y,,n=u,r=x", "u"},
		{"n,a=u,n=u,r=x", "u"},
		{"n,a=U,n=u,r=x", "u"},
		{"n,a==2C=3D,n==2C=3D,r=x", ",="},
		{"n,,n=gr\xc3\xbc\xc3\x9f,r=x", "gr\xc3\xbc\xc3\x9f"},
		{"n,,n=u,r=!~=;", "u"},
		{"n,,n=u,r=x,a=1,Z=,,=", NULL},
		{"n,,n=u,r=x,a=1,Z==,m=2", "u"},
		{"", NULL},
		{"n", NULL},
		{"n,", NULL},
		{"n,,", NULL},
		{"n,,n=u", NULL},
		{"n,,n=u,", NULL},
		{"n,,n=u,r=", NULL},
		{"n,,n=,r=x", NULL},
		{"n,,n=u,r=x,", NULL},
		{"n,,n=u,r=x,a", NULL},
		{"n,,n=u,r=x,a=", NULL},
		{"n,,n=u,r=x,1=1", NULL},
		{"n,,n=u,r=x,ab=1", NULL},
		{"n,,n=u,r=a b", NULL},
		{"n,,n=u,r=a\x7f", NULL},
		{"n,,n=u,r=\xc3\xbc", NULL},
		{"n,,n=u=,r=x", NULL},
		{"n,,n=u=2c,r=x", NULL},
		{"n,,n=u=2,r=x", NULL},
		{"n,,n=u=41,r=x", NULL},
		{"n,,m=1,n=u,r=x", NULL}, /* 5.1: must not be passed over */
		{"n,,r=x,n=u", NULL},
		{"n,n=u,r=x", NULL},
		{"n,a=,n=u,r=x", NULL},
		{"n,b=u,n=u,r=x", NULL},
		{"N,,n=u,r=x", NULL},
		{"w,,n=u,r=x", NULL},
		{",,n=u,r=x", NULL},
		{"n,,N=u,r=x", NULL},
		{"n,,n=u,R=x", NULL},
		{" n,,n=u,r=x", NULL},
		{"p=tls-unique,,n=u,r=x", NULL},
		{"p=tls-exporter,a=u,n=u,r=x", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum sasl_result result = sasl_scram_first(&x, cases[i].text);
		unit_check(cases[i].user ? result == SASL_MORE && !strcmp(x.user, cases[i].user)
					 : result == SASL_MALFORMED,
			cases[i].text, __FILE__, __LINE__);
	}
	CHECK(sasl_scram_first(&x, "n,a=v,n=u,r=x") == SASL_NO);
	CHECK(sasl_scram_first(&x, "y,a=uu,n=u,r=x") == SASL_NO);
}

static void check_final(void)
{
	static const char *const bad[] = {
		"",
		"c=biws",
		"c=biws,r=" CLIENT SERVER,
		"c=biws,r=" CLIENT SERVER ",p=",
		"c=biws,r=" CLIENT SERVER ",p=" PROOF ",",
		"c=biws,r=" CLIENT SERVER ",p=" PROOF ",a=1",
		"c=biws,r=" CLIENT SERVER ",p=AAAA" PROOF,
		"c=biws,r=" CLIENT SERVER ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVR=",
		"c=biws,r=" CLIENT SERVER ",p=" SALT,
		"c=biws,r=" CLIENT SERVER ",P=" PROOF,
		"c=biws,r=" CLIENT SERVER ",,p=" PROOF,
		"c=biws,r=" CLIENT SERVER ",1=1,p=" PROOF,
		"c=biws,r=" CLIENT SERVER "x,p=" PROOF,
		"c=biws,r=" CLIENT ",p=" PROOF,
		"c=biws,r=" SERVER ",p=" PROOF,
		"c=biws,r=,p=" PROOF,
		"c=biws,p=" PROOF ",r=" CLIENT SERVER,
		"r=" CLIENT SERVER ",c=biws,p=" PROOF,
		"c=eSws,r=" CLIENT SERVER
		",p=" PROOF, /* "y,,": somebody has taken our -PLUS away */
		"c=,r=" CLIENT SERVER ",p=" PROOF,
		"c=biws=,r=" CLIENT SERVER ",p=" PROOF,
		"c=biwsYQ==,r=" CLIENT SERVER ",p=" PROOF,
		"a=1,c=biws,r=" CLIENT SERVER ",p=" PROOF,
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		unit_check(!finish("n,," BARE, bad[i]), bad[i], __FILE__, __LINE__);
	CHECK(finish("y,," BARE, "c=eSws,r=" CLIENT SERVER ",p=" PROOF));
	CHECK(finish("n,a=user," BARE, "c=bixhPXVzZXIs,r=" CLIENT SERVER ",p=" PROOF));
	CHECK(finish("n,," BARE, "c=biws,r=" CLIENT SERVER ",a=1,b=p=2,p=" PROOF));
	CHECK(str_ends(x.message, ",a=1,b=p=2"));
}

/* Too long for a field is malformed, never cut. */
static void check_lengths(void)
{
	static char line[3 * SASL_MESSAGE];
	size_t longest_name = 0, longest_nonce = 0, longest = 0;
	for (int n = 1; n < 600; n++) {
		snprintf(line, sizeof line, "n,,n=%0*d,r=x", n, 0);
		if (sasl_scram_first(&x, line) == SASL_MORE)
			longest_name = strlen(x.user);
		snprintf(line, sizeof line, "n,a=%0*d,n=u,r=x", n, 0);
		CHECK(sasl_scram_first(&x, line) == (n < SASL_NAME ? SASL_NO : SASL_MALFORMED));
		snprintf(line, sizeof line, "n,,n=u,r=%0*d", n, 0);
		if (sasl_scram_first(&x, line) == SASL_MORE && strcmp(challenge(), "too long") != 0)
			longest_nonce = (size_t)n;
	}
	CHECK(longest_name == SASL_NAME - 1);
	CHECK(longest_nonce == sizeof x.nonce - sizeof SERVER);
	for (int n = 1; n < 2 * SASL_MESSAGE; n++) {
		snprintf(line, sizeof line, "n,,n=u,r=x,a=%0*d", n, 0);
		if (sasl_scram_first(&x, line) == SASL_MORE)
			longest = strlen(x.message);
	}
	CHECK(longest == SASL_MESSAGE - 1);
	/* The AuthMessage is full: no room for the server's part. */
	snprintf(line, sizeof line, "n,,n=u,r=x,a=%0*d", SASL_MESSAGE - 16, 0);
	CHECK(sasl_scram_first(&x, line) == SASL_MORE);
	CHECK_TEXT(challenge(), "too long");
	snprintf(line, sizeof line, "c=biws,r=%s,a=%0*d,p=" PROOF, CLIENT SERVER, SASL_MESSAGE, 0);
	CHECK(!finish("n,," BARE, line));
}

int main(void)
{
	check_vector();
	check_first();
	check_final();
	check_lengths();
	return unit_end();
}
