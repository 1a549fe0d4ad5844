/*
 * account: looking an account up in the account folder. Runs in keepers, with the privileges of the
 * start and before the client has logged in, and in mailuser.
 */
#include "account.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "account_file.h"
#include "log.h"
#include "settings.h"
#include "str.h"

bool account_name(char *name)
{
	size_t n = strlen(name);
	if (n == 0 || n >= ACCOUNT_NAME || name[0] == '.')
		return false;
	for (const char *c = name; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || *c == '/' || *c == ':')
			return false;
	str_fold(name);
	return true;
}

enum account_result account_trouble(int reason, const char *format, ...)
{
	char line[LOG_LINE];
	va_list ap;
	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	log_event(LOG_ERR, "%s", line);
	errno = reason;
	return ACCOUNT_TROUBLE;
}

/* Whether group or others may write what has this mode. */
static bool open_to_others(mode_t mode)
{
	return (mode & (S_IWGRP | S_IWOTH)) != 0;
}

int account_folder(void)
{
	struct stat st;
	int fd = open(settings.accounts, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		account_trouble(errno, "account folder %s: %s", settings.accounts, strerror(errno));
		return -1;
	}
	if (!open_to_others(st.st_mode))
		return fd;
	close(fd);
	account_trouble(EINVAL,
		"account folder %s: not believed, since group or others may write it (chmod go-w)",
		settings.accounts);
	return -1;
}

/* One file on its way into `a`. */
struct reading {
	struct account *a;
	int fd;
	size_t size; /* of the file */
	unsigned line;
};

static enum account_result wrong(const struct reading *r, int reason, const char *what)
{
	return account_trouble(
		reason, "account file %s/%s: %s", settings.accounts, r->a->name, what);
}

static enum account_result read_line(struct reading *r, char *line)
{
	line = str_trim(line);
	const char *key = str_word(&line);
	if (!key || key[0] == '#')
		return ACCOUNT_OK;
	const char *expected = account_put(r->a, key, line + strspn(line, " \t"));
	if (!expected)
		return ACCOUNT_OK;
	/* The value may be a secret: where it stands is enough. */
	return account_trouble(EINVAL, "account file %s/%s:%u: wrong %.20s: expected %s",
		settings.accounts, r->a->name, r->line, log_quote(key), expected);
}

static enum account_result read_lines(struct reading *r, char *text)
{
	enum account_result result = ACCOUNT_OK;
	for (char *next; text && result == ACCOUNT_OK; text = next) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		r->line++;
		result = read_line(r, text);
	}
	return result;
}

static enum account_result read_text(struct reading *r)
{
	char text[ACCOUNT_FILE + 1];
	size_t n = 0;
	ssize_t got;
	enum account_result result;
	do {
		got = read(r->fd, text + n, sizeof text - n);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0 && n < r->size);
	if (got < 0)
		return wrong(r, errno, strerror(errno));
	if (n == sizeof text)
		return wrong(r, EINVAL, "larger than 8192 octets");
	text[n] = '\0';
	result = strlen(text) == n ? read_lines(r, text) : wrong(r, EINVAL, "holds a NUL");
	str_wipe(text, n);
	return result;
}

/* Who owns a file, but is neither root nor us, cannot make itself anybody by it. */
static void distrust(struct account *a, uid_t owner)
{
	bool orders = strpbrk(a->forward, "|/"); /* to a program or a folder */
	if (!a->has_uid && !a->has_gid && !a->maildir[0] && !orders)
		return;
	log_event(LOG_WARNING,
		"account file %s/%s: uid, gid, maildir and programs to forward to do not count, "
		"since uid %lu owns it",
		settings.accounts, a->name, (unsigned long)owner);
	a->has_uid = a->has_gid = false;
	a->maildir[0] = '\0';
	if (orders)
		a->forward[0] = '\0';
}

static enum account_result read_account(struct reading *r)
{
	struct stat st;
	if (fstat(r->fd, &st) < 0)
		return wrong(r, errno, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return wrong(r, EINVAL, "not a regular file");
	if (open_to_others(st.st_mode))
		return wrong(
			r, EINVAL, "not believed, since group or others may write it (chmod go-w)");
	r->size = (size_t)st.st_size;
	enum account_result result = read_text(r);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		distrust(r->a, st.st_uid);
	return result;
}

static enum account_result open_account(int folder, struct account *a)
{
	struct reading r = {.a = a};
	r.fd = openat(folder, a->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (r.fd < 0 && errno == ENOENT)
		return ACCOUNT_NONE;
	if (r.fd < 0)
		return wrong(&r, errno == ELOOP ? EINVAL : errno,
			errno == ELOOP ? "not a regular file but a symbolic link"
				       : strerror(errno));
	enum account_result result = read_account(&r);
	int reason = errno;
	close(r.fd);
	errno = reason;
	return result;
}

static bool holding;
static int held = -1; /* the account folder */

void account_hold(void)
{
	holding = true;
}

void account_release(void)
{
	if (held >= 0)
		close(held);
	held = -1;
	holding = false;
}

enum account_result account_folder_find(const char *name, struct account *a)
{
	*a = (struct account){.quota = 0};
	if (!str_copy(a->name, sizeof a->name, name) || !account_name(a->name))
		return ACCOUNT_NONE;
	int folder = held >= 0 ? held : account_folder();
	if (folder < 0)
		return ACCOUNT_TROUBLE;
	enum account_result result = open_account(folder, a);
	int reason = errno;
	if (holding)
		held = folder;
	else
		close(folder);
	if (result != ACCOUNT_OK)
		str_wipe(a->password, sizeof a->password);
	errno = reason;
	return result;
}

enum account_result account_folder_login(const char *name, const char *secret, struct account *a)
{
	enum account_result result = account_folder_find(name, a);
	if (result == ACCOUNT_TROUBLE)
		return ACCOUNT_TROUBLE;
	return account_check(a, result == ACCOUNT_OK && !a->revoked, secret);
}

void account_folder_ready(void)
{
	int fd = open(settings.accounts, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		die(EX_CONFIG,
			"cannot read the account folder %s: %s (setting accounts; mailuser add "
			"makes it)",
			settings.accounts, strerror(errno));
	close(fd);
}
