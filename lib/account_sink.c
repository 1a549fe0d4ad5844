/*
 * account_sink: every address is an account, with a Maildir in one folder. Runs at start, with the
 * privileges of the start; then as a plain user, who owns the folder.
 */
#include "account_sink.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "account_file.h"
#include "log.h"
#include "settings.h"
#include "sha256.h"
#include "str.h"

#define FOLDER_MAX 256 /* octets of its path: a Maildir's has to fit into an account */
#define NAME_MAX_PLAIN 200 /* octets of a Maildir's name that no hash shortens */
#define HASH_OCTETS 8 /* that are told of a hash */

static char sink[FOLDER_MAX];
static struct priv_ids owner;

const char *account_sink(void)
{
	return sink[0] ? sink : NULL;
}

static void must_find(const char *folder, int status)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (here < 0 || chdir(folder) < 0)
		die(status, "-S %s: %s", folder, strerror(errno));
	if (!getcwd(sink, sizeof sink))
		die(EX_USAGE, "-S %s: the path is longer than %d octets", folder, FOLDER_MAX - 1);
	if (fchdir(here) < 0)
		die(EX_OSERR, "cannot go back from %s: %s", folder, strerror(errno));
	close(here);
}

static bool is_empty(int fd)
{
	DIR *dir = fdopendir(dup(fd));
	struct dirent *entry;
	bool empty = dir != NULL;
	while (empty && (entry = readdir(dir)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (dir)
		closedir(dir);
	return empty;
}

/* Root's own folder is given away only when it holds nothing. */
static void give_to_user(void)
{
	int fd = open(sink, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (!priv_lookup(settings.user, &owner) || owner.uid == 0)
		die(EX_CONFIG,
			"there is no user \"%s\" to give up root for (setting user, option -u)",
			settings.user);
	if (fd < 0 || !is_empty(fd) || fchown(fd, owner.uid, owner.gid) < 0)
		die(EX_CONFIG, "-S %s: root has it: give it to a user (chown -R %s %s)", sink,
			settings.user, sink);
	close(fd);
}

static void find_owner(void)
{
	struct stat st;
	if (stat(sink, &st) < 0)
		die(EX_IOERR, "-S %s: %s", sink, strerror(errno));
	if (st.st_uid == 0) {
		give_to_user();
		return;
	}
	owner = priv_ids_of(st.st_uid);
}

void account_sink_open(const char *folder)
{
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		die(EX_CANTCREAT, "-S %s: %s", folder, strerror(errno));
	must_find(folder, EX_CANTCREAT);
	if (priv_root())
		find_owner();
}

void account_sink_look(const char *folder)
{
	must_find(folder, EX_NOINPUT);
}

void account_sink_enter(void)
{
	if (!sink[0])
		return;
	if (priv_root())
		priv_settle(owner);
	if (access(sink, R_OK | W_OK | X_OK) < 0)
		die(EX_NOPERM, "-S %s: uid %lu: %s", sink, (unsigned long)geteuid(),
			strerror(errno));
}

/* All of it, whatever its length. */
static void write_name(const char *address, struct str *s)
{
	for (const char *c = address; *c; c++) {
		unsigned char octet = (unsigned char)*c;
		char lower = str_lower(*c);
		if (octet <= ' ' || octet == 0x7f || strchr("/%", *c) ||
			(*c == '.' && c == address))
			str_addf(s, "%%%02X", octet);
		else
			str_addn(s, &lower, 1);
	}
}

void account_sink_name(const char *address, char name[ACCOUNT_SINK_NAME])
{
	char whole[4096];
	unsigned char digest[SHA256_SIZE];
	struct sha256 hash;
	struct str s;
	str_init(&s, whole, sizeof whole);
	write_name(address, &s);
	if (s.len <= NAME_MAX_PLAIN) {
		str_copy(name, ACCOUNT_SINK_NAME, whole);
		return;
	}
	sha256_start(&hash);
	sha256_add(&hash, whole, s.len);
	sha256_end(&hash, digest);
	str_init(&s, name, ACCOUNT_SINK_NAME);
	str_addn(&s, whole, NAME_MAX_PLAIN);
	str_add(&s, "-");
	for (size_t i = 0; i < HASH_OCTETS; i++)
		str_addf(&s, "%02x", digest[i]);
}

enum account_result account_sink_find(const char *name, struct account *a)
{
	char folder[ACCOUNT_SINK_NAME];
	struct str s;
	*a = (struct account){.quota = 0};
	if (name[0] == '\0')
		return ACCOUNT_NONE;
	account_sink_name(name, folder);
	snprintf(a->name, sizeof a->name, "%.*s", ACCOUNT_NAME - 1, folder); /* for the log */
	str_init(&s, a->maildir, sizeof a->maildir);
	str_addf(&s, "%s/%s", sink, folder);
	return ACCOUNT_OK;
}

enum account_result account_sink_login(const char *name, const char *secret, struct account *a)
{
	(void)secret;
	return account_sink_find(name, a);
}
