/*
 * sasl: what is offered; PLAIN and LOGIN from the first word to the verdict; responses that are
 * none.
 */
#include "sasl_play.h"

static void check_plain(void)
{
	static const struct {
		const char *octets;
		size_t n;
		enum sasl_result result;
	} cases[] = {
#define CASE(octets, result) {octets, sizeof(octets) - 1, result}
		CASE("\0user\0pencil", SASL_YES),
		CASE("user\0user\0pencil", SASL_YES),
		CASE("USER\0user\0pencil", SASL_YES),
		CASE("\0User\0pencil", SASL_YES),
		CASE("root\0user\0pencil", SASL_NO),
		CASE("\0user\0Pencil", SASL_NO),
		CASE("\0user\0pencil ", SASL_NO),
		CASE("\0user\0", SASL_NO),
		CASE("\0\0pencil", SASL_NO),
		CASE("\0\0", SASL_NO),
		CASE("\0nobody\0pencil", SASL_NO),
		CASE("\0revoked\0pencil", SASL_NO),
		CASE("\0faulty\0pencil", SASL_TROUBLE),
		CASE("\0../user\0pencil", SASL_NO),
		CASE("\0gr\xc3\xbc\xc3\x9f\0pencil", SASL_NO),
		CASE("", SASL_MALFORMED),
		CASE("\0", SASL_MALFORMED),
		CASE("user", SASL_MALFORMED),
		CASE("user\0pencil", SASL_MALFORMED),
		CASE("\0user\0pencil\0", SASL_MALFORMED),
		CASE("\0user\0pencil\0x", SASL_MALFORMED),
		CASE("\0\0user\0pencil", SASL_MALFORMED),
		CASE("\0\0\0", SASL_MALFORMED),
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *initial = letters_of(cases[i].octets, cases[i].n);
		PLAY("plain", initial[0] ? initial : "=", "", cases[i].result, "");
		PLAY("PLAIN", NULL, line_of(cases[i].octets, cases[i].n), cases[i].result,
			"+ \r\n");
	}
	PLAY("PLAIN", "AHVzZXIAcGVuY2ls", "", SASL_YES, "");
	CHECK_TEXT(account.name, "user");
	CHECK_TEXT(account.password, "");
	CHECK_TEXT(secret, "pencil");
}

static void check_responses(void)
{
	static char line[2 * SASL_LINE];
	PLAY("PLAIN", NULL, "*\r\n", SASL_CANCELLED, "+ \r\n");
	PLAY("PLAIN", NULL, "*\n", SASL_CANCELLED, "+ \r\n");
	PLAY("PLAIN", "*", "", SASL_MALFORMED, ""); /* only a response cancels */
	PLAY("PLAIN", NULL, "=\r\n", SASL_MALFORMED, "+ \r\n"); /* only initial ones are so */
	PLAY("PLAIN", NULL, "\r\n", SASL_MALFORMED, "+ \r\n");
	PLAY("PLAIN", "AHVzZXIAcGVuY2ls=", "", SASL_MALFORMED, "");
	PLAY("PLAIN", "AHVzZXIAcGVuY2l", "", SASL_MALFORMED, "");
	PLAY("PLAIN", "AHVzZXI-cGVuY2ls", "", SASL_MALFORMED, "");
	PLAY("PLAIN", NULL, "AHVzZXIA cGVuY2ls\r\n", SASL_MALFORMED, "+ \r\n");
	PLAY("PLAIN", NULL, "", SASL_LOST, "+ \r\n");
	CHECK(lost == IO_EOF && questions == 0);
	PLAY("PLAIN", NULL, "AHVzZXIAcGVuY2ls", SASL_LOST, "+ \r\n");
	PLAY("LOGIN", NULL, "dXNlcg==\r\n", SASL_LOST, "+ VXNlcm5hbWU6\r\n+ UGFzc3dvcmQ6\r\n");

	/* The longest line is one that is read; with one octet more none of it is. */
	memset(line, 'A', sizeof line);
	strcpy(line + SASL_LINE - 4, "\r\n");
	PLAY("PLAIN", NULL, line, SASL_MALFORMED, "+ \r\n");
	memset(line, 'A', sizeof line);
	strcpy(line + SASL_LINE + 4, "\r\n*\r\n");
	CHECK(play("PLAIN", NULL, line) == SASL_MALFORMED);
	char *next;
	size_t n;
	CHECK(io_line(&io, 100, &next, &n) == IO_OK && strcmp(next, "*") == 0);
	close_io();
}

