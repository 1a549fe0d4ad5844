/*
 * Unit test of lib/priv: priv_confine() leaves open the folders named and nothing else, lets files
 * move between two folders below one of them; and a kernel that can do nothing is told apart.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "child.h"

static int top, mine, other, lone; /* folders, and a file to read */

static int make_file(int at, const char *name)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	WANT(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0);
	return 0;
}

static bool denied(int result)
{
	return result < 0 && errno == EACCES;
}

static int reads(int at, const char *name)
{
	char octet;
	int fd = openat(at, name, O_RDONLY);
	WANT(fd >= 0 && read(fd, &octet, 1) == 1 && close(fd) == 0);
	return 0;
}

/* As a keeper does in its one Maildir. */
static int works_inside(void)
{
	WANT(reads(mine, "new/message") == 0);
	WANT(renameat(mine, "new/message", mine, "cur/message:2,S") == 0);
	WANT(make_file(mine, "tmp/draft") == 0);
	WANT(linkat(mine, "tmp/draft", mine, "new/second", 0) == 0);
	WANT(unlinkat(mine, "tmp/draft", 0) == 0 && unlinkat(mine, "new/second", 0) == 0);
	int fd = openat(mine, "cur/message:2,S", O_WRONLY | O_TRUNC);
	WANT(fd >= 0 && close(fd) == 0);
	WANT(mkdirat(mine, "folder", 0700) == 0);
	return 0;
}

static int fails_outside(void)
{
	WANT(denied(openat(other, "secret", O_RDONLY)));
	WANT(denied(open("/etc/passwd", O_RDONLY)) && denied(open("/", O_RDONLY)));
	WANT(denied(openat(mine, "../other/secret", O_RDONLY)));
	WANT(denied(openat(other, "new", O_WRONLY | O_CREAT, 0600)));
	WANT(denied(unlinkat(other, "secret", 0)));
	WANT(denied(mkdirat(top, "folder", 0700)));
	/* EXDEV would do as well: the kernel's word for a move that gains rights. */
	WANT(renameat(other, "secret", mine, "new/secret") < 0);
	WANT(linkat(other, "secret", mine, "new/secret", 0) < 0);
	WANT(denied(symlinkat("/etc", mine, "link")));
	WANT(denied(mkfifoat(mine, "fifo", 0600)));
	return 0;
}

static int confined_to_mine(void *context)
{
	const struct priv_path paths[] = {{.fd = mine, .write = true}, {.fd = lone}};
	(void)context;
	priv_confine(paths, 2);
	WANT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	WANT(works_inside() == 0 && fails_outside() == 0);
	WANT(reads(top, "lone") == 0 && denied(openat(top, "lone", O_WRONLY)));
	return 0;
}

static int confined_to_read(void *context)
{
	const struct priv_path paths[] = {{.fd = top}};
	(void)context;
	priv_confine(paths, 1);
	WANT(reads(top, "other/secret") == 0);
	WANT(denied(openat(top, "other/secret", O_WRONLY)));
	WANT(denied(openat(top, "other/secret", O_RDONLY | O_TRUNC)));
	WANT(denied(openat(top, "new", O_WRONLY | O_CREAT, 0600)));
	WANT(denied(unlinkat(top, "other/secret", 0)));
	WANT(renameat(top, "other/secret", top, "secret") < 0);
	return 0;
}

/* What is open stays; and the log can still tell the local time. */
static int confined_to_nothing(void *context)
{
	char octet;
	time_t now = time(NULL);
	struct tm before, after;
	(void)context;
	localtime_r(&now, &before);
	priv_confine(NULL, 0);
	WANT(fails_outside() == 0 && denied(openat(mine, "new/message", O_RDONLY)));
	WANT(pread(lone, &octet, 1, 0) == 1);
	localtime_r(&now, &after);
	WANT(before.tm_hour == after.tm_hour && before.tm_gmtoff == after.tm_gmtoff);
	return 0;
}

/* Twice, as tftpd's child inside its parent's roots: the second can only take away. */
static int confined_twice(void *context)
{
	const struct priv_path first[] = {{.fd = mine}}, second[] = {{.fd = top, .write = true}};
	(void)context;
	priv_confine(first, 1);
	priv_confine(second, 1);
	WANT(reads(mine, "new/message") == 0);
	WANT(denied(openat(other, "secret", O_RDONLY)));
	WANT(denied(openat(mine, "new/message", O_WRONLY)));
	return 0;
}

/* By the scopes of newer kernels: the test itself is outside, the child's own children are not. */
static int keeps_to_itself(void *context)
{
	int status;
	const pid_t test = getppid();
	WANT(kill(test, 0) == 0);
	priv_confine(NULL, 0);
	if (*(const long *)context >= 4) {
		struct sockaddr_in any = {.sin_family = AF_INET};
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		WANT(fd >= 0 && denied(bind(fd, (struct sockaddr *)&any, sizeof any)));
		WANT(denied(connect(fd, (struct sockaddr *)&any, sizeof any)));
	}
	if (*(const long *)context >= 6)
		WANT(kill(test, 0) < 0 && errno == EPERM);
	pid_t pid = fork();
	if (pid == 0)
		_exit(pause());
	WANT(kill(pid, SIGTERM) == 0 && waitpid(pid, &status, 0) == pid);
	return 0;
}

/* A kernel without seccomp and Landlock answers ENOSYS: it goes on without, and tells. */
static int on_an_old_kernel(void *context)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 436 /* close_range */, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 444 /* landlock_create_ruleset */, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
	(void)context;
	WANT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	WANT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
	const char *missing = priv_missing();
	WANT(missing && strcmp(missing, "no system-call filter, no Landlock (kernel)") == 0);
	priv_confine(NULL, 0);
	priv_filter(PRIV_FRONT);
	priv_close_from(3, lone);
	WANT(fcntl(lone, F_GETFD) >= 0 && fcntl(top, F_GETFD) < 0 && fcntl(mine, F_GETFD) < 0);
	return 0;
}

static void make_tree(void)
{
	folder_make();
	top = open(folder, O_RDONLY | O_DIRECTORY);
	CHECK(top >= 0 && make_file(top, "lone") == 0);
	CHECK(mkdirat(top, "mine", 0700) == 0 && mkdirat(top, "other", 0700) == 0);
	mine = openat(top, "mine", O_PATH | O_DIRECTORY);
	other = openat(top, "other", O_PATH | O_DIRECTORY);
	lone = openat(top, "lone", O_RDONLY);
	CHECK(mine >= 0 && other >= 0 && lone >= 0);
	CHECK(mkdirat(mine, "tmp", 0700) == 0 && mkdirat(mine, "new", 0700) == 0);
	CHECK(mkdirat(mine, "cur", 0700) == 0);
	CHECK(make_file(mine, "new/message") == 0 && make_file(other, "secret") == 0);
}

int main(void)
{
	if (!can_confine()) {
		puts("no Landlock in this build or kernel: its checks are left out");
		priv_confine(NULL, 0);
		CHECK(access("/", R_OK | X_OK) == 0);
		return unit_end();
	}
	make_tree();
	long version = syscall(444L /* landlock_create_ruleset */, NULL, 0, 1);
	CHECK(child_good(child_run(keeps_to_itself, &version)));
	CHECK(child_good(child_run(on_an_old_kernel, NULL)));
	CHECK(child_good(child_run(confined_to_read, NULL)));
	CHECK(child_good(child_run(confined_to_nothing, NULL)));
	CHECK(child_good(child_run(confined_twice, NULL)));
	CHECK(child_good(child_run(confined_to_mine, NULL)));
	folder_remove();
	return unit_end();
}
