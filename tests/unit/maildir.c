/*
 * maildir: lib/maildir and lib/maildir_draft in a folder of their own: odd entries, names and
 * sizes, delivery and its undoing, and the lock between processes.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "maildir.h"

#define MANY 3000
#define HOST "mail.example.org"

/* What a scan saw. */
static struct {
	unsigned count[3];
	char last[MAILDIR_NAME];
	const struct maildir *move; /* at the first entry, moves all from new to cur */
	unsigned char seen[MANY];
} scan;

static void see(void *context, enum maildir_folder folder, const char *name)
{
	(void)context;
	scan.count[folder]++;
	snprintf(scan.last, sizeof scan.last, "%s", name);
	if (!scan.move)
		return;
	scan.seen[atoi(name) % MANY] = 1;
	for (int i = 0; i < MANY && scan.count[folder] == 1 && folder == MAILDIR_NEW; i++) {
		char from[16], to[32];
		snprintf(from, sizeof from, "%d", i);
		snprintf(to, sizeof to, "%d:2,S", i);
		renameat(scan.move->folder[MAILDIR_NEW], from, scan.move->folder[MAILDIR_CUR], to);
	}
}

/* Entries that a scan of it shows; -1: it failed. */
static int entries(const struct maildir *m)
{
	memset(&scan, 0, sizeof scan);
	if (maildir_scan(m, see, NULL) != 0)
		return -1;
	return (int)(scan.count[MAILDIR_NEW] + scan.count[MAILDIR_CUR]);
}

static void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static struct maildir fresh(const char *path)
{
	struct maildir m;
	CHECK(maildir_make(path) == 0);
	CHECK(maildir_open(&m, path) == 0);
	return m;
}

static int lowest_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(fd);
	return fd;
}

static bool fails_with(int result, int error)
{
	return result == -1 && errno == error;
}

static bool closes_on_exec(int fd)
{
	return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
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
	CHECK(fails_with(maildir_draft(&m, HOST, &d), ENOENT));
	maildir_discard(&m, &d);
	maildir_close(&m);
	CHECK(mkdir("half/tmp", 0700) == 0 && maildir_open(&m, "half") == 0);
	CHECK(fails_with(maildir_draft(&m, HOST, &d), ENOENT));
	maildir_close(&m);
	m = fresh("half");
	CHECK(maildir_draft(&m, HOST, &d) == 0);
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

	CHECK(entries(&m) == 2 && scan.count[MAILDIR_NEW] == 2);
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
	memset(&scan, 0, sizeof scan);
	scan.move = &m;
	for (int i = 0; i < MANY; i++) {
		char name[16];
		snprintf(name, sizeof name, "%d", i);
		close(openat(m.folder[MAILDIR_NEW], name, O_WRONLY | O_CREAT | O_EXCL, 0600));
	}
	CHECK(maildir_scan(&m, see, NULL) == 0);
	CHECK(scan.count[MAILDIR_CUR] == MANY && !memchr(scan.seen, 0, MANY));
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

static bool visible(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text >= 0x7f || strchr("/:", *text))
			return false;
	return true;
}

/* The host in a draft's name, if the name has the form of Maildirs: TIME.MusecPpidQseq.host. */
static const char *host_of(const char *name)
{
	long long seconds;
	long usec, pid;
	unsigned long counter;
	int n = 0;
	if (sscanf(name, "%lld.M%6ldP%ldQ%lu.%n", &seconds, &usec, &pid, &counter, &n) != 4 ||
		n == 0)
		return "not a name";
	return pid == getpid() && counter > 0 ? name + n : "not this process";
}

static void test_host_names(void)
{
	static char long_host[1001], long_slashes[1001] = "x";
	memset(long_host, 'x', 1000);
	memset(long_slashes + 1, '/', 999);
	const char *const hosts[] = {"", "..", "a/b:c", "/../../../etc/passwd", "h,S=1,W=1",
		"\x01 \t\r\n\x7f\xff", "\\057", long_host, long_slashes, HOST};
	struct maildir m = fresh("hosts");
	struct maildir_draft d;
	char name[MAILDIR_NAME];
	uint64_t disk, wire;
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		CHECK(maildir_draft(&m, hosts[i], &d) == 0);
		maildir_name(&d, INT64_MAX, INT64_MAX, name);
		CHECK(visible(name) && strlen(name) < 240);
		CHECK(maildir_sizes(name, &disk, &wire) && disk == INT64_MAX && wire == INT64_MAX);
		CHECK(maildir_publish(&m, &d, name) == 0);
		maildir_discard(&m, &d);
		CHECK(entries(&m) == (int)i + 1);
	}
	CHECK(maildir_draft(&m, "a/b:c", &d) == 0);
	CHECK_TEXT(host_of(d.name), "a\\057b\\072c");
	maildir_discard(&m, &d);
	CHECK(maildir_draft(&m, long_slashes, &d) == 0);
	CHECK(strlen(host_of(d.name)) == 1 + 31 * 4);
	maildir_discard(&m, &d);
	/* An ordinary name is short enough for a UIDL (RFC 1939 7). */
	CHECK(maildir_draft(&m, HOST, &d) == 0);
	CHECK_TEXT(host_of(d.name), HOST);
	maildir_name(&d, 12345678, 12345678, name);
	CHECK(strlen(name) <= 70);
	maildir_discard(&m, &d);
	maildir_close(&m);
}