/* 255 octets of each must do (RFC 4616 2), and what no field holds is no fault. */
static void check_lengths(void)
{
	for (size_t n = 250; n < 600; n++) {
		char octets[1300];
		enum sasl_result result = n < SASL_SECRET ? SASL_NO : SASL_MALFORMED;
		memset(octets, 'x', sizeof octets);
		octets[0] = octets[5] = '\0';
		PLAY("PLAIN", NULL, line_of(octets, 6 + n), result, "+ \r\n");
		CHECK(questions == (n < SASL_SECRET));
		octets[5] = 'x';
		octets[1 + n] = '\0';
		result = n < SASL_NAME ? SASL_NO : SASL_MALFORMED;
		PLAY("PLAIN", NULL, line_of(octets, 8 + n), result, "+ \r\n");
	}
}

static void check_login(void)
{
	static const char both[] = "+ VXNlcm5hbWU6\r\n+ UGFzc3dvcmQ6\r\n";
	PLAY("LOGIN", NULL, "dXNlcg==\r\ncGVuY2ls\r\n", SASL_YES, both);
	CHECK_TEXT(secret, "pencil");
	PLAY("LOGIN", "dXNlcg==", "cGVuY2ls\r\n", SASL_YES, "+ UGFzc3dvcmQ6\r\n");
	PLAY("LOGIN", NULL, "dXNlcg==\r\ncGVuY2lx\r\n", SASL_NO, both);
	PLAY("LOGIN", NULL, "\r\n\r\n", SASL_NO, both);
	PLAY("LOGIN", "=", "cGVuY2ls\r\n", SASL_NO, "+ UGFzc3dvcmQ6\r\n");
	PLAY("LOGIN", NULL, "*\r\n", SASL_CANCELLED, "+ VXNlcm5hbWU6\r\n");
	PLAY("LOGIN", NULL, "dXNlcg==\r\n*\r\n", SASL_CANCELLED, both);
	PLAY("LOGIN", NULL, "user\r\nuser\r\n", SASL_NO, both); /* base64 of other octets */
	PLAY("LOGIN", NULL, "use\r\n", SASL_MALFORMED, "+ VXNlcm5hbWU6\r\n");
	PLAY("LOGIN", NULL, "dXNlcg==\r\npencil\r\n", SASL_MALFORMED, both);
	/* "user\0", "pencil\0x": nothing behind a NUL is cut off */
	PLAY("LOGIN", NULL, "dXNlcgA=\r\n", SASL_MALFORMED, "+ VXNlcm5hbWU6\r\n");
	PLAY("LOGIN", NULL, "dXNlcg==\r\ncGVuY2lsAHg=\r\n", SASL_MALFORMED, both);
}

static void check_offers(void)
{
	char scram[] = "scram-sha-256", login[] = "LOGIN";
	char *some[] = {scram, login, NULL}, *none[] = {NULL}, **all = settings.sasl;
	CHECK_TEXT(sasl_offered(true, 2), "SCRAM-SHA-256");
	CHECK(!sasl_offered(true, 3));
	CHECK_TEXT(sasl_offered(false, 0), "SCRAM-SHA-256");
	CHECK(!sasl_offered(false, 1));
	PLAY("CRAM-MD5", NULL, "", SASL_UNKNOWN, "");
	PLAY("PLAI", NULL, "", SASL_UNKNOWN, "");
	settings.sasl = some;
	CHECK_TEXT(sasl_offered(true, 0), "SCRAM-SHA-256");
	CHECK_TEXT(sasl_offered(true, 1), "LOGIN");
	PLAY("PLAIN", "AHVzZXIAcGVuY2ls", "", SASL_UNKNOWN, "");
	settings.sasl = none;
	CHECK(!sasl_offered(true, 0));
	PLAY("LOGIN", NULL, "", SASL_UNKNOWN, "");
	settings.sasl = all;
}

int main(void)
{
	begin_house();
	check_offers();
	check_plain();
	check_responses();
	check_lengths();
	check_login();
	return unit_end();
}
