/*
 * commands: what mailuser does. Run by the administrator, with all his rights, or by a plain user
 * who keeps accounts of his own.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "mailuser.h"
#include "scram.h"
#include "settings.h"
#include "str.h"

int account_status(enum account_result result, const char *name)
{
	switch (result) {
	case ACCOUNT_OK:
		return EX_OK;
	case ACCOUNT_NONE:
		return complain(EX_NOUSER, "there is no account %s", name);
	case ACCOUNT_EXISTS:
		return complain(EX_CANTCREAT, "there is an account %s already", name);
	case ACCOUNT_TROUBLE:
		break; /* it is logged, and the log is standard error */
	}
	switch (errno) {
	case EACCES:
	case EPERM:
	case EROFS:
		return EX_NOPERM;
	case ENOSPC:
	case EDQUOT:
		return EX_CANTCREAT;
	case EINVAL:
	case ENOENT:
	case ENOTDIR:
		return EX_CONFIG;
	}
	return EX_IOERR;
}

/* Asks for a password; its hash goes into the account. */
static int hash_password(struct account *a)
{
	char secret[PASSWORD_ROOM];
	int status = password_read(a->name, secret);
	if (status == EX_OK && !scram_hash(secret, (uint32_t)settings.iterations, a->password))
		status = complain(EX_OSERR, "no random octets: %s", strerror(errno));
	str_wipe(secret, sizeof secret);
	return status;
}

/* The account becomes visible last, when all that it needs is there. */
int run_add(struct account *asked)
{
	struct account there;
	struct mailbox box;
	int status = folder_accounts();
	if (status != EX_OK)
		return status;
	enum account_result result = account_find(asked->name, &there);
	if (result != ACCOUNT_NONE)
		return account_status(result == ACCOUNT_OK ? ACCOUNT_EXISTS : result, asked->name);
	result = account_mailbox(asked, &box);
	if (result != ACCOUNT_OK)
		return account_status(result, asked->name);
	status = hash_password(asked);
	if (status == EX_OK)
		status = folder_mailbox(&box);
	if (status == EX_OK)
		status = account_status(account_store(asked, true), asked->name);
	str_wipe(asked->password, sizeof asked->password);
	return status;
}

int run_passwd(struct account *asked)
{
	struct account now;
	int status = account_status(account_find(asked->name, &now), asked->name);
	if (status == EX_OK)
		status = hash_password(asked);
	if (status != EX_OK)
		return status;
	/* Read again: it may have changed while somebody was typing. */
	status = account_status(account_find(asked->name, &now), asked->name);
	strcpy(now.password, asked->password);
	if (status == EX_OK)
		status = account_status(account_store(&now, false), asked->name);
	str_wipe(now.password, sizeof now.password);
	str_wipe(asked->password, sizeof asked->password);
	return status;
}

/* A file that cannot be read can still be removed. */
int run_del(struct account *asked)
{
	struct account a;
	struct mailbox box;
	bool known = account_find(asked->name, &a) == ACCOUNT_OK &&
		     account_mailbox(&a, &box) == ACCOUNT_OK;
	int status = account_status(account_remove(asked->name), asked->name);
	if (status != EX_OK)
		return status;
	printf("%s is removed; its mail is left %s%s\n", asked->name, known ? "in " : "where it is",
		known ? box.path : "");
	return EX_OK;
}

static const char *scheme(const struct account *a)
{
	if (!a->password[0])
		return "-";
	if (scram_valid(a->password))
		return "SCRAM-SHA-256";
	return account_imported(a->password) ? "crypt" : "unknown";
}

static void list_one(void *context, const char *name)
{
	int *worst = context;
	struct account a;
	struct mailbox box;
	enum account_result result = account_find(name, &a);
	if (result == ACCOUNT_NONE)
		return; /* removed this very moment */
	bool read = result == ACCOUNT_OK;
	if (read)
		result = account_mailbox(&a, &box);
	if (result != ACCOUNT_OK)
		*worst = account_status(result, name);
	printf("%s\t%s\t%s\t%s\n", name,
		!read       ? "faulty"
		: a.revoked ? "revoked"
			    : "active",
		read ? scheme(&a) : "-", result == ACCOUNT_OK ? box.path : "-");
}

int run_list(struct account *asked)
{
	int worst = EX_OK;
	enum account_result result = account_list(list_one, &worst);
	return result == ACCOUNT_OK ? worst : account_status(result, asked->name);
}

static void show_key(void *context, const char *key, const char *value)
{
	const struct account *a = context;
	printf("%s%s%s\n", key, value[0] ? " " : "",
		strcmp(key, "password") == 0 ? scheme(a) : value);
}

int run_show(struct account *asked)
{
	struct account a;
	struct mailbox box;
	int status = account_status(account_find(asked->name, &a), asked->name);
	if (status != EX_OK)
		return status;
	printf("account %s\n", a.name);
	account_keys(&a, show_key, &a);
	status = account_status(account_mailbox(&a, &box), a.name);
	if (status == EX_OK)
		printf("mailbox %s\nowner %lu:%lu\n", box.path, (unsigned long)box.owner.uid,
			(unsigned long)box.owner.gid);
	return status;
}
