/*
 * priv: identities, limits and the jail, as far as every POSIX system has them. Runs as root until
 * priv_become(), which is the way from root to a user; POSIX.1-2024 for getresuid.
 */
#include "priv.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "lines.h"
#include "log.h"
#include "priv_own.h"
#include "str.h"

/*
 * A front polls three descriptors, and one that its keeper passes gets the lowest free number, at
 * most 4. poll() refuses more entries than this limit, and passing fails at it, so it is not
 * tighter; what it may hold is the keeper's decision anyway, since the filter opens nothing.
 */
#define JAIL_FILES 16

void priv_fail(const char *what)
{
	log_event(LOG_ERR, "%s: %s", what, strerror(errno));
	_exit(EX_OSERR);
}

/* "name:password:uid:gid:..." is cut behind the name; false: it is no entry. */
static bool read_entry(char *line, uint64_t *uid, uint64_t *gid)
{
	char *field[4] = {line};
	for (int i = 0; i < 4; i++) {
		char *end = strchr(field[i], ':');
		if (!end)
			return false;
		*end = '\0';
		if (i < 3)
			field[i + 1] = end + 1;
	}
	return str_number(field[2], UINT32_MAX - 1, uid) &&
	       str_number(field[3], UINT32_MAX - 1, gid);
}

/*
 * From the file alone: who a daemon becomes is a local matter, and the C library's switch of
 * services has no place in a static program.
 */
bool priv_lookup(const char *user, struct priv_ids *ids)
{
	struct lines file;
	char *line;
	uint64_t number, uid, gid;
	bool by_number = str_number(user, UINT32_MAX - 1, &number), found = false, whole;
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	lines_begin(&file, fd);
	while (!found && (line = lines_next(&file, &whole)) != NULL)
		if (read_entry(line, &uid, &gid)) {
			found = strcmp(line, user) == 0 || (by_number && uid == number);
			*ids = (struct priv_ids){.uid = (uid_t)uid, .gid = (gid_t)gid};
		}
	close(fd);
	return found;
}

struct priv_ids priv_ids_of(uid_t uid)
{
	char number[24];
	struct priv_ids ids;
	struct str s;
	str_init(&s, number, sizeof number);
	str_add_number(&s, uid);
	if (!priv_lookup(number, &ids) || ids.uid != uid)
		ids = (struct priv_ids){.uid = uid, .gid = (gid_t)uid};
	return ids;
}

/* Who started us, as it was when first asked. */
static struct {
	bool known, root;
	gid_t gid;
} start;

/* Which groups priv_as() has set. */
static struct {
	bool known;
	gid_t gid;
} groups;

bool priv_root(void)
{
	if (!start.known) {
		start.known = true;
		start.root = getuid() == 0 && geteuid() == 0;
		start.gid = getegid();
	}
	return start.root;
}

/* No id of root is left, saved ones included, and none can be had. */
static bool no_way_back(struct priv_ids ids)
{
	uid_t uid, euid, suid;
	gid_t gid, egid, sgid;
	if (getresuid(&uid, &euid, &suid) < 0 || getresgid(&gid, &egid, &sgid) < 0)
		return false;
	return uid == ids.uid && euid == uid && suid == uid && gid == ids.gid && egid == gid &&
	       sgid == gid && getgroups(0, NULL) <= 1 && setuid(0) < 0 && seteuid(0) < 0;
}

void priv_become(struct priv_ids ids)
{
	if (!priv_root())
		return;
	errno = EINVAL;
	if (ids.uid == 0)
		priv_fail("to go on as root is not allowed");
	if (setgroups(1, &ids.gid) < 0)
		priv_fail("setgroups");
	if (setgid(ids.gid) < 0)
		priv_fail("setgid");
	if (setuid(ids.uid) < 0)
		priv_fail("setuid");
	if (!no_way_back(ids))
		priv_fail("root could be had back");
}

void priv_settle(struct priv_ids ids)
{
	priv_become(ids);
	start.root = false;
	start.gid = getegid();
}

/* Groups and gid first: a user may not set them. */
void priv_as(struct priv_ids ids)
{
	int saved = errno;
	if (!priv_root())
		return;
	bool known = groups.known && groups.gid == ids.gid;
	if ((!known && setgroups(1, &ids.gid) < 0) || setegid(ids.gid) < 0 || seteuid(ids.uid) < 0)
		priv_fail("to act as a user");
	groups.known = true;
	groups.gid = ids.gid;
	errno = saved;
}

/* The uid first, for the same reason. Groups stay: root may do no more and no less by them. */
void priv_back(void)
{
	int saved = errno;
	if (!priv_root())
		return;
	if (seteuid(0) < 0 || setegid(start.gid) < 0)
		priv_fail("to act as root again");
	errno = saved;
}

static void close_range_of(unsigned first, unsigned last)
{
	if (first > last || priv_close_range(first, last))
		return;
	long open_max = sysconf(_SC_OPEN_MAX);
	if (open_max > 0 && last >= (unsigned)open_max)
		last = (unsigned)open_max - 1;
	for (unsigned fd = first; fd <= last; fd++)
		close((int)fd);
}

void priv_close_from(int first, int keep)
{
	unsigned from = (unsigned)first;
	if (keep > first)
		close_range_of(from, (unsigned)keep - 1);
	if (keep >= first)
		from = (unsigned)keep + 1;
	close_range_of(from, ~0U);
}

/* At most `most`, also where the limit that we came with is lower. */
static void limit(int resource, uint64_t most)
{
	struct rlimit rl;
	if (getrlimit(resource, &rl) < 0)
		priv_fail("getrlimit");
	if (rl.rlim_max > most)
		rl.rlim_max = (rlim_t)most;
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(resource, &rl) < 0)
		priv_fail("setrlimit");
}

static void set_limits(uint64_t file_size)
{
	signal(SIGXFSZ, SIG_IGN); /* write() is to say EFBIG */
	limit(RLIMIT_FSIZE, file_size);
	limit(RLIMIT_CORE, 0); /* secrets */
	/* Asked at this process's own forks only: others of the same user are not in the way. */
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_NOFILE, JAIL_FILES);
}

void priv_jail(const struct priv_jail *jail, int keep)
{
	if (priv_root() && jail->empty && (chroot(jail->empty) < 0 || chdir("/") < 0))
		priv_fail("chroot to the empty folder");
	priv_become(jail->ids);
	priv_follow_parent();
	if (jail->sandbox)
		priv_confine(NULL, 0);
	/* The log is open up to here. What is above the new limit could not be found later. */
	priv_close_from(3, keep);
	set_limits(jail->file_size);
	if (!jail->sandbox)
		return;
	if (dup2(keep, STDERR_FILENO) < 0)
		priv_fail("dup2");
	priv_filter(PRIV_FRONT);
}
