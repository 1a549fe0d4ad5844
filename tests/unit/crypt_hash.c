/*
 * crypt_hash: hashes as other systems have them, by crypt_hash_check() and through an account file;
 * or, where the C library has no crypt(3), trouble that waiting does not end. Works in a folder of
 * its own below the current one.
 */
#include "crypt_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "log.h"
#include "settings.h"
#include "str.h"
#include "unit.h"

#define SHA512                                                                                     \
	"$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq" \
	".H91p5hVO1"

/* All of the password "secret". */
static const char *const hashes[] = {SHA512,
	"$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA",
	"$y$j9T$saltsaltsalt$AnbE4uovRUrp5W/7h65lVXbBxJijULPRqRjd39xI5w9",
	"$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a",
	"$1$saltsalt$9xy1btjgzLYfb7hivXtC//", "abNANd1rDfiNc"};

static char logged[LOG_LINE]; /* the last line */

static void keep_line(int priority, const char *line, size_t len)
{
	(void)priority;
	(void)len;
	str_copy(logged, sizeof logged, line);
}

static void write_account(const char *key, const char *hash)
{
	char text[ACCOUNT_VALUE];
	int n = snprintf(text, sizeof text, "password %s\n%s\n", hash, key);
	int fd = open("accounts/alice", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && write(fd, text, (size_t)n) == n);
	close(fd);
}

/* A library need not know every scheme; what it knows it gets right. */
static void check_right(const char *hash)
{
	struct account a;
	char other[ACCOUNT_VALUE];
	CHECK(account_imported(hash));
	write_account("", hash);
	if (crypt_hash_check(hash, "secret") == CRYPT_LACKS) {
		CHECK(account_login("alice", "secret", &a) == ACCOUNT_TROUBLE && errno == ENOTSUP);
		return;
	}
	unit_check(crypt_hash_check(hash, "secret") == CRYPT_RIGHT, hash, __FILE__, __LINE__);
	CHECK(crypt_hash_check(hash, "Secret") == CRYPT_WRONG);
	CHECK(crypt_hash_check(hash, "") == CRYPT_WRONG);
	CHECK(account_login("Alice", "secret", &a) == ACCOUNT_OK && !a.password[0]);
	CHECK(account_login("alice", "secret2", &a) == ACCOUNT_NONE && !a.password[0]);
	write_account("revoked", hash);
	CHECK(account_login("alice", "secret", &a) == ACCOUNT_NONE);
	str_copy(other, sizeof other, hash);
	other[strlen(other) - 3] ^= 1;
	CHECK(crypt_hash_check(other, "secret") == CRYPT_WRONG);
	other[strlen(other) - 3] = '\0';
	CHECK(crypt_hash_check(other, "secret") != CRYPT_RIGHT);
}

static void check_wrong(void)
{
	static const char *const not_imported[] = {"", "x", "*", "!", "!$6$a$b", "{MD5}x", "secret",
		"abNANd1rDfiN", "abNANd1rDfiNcc", "abNANd1rDfiN!", "*0", "_abc"};
	static char long_secret[2000];
	struct account a;
	for (size_t i = 0; i < sizeof not_imported / sizeof not_imported[0]; i++)
		unit_check(!account_imported(not_imported[i]), not_imported[i], __FILE__, __LINE__);
	CHECK(crypt_hash_check("$no$such$scheme", "secret") == CRYPT_LACKS);
	write_account("", "$no$such$scheme");
	CHECK(account_login("alice", "secret", &a) == ACCOUNT_TROUBLE && errno == ENOTSUP);
	CHECK(strstr(logged, "account alice: password is of a scheme") && !strstr(logged, "$no$"));
	memset(long_secret, 'x', sizeof long_secret - 1);
	CHECK(crypt_hash_check(hashes[0], long_secret) != CRYPT_RIGHT);
	CHECK(crypt_hash_check(hashes[0], long_secret) == crypt_hash_check(hashes[0], "x"));
}

/* Without a folder for slots it goes on, and says that nothing is bounded. */
static void check_no_slots(void)
{
	struct account a;
	settings.run = "/nowhere";
	write_account("", SHA512);
	enum account_result result = account_login("alice", "wrong", &a);
	if (result == ACCOUNT_NONE)
		CHECK(strstr(logged, "without a bound: /nowhere/slots: No such file"));
}

int main(void)
{
	char work[] = "crypt.XXXXXX", accounts[ACCOUNT_PATH] = "";
	log_divert(keep_line);
	CHECK(mkdtemp(work) && chdir(work) == 0);
	CHECK(mkdir("accounts", 0700) == 0 && mkdir("run", 0700) == 0);
	CHECK(getcwd(accounts, sizeof accounts - 10) != NULL);
	strcat(accounts, "/accounts");
	settings.accounts = accounts;
	settings.run = "run";
	settings.iterations = 10;
	for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
		check_right(hashes[i]);
	check_wrong();
	check_no_slots();
	return unit_end();
}