static void test_delivery(void)
{
	struct maildir m = fresh("to"), other = fresh("other");
	struct maildir_draft d;
	struct stat st;
	char name[MAILDIR_NAME], tmp[MAILDIR_NAME];
	int before = lowest_fd();
	CHECK(maildir_draft(&m, HOST, &d) == 0 && closes_on_exec(d.fd));
	CHECK(write(d.fd, "a\nb\n", 4) == 4 && fsync(d.fd) == 0);
	CHECK(fstat(d.fd, &st) == 0 && st.st_nlink == 1 && (st.st_mode & 07777) == 0600);
	CHECK(entries(&m) == 0);
	strcpy(tmp, d.name);
	maildir_name(&d, 4, 6, name);

	CHECK(maildir_share(&m, &d, &other, name) == 0);
	CHECK(fails_with(maildir_share(&m, &d, &other, name), EEXIST));
	CHECK(fstat(d.fd, &st) == 0 && st.st_nlink == 2);
	CHECK(maildir_publish(&m, &d, name) == 0);
	CHECK_TEXT(d.name, "");
	CHECK(maildir_settle(&m) == 0 && maildir_settle(&other) == 0);
	maildir_discard(&m, &d);
	maildir_discard(&m, &d);
	CHECK(entries(&m) == 1);
	CHECK_TEXT(scan.last, name);
	CHECK(entries(&other) == 1);
	CHECK_TEXT(scan.last, name);
	CHECK(fails_with(maildir_message(&m, MAILDIR_TMP, tmp), ENOENT));

	CHECK(maildir_withdraw(&other, name) == 0 && entries(&other) == 0 && entries(&m) == 1);
	CHECK(fails_with(maildir_withdraw(&other, name), ENOENT));
	CHECK(before == lowest_fd());
	maildir_close(&m);
	maildir_close(&other);
}

static void test_discard(void)
{
	struct maildir m = fresh("discard");
	struct maildir_draft d;
	char name[MAILDIR_NAME];
	CHECK(maildir_draft(&m, HOST, &d) == 0);
	strcpy(name, d.name);
	maildir_discard(&m, &d);
	CHECK(fails_with(maildir_message(&m, MAILDIR_TMP, name), ENOENT));
	/* The second time it must not touch what has the same number or name by now. */
	int fd = lowest_fd();
	put(m.folder[MAILDIR_TMP], name, "");
	CHECK(open("/dev/null", O_RDONLY) == fd);
	maildir_discard(&m, &d);
	CHECK(fcntl(fd, F_GETFD) != -1 && close(fd) == 0);
	CHECK(faccessat(m.folder[MAILDIR_TMP], name, F_OK, 0) == 0);
	CHECK(maildir_draft(&m, HOST, &d) == 0 && unlinkat(m.folder[MAILDIR_TMP], d.name, 0) == 0);
	CHECK(fails_with(maildir_publish(&m, &d, "x"), ENOENT));
	errno = ENOSPC;
	maildir_discard(&m, &d);
	CHECK(errno == ENOSPC);
	maildir_close(&m);
}

/* In a process of its own: `count` deliveries. */
static void deliver_many(const struct maildir *m, int count)
{
	struct maildir_draft d;
	char name[MAILDIR_NAME];
	for (int i = 0; i < count; i++) {
		if (maildir_draft(m, HOST, &d) != 0)
			_exit(1);
		maildir_name(&d, 0, 0, name);
		if (maildir_publish(m, &d, name) != 0)
			_exit(1);
		maildir_discard(m, &d);
	}
	_exit(0);
}

/* Publishing renames, so a name drawn twice would show as a message too few. */
static void test_names_are_unique(void)
{
	struct maildir m = fresh("unique");
	int status;
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			deliver_many(&m, 2500);
	for (int i = 0; i < 4; i++)
		CHECK(wait(&status) > 0 && status == 0);
	CHECK(entries(&m) == 10000);
	maildir_close(&m);
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

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

int main(void)
{
	char folder[256];
	const char *tmp = getenv("TMPDIR");
	snprintf(folder, sizeof folder, "%s/maildir.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(folder) || chdir(folder) != 0) {
		perror(folder);
		return 1;
	}
	test_open_and_make();
	test_missing_folders_are_empty();
	test_scan_that_fails();
	test_odd_entries();
	test_moved_while_scanned();
	test_sizes();
	test_host_names();
	test_delivery();
	test_discard();
	test_names_are_unique();
	test_lock();
	CHECK(nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0);
	return unit_end();
}
