/*
 * account_store: writing, removing and listing accounts. Runs in mailuser, with the rights of who
 * calls it. Each change is one create, rename or unlink, so that no reader ever sees half of it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "account_file.h"
#include "io.h"
#include "settings.h"
#include "str.h"

static enum account_result wrong(const char *name)
{
	int reason = errno;
	return account_trouble(
		reason, "account file %s/%s: %s", settings.accounts, name, strerror(reason));
}

/* The text of a file, and the account that a reader of it would see. */
struct writing {
	struct str text;
	struct account again;
	bool bad;
};

static void write_key(void *context, const char *key, const char *value)
{
	struct writing *w = context;
	if (account_put(&w->again, key, value) != NULL)
		w->bad = true; /* nothing is written that could not be read back */
	str_addf(&w->text, "%s%s%s\n", key, value[0] ? " " : "", value);
}

static enum account_result format(const struct account *a, char text[ACCOUNT_FILE], size_t *n)
{
	struct writing w = {.bad = false};
	str_init(&w.text, text, ACCOUNT_FILE);
	account_keys(a, write_key, &w);
	str_wipe(&w.again, sizeof w.again);
	*n = w.text.len;
	if (!w.bad && !w.text.cut)
		return ACCOUNT_OK;
	return account_trouble(
		EINVAL, "account %s: a value that no account file can hold", a->name);
}

/* Root leaves a file to whoever owns it already: a daemon without root may have to read it. */
static int keep_owner(int folder, const char *name, int fd)
{
	struct stat st;
	if (geteuid() != 0 || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (!S_ISREG(st.st_mode))
		return 0;
	return fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 0644) < 0 ? -1 : 0;
}

/* Puts the finished file in its place; the draft is gone in any case. */
static int publish(int folder, const char *draft, const char *name, bool fresh)
{
	/* Unlike rename, link does not replace: of two that add at once, one wins. */
	int done = fresh ? linkat(folder, draft, folder, name, 0)
			 : renameat(folder, draft, folder, name);
	int reason = errno;
	unlinkat(folder, draft, 0);
	errno = reason;
	return done;
}

static int fill(int folder, int fd, const char *name, const char *text, size_t n, bool fresh)
{
	if (!fresh && keep_owner(folder, name, fd) < 0)
		return -1;
	return write_all(fd, text, n) < 0 || fsync(fd) < 0 ? -1 : 0;
}

static int write_file(int folder, const char *name, const char *text, size_t n, bool fresh)
{
	char draft[ACCOUNT_NAME + 32];
	uint64_t unique;
	if (getentropy(&unique, sizeof unique) < 0)
		return -1;
	snprintf(draft, sizeof draft, ".%s.%016" PRIx64, name, unique);
	int fd = openat(folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	int failed = fill(folder, fd, name, text, n, fresh), reason = errno;
	if (close(fd) < 0 && !failed)
		failed = -1, reason = errno;
	if (failed) {
		unlinkat(folder, draft, 0);
		errno = reason;
		return -1;
	}
	return publish(folder, draft, name, fresh) < 0 ? -1 : fsync(folder);
}

enum account_result account_store(const struct account *a, bool fresh)
{
	char name[ACCOUNT_NAME], text[ACCOUNT_FILE];
	size_t n;
	strcpy(name, a->name);
	if (!account_name(name))
		return account_trouble(EINVAL, "an account cannot have this name");
	enum account_result result = format(a, text, &n);
	int folder = result == ACCOUNT_OK ? account_folder() : -1;
	if (folder < 0) {
		str_wipe(text, sizeof text);
		return ACCOUNT_TROUBLE;
	}
	if (write_file(folder, name, text, n, fresh) < 0)
		result = fresh && errno == EEXIST ? ACCOUNT_EXISTS : wrong(name);
	int reason = errno;
	close(folder);
	str_wipe(text, sizeof text);
	errno = reason;
	return result;
}

enum account_result account_remove(const char *given)
{
	char name[ACCOUNT_NAME];
	enum account_result result = ACCOUNT_OK;
	if (!str_copy(name, sizeof name, given) || !account_name(name))
		return ACCOUNT_NONE;
	int folder = account_folder();
	if (folder < 0)
		return ACCOUNT_TROUBLE;
	if (unlinkat(folder, name, 0) < 0 || fsync(folder) < 0)
		result = errno == ENOENT ? ACCOUNT_NONE : wrong(name);
	int reason = errno;
	close(folder);
	errno = reason;
	return result;
}

struct names {
	char (*at)[ACCOUNT_NAME];
	size_t count, room;
};

static bool add_name(struct names *names, const char *name)
{
	if (names->count == names->room) {
		size_t room = names->room ? 2 * names->room : 64;
		void *at = realloc(names->at, room * sizeof *names->at);
		if (!at)
			return false;
		names->at = at;
		names->room = room;
	}
	return str_copy(names->at[names->count++], ACCOUNT_NAME, name);
}

/* Whether a file of this name can be an account's: as a lookup would spell it. */
static bool is_account(const char *name)
{
	char folded[ACCOUNT_NAME];
	return str_copy(folded, sizeof folded, name) && account_name(folded) &&
	       strcmp(folded, name) == 0;
}

/* False and errno. */
static bool read_names(DIR *folder, struct names *names)
{
	struct dirent *entry;
	while (errno = 0, (entry = readdir(folder)) != NULL)
		if (is_account(entry->d_name) && !add_name(names, entry->d_name))
			return false;
	return errno == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

enum account_result account_list(void (*visit)(void *context, const char *name), void *context)
{
	struct names names = {.count = 0};
	enum account_result result = ACCOUNT_OK;
	int fd = account_folder();
	if (fd < 0)
		return ACCOUNT_TROUBLE;
	DIR *folder = fdopendir(fd);
	if (!folder || !read_names(folder, &names))
		result = wrong("");
	if (names.count > 0)
		qsort(names.at, names.count, sizeof *names.at, by_name);
	for (size_t i = 0; result == ACCOUNT_OK && i < names.count; i++)
		visit(context, names.at[i]);
	free(names.at);
	if (folder)
		closedir(folder);
	else
		close(fd);
	return result;
}
