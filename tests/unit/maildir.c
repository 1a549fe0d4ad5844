/*
 * maildir: lib/maildir in a folder of its own: opening and making, odd entries, sizes in names, and
 * the lock between processes.
 */
#include "maildir_folder.h"

#include <signal.h>
#include <sys/wait.h>

#define MANY 3000

/* What a scan saw of messages that are moved to cur at its first entry. */
struct moving {
	const struct maildir *m;
	bool moved;
	unsigned count[3];
	unsigned char seen[MANY];
};

static void move_all(const struct maildir *m)
{
	char from[16], to[32];
	for (int i = 0; i < MANY; i++) {
		snprintf(from, sizeof from, "%d", i);
		snprintf(to, sizeof to, "%d:2,S", i);
		renameat(m->folder[MAILDIR_NEW], from, m->folder[MAILDIR_CUR], to);
	}
}

static void see_moving(void *context, enum maildir_folder folder, const char *name)
{
	struct moving *s = context;
	s->count[folder]++;
	s->seen[atoi(name) % MANY] = 1;
	if (!s->moved)
		move_all(s->m);
	s->moved = true;
}

static void test_open_and_make(void)
{
	struct maildir m;
	struct stat st;
	int before = lowest_fd();
	CHECK(fails_with(maildir_open(&m, "none"), ENOENT));
	CHECK(m.root == -1 && m.folder[MAILDIR_TMP] == -1);
	CHECK(fails_with(maildir_make("none/deeper"), ENOENT));
	m = fresh("open");
	CHECK(maildir_make("open") == 0);
	CHECK(fstat(m.folder[MAILDIR_CUR], &st) == 0 && (st.st_mode & 07777) == 0700);
	CHECK(closes_on_exec(m.root) && closes_on_exec(m.folder[MAILDIR_NEW]));
	maildir_close(&m);
	maildir_close(&m);

	CHECK(symlink("open", "link") == 0);
	CHECK(maildir_open(&m, "link") == -1 && (errno == ENOTDIR || errno == ELOOP));
	CHECK(fails_with(maildir_make("link"), ENOTDIR));

	CHECK(mkdir("odd", 0700) == 0 && symlink("../open/new", "odd/new") == 0);
	CHECK(maildir_open(&m, "odd") == -1 && (errno == ENOTDIR || errno == ELOOP));
	CHECK(fails_with(maildir_make("odd"), ENOTDIR));
	CHECK(unlink("odd/new") == 0);
	put(AT_FDCWD, "odd/new", "");
	CHECK(fails_with(maildir_open(&m, "odd"), ENOTDIR));
	CHECK(fails_with(maildir_make("odd"), ENOTDIR));
	CHECK(before == lowest_fd());
}

static void test_missing_folders_are_empty(void)
{
	struct maildir m;
	struct maildir_draft d;
	CHECK(mkdir("half", 0700) == 0 && mkdir("half/cur", 0700) == 0);
	CHECK(maildir_open(&m, "half") == 0);
	CHECK(m.folder[MAILDIR_TMP] == -1 && m.folder[MAILDIR_NEW] == -1);
	put(m.folder[MAILDIR_CUR], "1:2,S", "");
	CHECK(entries(&m) == 1);
	CHECK(fails_with(maildir_draft(&m, "host", &d), ENOENT));
	maildir_discard(&m, &d);
	maildir_close(&m);
	CHECK(mkdir("half/tmp", 0700) == 0 && maildir_open(&m, "half") == 0);
	CHECK(fails_with(maildir_draft(&m, "host", &d), ENOENT));
	maildir_close(&m);
	m = fresh("half");
	CHECK(maildir_draft(&m, "host", &d) == 0);
	maildir_discard(&m, &d);
	maildir_close(&m);
}

/* A scan that cannot read a folder says so, and does not show half a mailbox as a whole one. */
static void test_scan_that_fails(void)
{
	struct maildir m = fresh("fails");
	close(m.folder[MAILDIR_CUR]);
	put(m.root, "file", "");
	m.folder[MAILDIR_CUR] = openat(m.root, "file", O_RDONLY | O_CLOEXEC);
	CHECK(entries(&m) == -1 && errno == ENOTDIR);
	maildir_close(&m);
}

