/*
 * maildir_draft: delivery in a folder of its own: names for any host, sharing, publishing, and
 * undoing each; names are unique over processes.
 */
#include "maildir_folder.h"

#include <sys/wait.h>

#define HOST "mail.example.org"

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
	CHECK_TEXT(last_name, name);
	CHECK(entries(&other) == 1);
	CHECK_TEXT(last_name, name);
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

int main(void)
{
	folder_enter();
	test_host_names();
	test_delivery();
	test_discard();
	test_names_are_unique();
	folder_leave();
	return unit_end();
}
