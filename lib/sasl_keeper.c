/*
 * sasl_keeper: the keeper's answers to the questions of AUTH. Runs with the rights of the start,
 * before a client has logged in. RFC 5802 3 and 9.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base64.h"
#include "sasl.h"
#include "sasl_key.h"
#include "settings.h"

#define MADE_UP_SALT 16 /* octets, as many as scram_hash() takes */
#define NONCE_OCTETS 24 /* 192 bits, in letters without padding */

static char nonce[SASL_NONCE]; /* given out and not used yet, or "" */

/* A hash that no secret has, of the form that the others have, and for each name always the same.
 */
static void make_up(const char *user, char hash[ACCOUNT_VALUE])
{
	char name[SASL_NAME];
	unsigned char mac[SHA256_SIZE];
	struct str s;
	str_copy(name, sizeof name, user);
	str_fold(name); /* as account_find() does: a name is one in any case */
	sasl_key_mac(name, mac);
	str_init(&s, hash, ACCOUNT_VALUE);
	str_addf(&s, "SCRAM-SHA-256$%lu:", (unsigned long)settings.iterations);
	base64_add(&s, mac, MADE_UP_SALT);
	str_addf(&s, "$%043d=:%043d=", 0, 0);
}

/*
 * The account's hash if it is one for SCRAM, else a made-up one. What is revoked keeps its salt:
 * that it was changed would tell.
 */
static enum account_result find_hash(
	const char *user, struct account *account, char hash[ACCOUNT_VALUE])
{
	enum account_result result =
		account_findable() ? account_find(user, account) : ACCOUNT_NONE;
	make_up(user, hash);
	if (result == ACCOUNT_OK && scram_valid(account->password))
		strcpy(hash, account->password);
	else if (result == ACCOUNT_OK)
		result = ACCOUNT_NONE;
	str_wipe(account->password, sizeof account->password);
	return result == ACCOUNT_OK && account->revoked ? ACCOUNT_NONE : result;
}

static enum sasl_result check_password(
	struct sasl_question *q, struct sasl_answer *a, struct account *account)
{
	static const enum sasl_result results[] = {[ACCOUNT_OK] = SASL_YES,
		[ACCOUNT_NONE] = SASL_NO,
		[ACCOUNT_EXISTS] = SASL_TROUBLE,
		[ACCOUNT_TROUBLE] = SASL_TROUBLE};
	(void)a;
	enum account_result result = account_login(q->user, q->secret, account);
	return result == ACCOUNT_TROUBLE && errno == ENOTSUP ? SASL_LACKING : results[result];
}

static bool make_nonce(void)
{
	unsigned char octets[NONCE_OCTETS];
	struct str s;
	str_init(&s, nonce, sizeof nonce);
	if (getentropy(octets, sizeof octets) < 0)
		return false;
	base64_add(&s, octets, sizeof octets);
	return true;
}

static enum sasl_result give_salt(
	struct sasl_question *q, struct sasl_answer *a, struct account *account)
{
	char hash[ACCOUNT_VALUE];
	enum account_result result = find_hash(q->user, account, hash);
	bool good = result != ACCOUNT_TROUBLE && scram_salt(hash, &a->salt) && make_nonce();
	str_copy(a->nonce, sizeof a->nonce, nonce);
	str_wipe(hash, sizeof hash);
	return good ? SASL_MORE : SASL_TROUBLE;
}

/* The nonce shows that the message is of this very exchange, whoever speaks for the front. */
static enum sasl_result check_proof(
	struct sasl_question *q, struct sasl_answer *a, struct account *account)
{
	char hash[ACCOUNT_VALUE];
	bool fresh = nonce[0] && str_has(q->message, nonce);
	enum account_result result = find_hash(q->user, account, hash);
	bool proved = scram_proof(hash, q->message, q->proof, a->signature);
	str_wipe(hash, sizeof hash);
	if (result == ACCOUNT_TROUBLE)
		return SASL_TROUBLE;
	if (result == ACCOUNT_OK && fresh && proved)
		return SASL_YES;
	str_wipe(a->signature, sizeof a->signature);
	return SASL_NO;
}

void sasl_answer(struct sasl_question *q, struct sasl_answer *a, struct account *account)
{
	static enum sasl_result (*const answers[])(
		struct sasl_question *, struct sasl_answer *, struct account *) = {
		[SASL_PASSWORD] = check_password,
		[SASL_SALT] = give_salt,
		[SASL_PROOF] = check_proof,
	};
	*a = (struct sasl_answer){.verdict = SASL_TROUBLE};
	q->user[sizeof q->user - 1] = '\0';
	q->secret[sizeof q->secret - 1] = '\0';
	q->message[sizeof q->message - 1] = '\0';
	if (q->kind < sizeof answers / sizeof answers[0])
		a->verdict = (unsigned char)answers[q->kind](q, a, account);
	if (q->kind != SASL_SALT)
		nonce[0] = '\0';
	str_wipe(q->secret, sizeof q->secret);
}
