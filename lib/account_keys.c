/*
 * account_keys: the keys of an account file in one table: what each takes, and how it is written.
 * Pure; runs in keepers, before a client has logged in, and in mailuser.
 */
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "str.h"

#define ID_MAX 4294967294 /* the next one means "no id" */
#define QUOTA_MAX ((uint64_t)1 << 62)

struct key {
	const char *name, *expected;
	size_t field; /* of text */
	bool (*put)(const struct key *key, struct account *a, const char *value);
	/* Writes the value into room for ACCOUNT_VALUE; false: it is not set. */
	bool (*get)(const struct key *key, const struct account *a, char *value);
};

/* Text that stays one line, and that no reader trims. */
static bool plain(const char *value)
{
	size_t n = strlen(value);
	if (n == 0 || value[0] == ' ' || value[n - 1] == ' ')
		return false;
	for (; *value; value++)
		if ((unsigned char)*value < 0x20 || *value == 0x7f)
			return false;
	return true;
}

static bool put_text(const struct key *key, struct account *a, const char *value)
{
	return plain(value) && str_copy((char *)a + key->field, ACCOUNT_VALUE, value);
}

static bool get_text(const struct key *key, const struct account *a, char *value)
{
	const char *text = (const char *)a + key->field;
	return text[0] && str_copy(value, ACCOUNT_VALUE, text);
}

static bool put_path(const struct key *key, struct account *a, const char *value)
{
	return value[0] == '/' && put_text(key, a, value);
}

static bool put_uid(const struct key *key, struct account *a, const char *value)
{
	uint64_t id;
	(void)key;
	if (!str_number(value, ID_MAX, &id))
		return false;
	a->uid = (uid_t)id;
	a->has_uid = true;
	return true;
}

static bool get_uid(const struct key *key, const struct account *a, char *value)
{
	(void)key;
	snprintf(value, ACCOUNT_VALUE, "%lu", (unsigned long)a->uid);
	return a->has_uid;
}

static bool put_gid(const struct key *key, struct account *a, const char *value)
{
	uint64_t id;
	(void)key;
	if (!str_number(value, ID_MAX, &id))
		return false;
	a->gid = (gid_t)id;
	a->has_gid = true;
	return true;
}

static bool get_gid(const struct key *key, const struct account *a, char *value)
{
	(void)key;
	snprintf(value, ACCOUNT_VALUE, "%lu", (unsigned long)a->gid);
	return a->has_gid;
}

static bool put_quota(const struct key *key, struct account *a, const char *value)
{
	(void)key;
	return str_octets(value, QUOTA_MAX, &a->quota) && a->quota > 0;
}

static bool get_quota(const struct key *key, const struct account *a, char *value)
{
	(void)key;
	snprintf(value, ACCOUNT_VALUE, "%llu", (unsigned long long)a->quota);
	return a->quota > 0;
}

static bool put_revoked(const struct key *key, struct account *a, const char *value)
{
	(void)key;
	a->revoked = true;
	return value[0] == '\0';
}

static bool get_revoked(const struct key *key, const struct account *a, char *value)
{
	(void)key;
	value[0] = '\0';
	return a->revoked;
}

#define FIELD(name) offsetof(struct account, name)

static const struct key keys[] = {
	{"password", "a hash", FIELD(password), put_text, get_text},
	{"name", "a person's name", FIELD(full_name), put_text, get_text},
	{"maildir", "an absolute path", FIELD(maildir), put_path, get_text},
	{"uid", "the number of a user", 0, put_uid, get_uid},
	{"gid", "the number of a group", 0, put_gid, get_gid},
	{"quota", "a number of octets, such as 500M", 0, put_quota, get_quota},
	{"revoked", "the word alone", 0, put_revoked, get_revoked},
	{"forward", "addresses", FIELD(forward), put_text, get_text},
};
#define KEYS (sizeof keys / sizeof keys[0])

static bool is_set(const struct key *key, const struct account *a)
{
	char value[ACCOUNT_VALUE];
	bool set = key->get(key, a, value);
	str_wipe(value, sizeof value);
	return set;
}

const char *account_put(struct account *a, const char *name, const char *value)
{
	const struct key *key = keys;
	while (key < keys + KEYS && strcmp(key->name, name) != 0)
		key++;
	if (key == keys + KEYS)
		return "password, name, maildir, uid, gid, quota, revoked or forward";
	if (is_set(key, a))
		return "it only once";
	return key->put(key, a, value) ? NULL : key->expected;
}

void account_keys(const struct account *a,
	void (*visit)(void *context, const char *key, const char *value), void *context)
{
	for (size_t i = 0; i < KEYS; i++) {
		char value[ACCOUNT_VALUE];
		if (keys[i].get(&keys[i], a, value))
			visit(context, keys[i].name, value);
		str_wipe(value, sizeof value);
	}
}
