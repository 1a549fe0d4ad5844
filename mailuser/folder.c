/*
 * folder: makes the folders that a new account needs. Run by the administrator; what lies below a
 * user's folder is made with that user's rights.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "maildir.h"
#include "mailuser.h"
#include "settings.h"
#include "str.h"

/* Every folder above `path` that is missing. */
static int make_above(const char *path, mode_t mode)
{
	char folder[4096];
	if (!str_copy(folder, sizeof folder, path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *slash = folder; (slash = strchr(slash + 1, '/')) != NULL; *slash = '/') {
		*slash = '\0';
		if (mkdir(folder, mode) < 0 && errno != EEXIST)
			return -1;
	}
	return 0;
}

static int reason_status(void)
{
	return errno == EACCES || errno == EPERM || errno == EROFS ? EX_NOPERM : EX_CANTCREAT;
}

int folder_accounts(void)
{
	if (mkdir(settings.accounts, 0700) == 0 || errno == EEXIST)
		return EX_OK;
	if (errno == ENOENT && make_above(settings.accounts, 0755) == 0 &&
		mkdir(settings.accounts, 0700) == 0)
		return EX_OK;
	return complain(reason_status(), "cannot make the account folder %s: %s", settings.accounts,
		strerror(errno));
}

int folder_mailbox(const struct mailbox *box)
{
	priv_as(box->owner);
	bool made = make_above(box->path, 0700) == 0 && maildir_make(box->path) == 0;
	int reason = errno;
	priv_back();
	if (made)
		return EX_OK;
	errno = reason;
	return complain(reason_status(), "cannot make the Maildir %s as uid %lu: %s", box->path,
		(unsigned long)box->owner.uid, strerror(reason));
}
