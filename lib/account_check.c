/*
 * account_check: whether a secret is an account's. Runs in keepers, with the privileges of the
 * start and before the client has logged in.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "account_file.h"
#include "crypt_hash.h"
#include "log.h"
#include "scram.h"
#include "settings.h"
#include "slot.h"
#include "str.h"

/* A hash of nobody's, of the usual cost. */
static void dummy_hash(char hash[ACCOUNT_VALUE])
{
	snprintf(hash, ACCOUNT_VALUE, "SCRAM-SHA-256$%lu:AAAAAAAAAAAAAAAAAAAAAA==$%043d=:%043d=",
		(unsigned long)settings.iterations, 0, 0);
}

static enum account_result judge(const struct account *a, enum crypt_answer answer)
{
	switch (answer) {
	case CRYPT_RIGHT:
		return ACCOUNT_OK;
	case CRYPT_WRONG:
		return ACCOUNT_NONE;
	case CRYPT_LACKS:
		return account_trouble(ENOTSUP,
			"account %s: password is of a scheme that this system's crypt(3) does not "
			"know, or there is no crypt(3): a new password helps (mailuser passwd)",
			a->name);
	case CRYPT_FAILED:
		break;
	}
	return account_trouble(errno, "account %s: crypt: %s", a->name, strerror(errno));
}

/* These schemes are made to take much memory: a storm of logins has to queue. */
static enum account_result check_crypt(const struct account *a, const char *secret)
{
	int slot = slot_take();
	if (slot < 0 && errno == EAGAIN)
		return account_trouble(EAGAIN,
			"account %s: no password could be checked for %d seconds, so many wait",
			a->name, SLOT_SECONDS);
	if (slot < 0)
		log_event(LOG_WARNING, "passwords are checked without a bound: %s/slots: %s",
			settings.run, strerror(errno));
	enum crypt_answer answer = crypt_hash_check(a->password, secret);
	int reason = errno;
	if (slot >= 0)
		slot_give(slot);
	errno = reason;
	return judge(a, answer);
}

static enum account_result check(const struct account *a, const char *secret)
{
	if (scram_valid(a->password))
		return scram_verify(a->password, secret) ? ACCOUNT_OK : ACCOUNT_NONE;
	if (account_imported(a->password))
		return check_crypt(a, secret);
	return account_trouble(EINVAL,
		"account %s: password is of no scheme known here: expected SCRAM-SHA-256$... or a "
		"hash of crypt(3)",
		a->name);
}

/* "$scheme$...", or the 13 letters of the oldest scheme. */
bool account_imported(const char *hash)
{
	static const char letters[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	if (hash[0] == '$')
		return true;
	return strlen(hash) == 13 && strspn(hash, letters) == 13;
}

enum account_result account_check(struct account *a, bool open, const char *secret)
{
	open = open && a->password[0];
	if (!a->password[0])
		dummy_hash(a->password);
	enum account_result result = check(a, secret);
	int reason = errno;
	str_wipe(a->password, sizeof a->password);
	errno = reason;
	/* That too many wait is told to everybody alike. */
	bool busy = result == ACCOUNT_TROUBLE && reason == EAGAIN;
	return open || busy ? result : ACCOUNT_NONE;
}
