/*
 * Unit test of lib/priv: names, identities, for good and for a moment, and closing descriptors. The
 * parts that change ids run as root only.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sysexits.h>

#include "child.h"

static const struct priv_ids target = {.uid = NOBODY, .gid = NOBODY};

static void names_are_looked_up(void)
{
	struct priv_ids ids = {.uid = 1, .gid = 1};
	const struct passwd *pw = getpwuid(0);
	CHECK(pw);
	CHECK(pw && priv_lookup(pw->pw_name, &ids) && ids.uid == 0 && ids.gid == 0);
	ids.uid = 1;
	CHECK(priv_lookup("0", &ids) && ids.uid == 0);
	CHECK(!priv_lookup("", &ids));
	CHECK(!priv_lookup("-1", &ids));
	CHECK(!priv_lookup("4294967295", &ids));
	CHECK(!priv_lookup("4294967296", &ids));
	CHECK(!priv_lookup("0x0", &ids));
	CHECK(!priv_lookup("no such user", &ids));
	CHECK(priv_ids_of(0).gid == 0);
	pw = getpwuid(1);
	ids = priv_ids_of(1);
	CHECK(ids.uid == 1 && ids.gid == (pw ? pw->pw_gid : 1));
	ids = priv_ids_of(987654321);
	CHECK(ids.uid == 987654321 && ids.gid == 987654321);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int close_all_but(void *context)
{
	const int keep = *(const int *)context;
	for (int fd = 3; fd < 20; fd++)
		WANT(dup2(STDERR_FILENO, fd) == fd);
	priv_close_from(5, keep);
	for (int fd = 0; fd < 20; fd++)
		WANT(is_open(fd) == (fd < 5 || fd == keep));
	return 0;
}

static void descriptors_are_closed(void)
{
	for (int keep = -1; keep < 20; keep++)
		CHECK(child_good(child_run(close_all_but, &keep)));
}

static int become(void *context)
{
	gid_t many[] = {0, 4, 100};
	(void)context;
	WANT(setgroups(3, many) == 0);
	WANT(priv_root());
	priv_become(target);
	WANT(getuid() == NOBODY && geteuid() == NOBODY && getgid() == NOBODY);
	WANT(getgroups(3, many) == 1 && many[0] == NOBODY);
	WANT(setuid(0) < 0 && seteuid(0) < 0 && setreuid(0, 0) < 0 && setresuid(0, 0, 0) < 0);
	WANT(setgid(0) < 0 && setegid(0) < 0 && setgroups(0, NULL) < 0);
	WANT(chroot("/") < 0);
	return 0;
}

static int become_root(void *context)
{
	(void)context;
	priv_become((struct priv_ids){.uid = 0, .gid = NOBODY});
	return 0;
}

static int become_and_act(void *context)
{
	(void)context;
	priv_become(target);
	priv_as((struct priv_ids){.uid = 1, .gid = 1});
	return 0;
}

/* A file made in between is the user's, and what only root may open cannot be opened. */
static int act_for_a_moment(void *context)
{
	const int dir = *(const int *)context;
	struct stat st;
	for (int round = 0; round < 2; round++) {
		errno = EXDEV;
		priv_as(target);
		WANT(errno == EXDEV && geteuid() == NOBODY && getegid() == NOBODY);
		WANT(openat(dir, "secret", O_RDONLY) < 0 && errno == EACCES);
		int fd = openat(dir, "mine", O_WRONLY | O_CREAT | O_EXCL, 0600);
		WANT(fd >= 0 && fstat(fd, &st) == 0);
		WANT(st.st_uid == NOBODY && st.st_gid == NOBODY);
		errno = EMLINK;
		priv_back();
		WANT(errno == EMLINK && geteuid() == 0 && getegid() == 0);
		WANT(close(fd) == 0 && unlinkat(dir, "mine", 0) == 0);
		fd = openat(dir, "secret", O_RDONLY);
		WANT(fd >= 0 && close(fd) == 0);
	}
	return 0;
}

static void ids_of_root_change(void)
{
	CHECK(child_good(child_run(become, NULL)));
	int status = child_run(become_root, NULL);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EX_OSERR);
	status = child_run(become_and_act, NULL);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EX_OSERR);

	folder_make();
	CHECK(chmod(folder, 0777) == 0);
	int dir = open(folder, O_RDONLY | O_DIRECTORY);
	int fd = openat(dir, "secret", O_WRONLY | O_CREAT, 0600);
	CHECK(dir >= 0 && fd >= 0);
	CHECK(child_good(child_run(act_for_a_moment, &dir)));
	close(fd);
	close(dir);
	folder_remove();
}

static int stays_itself(void *context)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	(void)context;
	errno = EXDEV;
	priv_as(target);
	WANT(errno == EXDEV && geteuid() == uid && getegid() == gid);
	priv_back();
	WANT(errno == EXDEV && geteuid() == uid && getegid() == gid);
	priv_become((struct priv_ids){.uid = 1, .gid = 1});
	WANT(geteuid() == uid && getuid() == uid && getegid() == gid);
	return 0;
}

int main(void)
{
	names_are_looked_up();
	descriptors_are_closed();
	CHECK(priv_root() == (geteuid() == 0));
	if (priv_root())
		ids_of_root_change();
	else {
		CHECK(child_good(child_run(stays_itself, NULL)));
		puts("6 checks not run: needs root");
	}
	return unit_end();
}
