/*
 * account_system: the system's users as accounts: their mail is in ~/Maildir, and they log in with
 * the password that they have anyway. Runs in keepers, as root and before the client has logged in.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "account_file.h"
#include "io.h"
#include "log.h"
#include "settings.h"
#include "str.h"
#include "users.h"

#define DAY 86400
#define LOOKUP_SECONDS 30 /* for the system to say who a user is */

void account_system_ready(void)
{
	if (!priv_root())
		die(EX_CONFIG, "accounts system: to serve the system's users it takes root");
}

static bool put_home(struct account *a, const char *home)
{
	struct str s;
	size_t n = strlen(home);
	while (n > 0 && home[n - 1] == '/')
		n--;
	str_init(&s, a->maildir, sizeof a->maildir);
	str_addn(&s, home, n);
	str_add(&s, "/Maildir");
	return home[0] == '/' && !s.cut;
}

/* Users below first-uid run services; they, and the jailed user, have no mail. */
static bool has_mail(const struct passwd *pw)
{
	struct priv_ids jailed;
	if (pw->pw_uid < settings.first_uid || pw->pw_uid == 0)
		return false;
	return !priv_lookup(settings.user, &jailed) || jailed.uid != pw->pw_uid;
}

enum account_result account_system_find(const char *name, struct account *a)
{
	*a = (struct account){.quota = 0};
	if (!str_copy(a->name, sizeof a->name, name) || !account_name(a->name))
		return ACCOUNT_NONE;
	struct passwd *pw = users_passwd(a->name);
	if (!pw && errno != 0)
		return account_trouble(errno, "user %s: %s", a->name, strerror(errno));
	if (!pw || !has_mail(pw))
		return ACCOUNT_NONE;
	if (!put_home(a, pw->pw_dir))
		return account_trouble(EINVAL, "user %s: no home that could hold mail: %s", a->name,
			log_quote(pw->pw_dir));
	a->uid = pw->pw_uid;
	a->gid = pw->pw_gid;
	a->has_uid = a->has_gid = true;
	return ACCOUNT_OK;
}

/* Whether user or password has expired, or the password has to be changed first; shadow(5). */
static bool expired(const struct spwd *sp, long today)
{
	if (sp->sp_expire >= 0 && today >= sp->sp_expire)
		return true;
	if (sp->sp_lstchg == 0)
		return true;
	return sp->sp_lstchg > 0 && sp->sp_max >= 0 && today > sp->sp_lstchg + sp->sp_max;
}

/* The hash, or the one behind the '!' of a locked user, which costs as much to check. */
static bool put_hash(struct account *a, const char *hash)
{
	size_t locked = strspn(hash, "!");
	if (!account_imported(hash + locked) ||
		!str_copy(a->password, sizeof a->password, hash + locked))
		a->password[0] = '\0';
	return locked == 0 && a->password[0];
}

/* For a name that has no hash: the first one that there is, whoever's. */
static void put_usual_hash(struct account *a)
{
	FILE *file = fopen("/etc/shadow", "re");
	if (!file)
		return;
	for (struct spwd *sp; !a->password[0] && (sp = fgetspent(file)) != NULL;)
		put_hash(a, sp->sp_pwdp);
	fclose(file);
}

static enum account_result check(const char *name, const char *secret, struct account *a)
{
	enum account_result result = account_system_find(name, a);
	if (result == ACCOUNT_TROUBLE)
		return ACCOUNT_TROUBLE;
	bool open = false;
	struct spwd *sp = result == ACCOUNT_OK ? users_shadow(a->name) : NULL;
	if (result == ACCOUNT_OK && !sp && errno != 0)
		return account_trouble(errno, "password of user %s: %s", a->name, strerror(errno));
	if (sp)
		open = put_hash(a, sp->sp_pwdp) && !expired(sp, (long)(time(NULL) / DAY));
	if (!a->password[0])
		put_usual_hash(a);
	return account_check(a, open, secret);
}

struct answer {
	enum account_result result;
	int reason;
	struct account account;
};

static bool await(pid_t pid, int from, struct answer *answer)
{
	size_t n = 0;
	ssize_t got;
	while (n < sizeof *answer &&
		((got = read(from, (char *)answer + n, sizeof *answer - n)) > 0 ||
			(got < 0 && errno == EINTR)))
		n += got > 0 ? (size_t)got : 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return n == sizeof *answer;
}

_Noreturn static void answer(const char *name, const char *secret, int to)
{
	struct answer answer = {.reason = 0};
	/* A directory service that does not answer ends us; slot_take() has a limit of its own. */
	alarm(LOOKUP_SECONDS);
	answer.result = check(name, secret, &answer.account);
	answer.reason = errno;
	_exit(write_all(to, &answer, sizeof answer) == 0 ? EX_OK : EX_OSERR);
}

/*
 * In a process of its own: what the look-up leaves in memory, other users' hashes among it, is not
 * to be there when this process serves the user.
 */
enum account_result account_system_login(const char *name, const char *secret, struct account *a)
{
	int ends[2];
	struct answer got;
	pid_t pid = -1;
	*a = (struct account){.quota = 0};
	if (pipe2(ends, O_CLOEXEC) < 0)
		return account_trouble(errno, "pipe: %s", strerror(errno));
	if ((pid = fork()) == 0)
		answer(name, secret, ends[1]);
	int reason = errno;
	close(ends[1]);
	bool answered = pid > 0 && await(pid, ends[0], &got);
	close(ends[0]);
	if (pid < 0)
		return account_trouble(reason, "fork: %s", strerror(reason));
	if (!answered)
		return account_trouble(EIO, "checking a password ended without an answer");
	*a = got.account;
	errno = got.reason;
	return got.result;
}
