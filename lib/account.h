/*
 * account: who has mail here. The setting `accounts` says where that is written: in the account
 * folder, with one small file for each account, named by it; in the system's list of users; or
 * where a checkpassword program looks.
 *
 * Runs in keepers, with the privileges of the start, and in mailuser. Names are folded to
 * lower-case ASCII and checked before they touch a path. uid, gid and maildir count only in files
 * that root (or, without root, our own user) owns; a file or folder that group or others may write
 * is not believed (ACCOUNT_TROUBLE, logged).
 */
#ifndef LIB_ACCOUNT_H
#define LIB_ACCOUNT_H

#include "priv.h"

#define ACCOUNT_NAME 129 /* room for a name of 128 octets */
#define ACCOUNT_VALUE 512 /* room for any value */
#define ACCOUNT_PATH 1024

struct account {
	char name[ACCOUNT_NAME];
	char password[ACCOUNT_VALUE]; /* a hash, "" for none */
	char full_name[ACCOUNT_VALUE];
	char maildir[ACCOUNT_VALUE]; /* "" : by the setting `mail` */
	char forward[ACCOUNT_VALUE];
	bool has_uid, has_gid, revoked;
	uid_t uid;
	gid_t gid;
	uint64_t quota; /* octets, 0: none */
};

enum account_result {
	ACCOUNT_OK,
	ACCOUNT_NONE, /* no such account; or, for account_login, anything that must look like it */
	ACCOUNT_EXISTS,
	ACCOUNT_TROUBLE /* on our side, logged; errno is why: EINVAL for what a file or setting
			   says, ENOTSUP for what this system cannot do, whenever it is tried */
};

/* A daemon's start: dies with 78 when the accounts cannot be used: no folder, no program, no
 * rights.
 */
void account_ready(char **operands);

/* Whether account_find() can work: a checkpassword program tells nothing without a secret. */
bool account_findable(void);
/* Whether they are files in a folder, which account_store() and the like change. */
bool account_storable(void);

/* Folds a name in place and checks it: 1 to 128 octets of printable ASCII, no space, no '/', no
 * ':', no leading '.'. */
bool account_name(char *name);

/* Sets one key as a line of the file would. NULL, or what was expected instead. */
const char *account_put(struct account *a, const char *key, const char *value);
/* Every key that is set, with its value as in the file ("" for one that takes none). */
void account_keys(const struct account *a,
	void (*visit)(void *context, const char *key, const char *value), void *context);

/* All by the setting `accounts`. `name` need not be folded. */
enum account_result account_find(const char *name, struct account *a);
/* Between the two, look-ups open the account folder once: for many in a row. */
void account_hold(void);
void account_release(void);

/*
 * The account, without its hash, if the secret is right and it is not revoked. An unknown name
 * costs as much time as a wrong secret, where hashes are as costly as the setting `iterations` or,
 * with the system's users, the first hash that the system has.
 */
enum account_result account_login(const char *name, const char *secret, struct account *a);

/* Whether a hash looks like one that crypt(3) made. */
bool account_imported(const char *hash);

/* Writes the file whole and atomically (create, fsync, rename). With `fresh`, ACCOUNT_EXISTS if it
 * is there. */
enum account_result account_store(const struct account *a, bool fresh);
enum account_result account_remove(const char *name);
/* Every account's name, in order of names. */
enum account_result account_list(void (*visit)(void *context, const char *name), void *context);

/* Where an account's mail lies and whose it is. */
struct mailbox {
	char path[ACCOUNT_PATH];
	struct priv_ids owner;
};
/*
 * By the account's own keys, else the setting `mail` (%u account, %n local part, %d domain; without
 * '%', "/%u" behind it) and the owner of the folder that it points to (its part before the first
 * '%'). As root, an owner who is 0, the setting `user`, or below first-uid (but for mail's owner)
 * is refused: ACCOUNT_TROUBLE, logged.
 */
enum account_result account_mailbox(const struct account *a, struct mailbox *box);

#endif