/* Without root's powers, in a process of its own: 0 if the message cannot be opened for want of a
 * permission. */
static int open_as_nobody(const struct maildir *m, const char *name)
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(2);
		_exit(!fails_with(maildir_message(m, MAILDIR_NEW, name), EACCES));
	}
	waitpid(pid, &status, 0);
	return status;
}

static void test_odd_entries(void)
{
	struct maildir m = fresh("entries");
	int new = m.folder[MAILDIR_NEW], before = lowest_fd();
	put(AT_FDCWD, "outside", "secret");
	put(new, ".hidden", "");
	put(new, "closed", "");
	put(new, "plain", "text\n");
	CHECK(mkfifoat(new, "fifo", 0600) == 0);
	CHECK(mkdirat(new, "folder", 0700) == 0);
	CHECK(symlinkat("nowhere", new, "dangling") == 0);
	CHECK(symlinkat("../../outside", new, "link") == 0);
	CHECK(fchmodat(new, "closed", 0, 0) == 0 && fchmod(new, 0755) == 0);

	CHECK(entries(&m) == 2);
	CHECK(fails_with(maildir_message(&m, MAILDIR_NEW, "fifo"), EINVAL));
	CHECK(fails_with(maildir_message(&m, MAILDIR_NEW, "folder"), EINVAL));
	CHECK(fails_with(maildir_message(&m, MAILDIR_NEW, "dangling"), ELOOP));
	CHECK(fails_with(maildir_message(&m, MAILDIR_NEW, "link"), ELOOP));
	CHECK(fails_with(maildir_message(&m, MAILDIR_CUR, "plain"), ENOENT));
	CHECK(open_as_nobody(&m, "closed") == 0);

	int fd = maildir_message(&m, MAILDIR_NEW, "plain");
	char text[8];
	CHECK(fd >= 0 && read(fd, text, sizeof text) == 5 && closes_on_exec(fd));
	CHECK(maildir_remove(&m, MAILDIR_NEW, "plain") == 0);
	CHECK(fails_with(maildir_remove(&m, MAILDIR_NEW, "plain"), ENOENT));
	CHECK(lseek(fd, 0, SEEK_SET) == 0 && read(fd, text, sizeof text) == 5);
	close(fd);
	CHECK(before == lowest_fd());
	maildir_close(&m);
}

/* Another reader moves everything to cur while new is being read. */
static void test_moved_while_scanned(void)
{
	struct maildir m = fresh("moved");
	static struct moving s;
	s.m = &m;
	for (int i = 0; i < MANY; i++) {
		char name[16];
		snprintf(name, sizeof name, "%d", i);
		close(openat(m.folder[MAILDIR_NEW], name, O_WRONLY | O_CREAT | O_EXCL, 0600));
	}
	CHECK(maildir_scan(&m, see_moving, &s) == 0);
	CHECK(s.count[MAILDIR_CUR] == MANY && !memchr(s.seen, 0, MANY));
	CHECK(entries(&m) == MANY);
	maildir_close(&m);
}

