/*
 * mailbox: where an account's mail lies, and as whom it is read and written. Runs in keepers, with
 * the privileges of the start, and in mailuser.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "account_file.h"
#include "log.h"
#include "settings.h"
#include "str.h"

/* The folder that `mail` points to: what is before the first '%', without an unfinished name. */
static bool mail_folder(char folder[ACCOUNT_PATH])
{
	if (!str_copy(folder, ACCOUNT_PATH, settings.mail))
		return false;
	char *percent = strchr(folder, '%');
	if (percent) {
		*percent = '\0';
		*(strrchr(folder, '/') + 1) = '\0';
	}
	size_t n = strlen(folder);
	if (n > 1 && folder[n - 1] == '/')
		folder[n - 1] = '\0';
	return true;
}

/* A name's part as one step of a path: never "", "." or "..", and nothing hidden. */
static bool add_step(struct str *path, const char *part, size_t n)
{
	if (n == 0 || part[0] == '.')
		return false;
	str_addn(path, part, n);
	return true;
}

static bool add_letter(struct str *path, char letter, const char *name)
{
	const char *at = strrchr(name, '@');
	switch (letter) {
	case 'u':
		return add_step(path, name, strlen(name));
	case 'n':
		return add_step(path, name, at ? (size_t)(at - name) : strlen(name));
	case 'd':
		return at && add_step(path, at + 1, strlen(at + 1));
	}
	return false;
}

/* The setting `mail` for this account. False: it has no such part, or it is too long. */
static bool expand(const char *name, struct str *path)
{
	for (const char *m = settings.mail; *m; m++) {
		if (*m != '%')
			str_addn(path, m, 1);
		else if (!add_letter(path, *++m, name))
			return false;
	}
	if (!strchr(settings.mail, '%'))
		str_addf(path, "/%s", name);
	return !path->cut;
}

static bool find_path(const struct account *a, char path[ACCOUNT_PATH])
{
	struct str s;
	if (a->maildir[0])
		return str_copy(path, ACCOUNT_PATH, a->maildir);
	str_init(&s, path, ACCOUNT_PATH);
	return expand(a->name, &s);
}

/* The last one is remembered: many accounts have the same owner. */
static gid_t group_of(uid_t uid)
{
	static struct priv_ids last; /* root's, whose mail nobody has, at first */
	if (last.uid != uid)
		last = priv_ids_of(uid);
	return last.gid;
}

/* The last answer is remembered, too. */
static bool is_jailed(uid_t uid)
{
	static const char *asked;
	static struct priv_ids jailed;
	static bool known;
	if (asked != settings.user) {
		known = priv_lookup(settings.user, &jailed);
		asked = settings.user;
	}
	return known && jailed.uid == uid;
}

static enum account_result refuse(
	const struct account *a, const char *folder, uid_t uid, const char *why)
{
	if (a->has_uid)
		return account_trouble(EINVAL,
			"account %s: its mail cannot be the business of uid %lu, %s", a->name,
			(unsigned long)uid, why);
	return account_trouble(EINVAL,
		"account %s: its mail cannot be the business of %s's owner, uid %lu, %s: give the "
		"folder to a user (chown vmail %s), or the account a uid",
		a->name, folder, (unsigned long)uid, why, folder);
}

/* As root: the account's own uid, else the owner of mail's folder, if that is a user. */
static enum account_result find_owner(const struct account *a, struct priv_ids *owner)
{
	char folder[ACCOUNT_PATH];
	struct stat st;
	bool there = mail_folder(folder) && stat(folder, &st) == 0;
	if (!there && !a->has_uid)
		return account_trouble(errno == ENOENT ? EINVAL : errno,
			"mail folder %s: %s: make it and give it to a user (install -d -m 700 -o "
			"vmail %s)",
			folder, strerror(errno), folder);
	owner->uid = a->has_uid ? a->uid : st.st_uid;
	owner->gid = a->has_gid ? a->gid : group_of(owner->uid);
	if (owner->uid == 0 || owner->gid == 0)
		return refuse(a, folder, owner->uid, "with the rights of root");
	if (is_jailed(owner->uid))
		return refuse(a, folder, owner->uid, "the jailed user, who owns nothing");
	if (owner->uid < settings.first_uid && !(there && owner->uid == st.st_uid))
		return refuse(a, folder, owner->uid, "which is less than first-uid");
	return ACCOUNT_OK;
}

enum account_result account_mailbox(const struct account *a, struct mailbox *box)
{
	*box = (struct mailbox){.owner = {.uid = 0}};
	if (!find_path(a, box->path))
		return account_trouble(EINVAL,
			"account %s: no path from mail %s: it has no such part, or is too long",
			a->name, settings.mail);
	if (priv_root())
		return find_owner(a, &box->owner);
	box->owner = (struct priv_ids){.uid = geteuid(), .gid = getegid()};
	return ACCOUNT_OK;
}