static void test_sizes(void)
{
	static const struct {
		const char *name;
		bool good;
		uint64_t disk, wire;
	} rows[] = {
		{"1.M2P3Q4.host,S=10,W=12", true, 10, 12},
		{"1.M2P3Q4.host,W=12,S=10:2,S", true, 10, 12},
		{"1.host,U=7,S=5,X=a,W=10:2,FS", true, 5, 10},
		{"1.host,S=0,W=0", true, 0, 0},
		{"1.host,S=9223372036854775807,W=9223372036854775807", true, INT64_MAX, INT64_MAX},
		{"1.host,S=0,W=1", false, 0, 0},
		{"1.host,S=5,W=11", false, 0, 0},
		{"1.host,S=5,W=4", false, 0, 0},
		{"1.host,S=5", false, 0, 0},
		{"1.host,W=5", false, 0, 0},
		{"1.host", false, 0, 0},
		{"", false, 0, 0},
		{"S=5,W=5", false, 0, 0},
		{"1.host,S=,W=", false, 0, 0},
		{"1.host,S=+5,W=5", false, 0, 0},
		{"1.host,S=-5,W=5", false, 0, 0},
		{"1.host,S= 5,W=5", false, 0, 0},
		{"1.host,S=5x,W=5", false, 0, 0},
		{"1.host,S=0x5,W=5", false, 0, 0},
		{"1.host,S=5,W=5.0", false, 0, 0},
		{"1.host,S=5,W=18446744073709551621", false, 0, 0},
		{"1.host,S=9223372036854775808,W=9223372036854775808", false, 0, 0},
		{"1.host,S=111111111111111111111111111111,W=5", false, 0, 0},
		{"1.host,S=5,W=5,S=50", false, 0, 0},
		{"1.host,S=5,W=5,W=5", false, 0, 0},
		{"1.host:2,S=5,W=5", false, 0, 0},
		{"1.host,S=5:2,W=5", false, 0, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t disk = 0, wire = 0;
		bool good = maildir_sizes(rows[i].name, &disk, &wire);
		unit_check(good == rows[i].good &&
				   (!good || (disk == rows[i].disk && wire == rows[i].wire)),
			rows[i].name, __FILE__, __LINE__);
	}
	CHECK(maildir_base("1.a,S=1:2,S:x") == 7 && maildir_base("1.a") == 3);
}

/* A process that takes the lock and holds it until it is killed. */
static pid_t start_holder(const struct maildir *m)
{
	int ready[2];
	char c;
	CHECK(pipe(ready) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (maildir_lock(m) != 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	CHECK(read(ready[0], &c, 1) == 1);
	close(ready[0]);
	return pid;
}

/* What a second process is told: 0, or errno. */
static int try_lock(const char *path)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		struct maildir m;
		if (maildir_open(&m, path) != 0)
			_exit(255);
		_exit(maildir_lock(&m) == 0 ? 0 : errno);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Another program has it, but no session: the user must not look for one. Not everywhere are there
 * leases. */
static void test_lease(void)
{
	struct maildir m = fresh("lease");
	int fd = openat(m.root, MAILDIR_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	signal(SIGIO, SIG_IGN);
	CHECK(fcntl(fd, F_SETLEASE, F_WRLCK) < 0 || fails_with(maildir_lock(&m), EBUSY));
	close(fd);
	CHECK(maildir_lock(&m) == 0);
	maildir_unlock();
	maildir_close(&m);
}

static void test_lock(void)
{
	struct maildir m = fresh("lock");
	int before = lowest_fd();
	pid_t holder = start_holder(&m);
	CHECK(fails_with(maildir_lock(&m), EAGAIN));
	CHECK(before == lowest_fd());
	kill(holder, SIGKILL);
	CHECK(waitpid(holder, NULL, 0) == holder);
	CHECK(try_lock("lock") == 0);
	CHECK(maildir_lock(&m) == 0 && closes_on_exec(before));
	CHECK(try_lock("lock") == EAGAIN);
	maildir_close(&m);
	CHECK(try_lock("lock") == EAGAIN);
	close(before);
	CHECK(try_lock("lock") == 0);
	CHECK(access("lock/trivet-lock", F_OK) == 0);

	CHECK(unlink("lock/trivet-lock") == 0 && symlink("../outside", "lock/trivet-lock") == 0);
	CHECK(try_lock("lock") == ELOOP);
	CHECK(unlink("lock/trivet-lock") == 0 && mkfifo("lock/trivet-lock", 0600) == 0);
	CHECK(try_lock("lock") == EINVAL);
}

int main(void)
{
	folder_enter();
	test_open_and_make();
	test_missing_folders_are_empty();
	test_scan_that_fails();
	test_odd_entries();
	test_moved_while_scanned();
	test_sizes();
	test_lease();
	test_lock();
	folder_leave();
	return unit_end();
}
