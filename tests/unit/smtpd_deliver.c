/*
 * smtpd's delivery by itself: a front that goes on writing, recipients one by one (LMTP), places
 * that are one, programs alone, and file systems without links.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static bool no_links;
static int sound_fsyncs = -1; /* before one fails; negative: none does */
static int test_fsync(int fd);
static int test_link(int from, const char *name, int to, const char *as, int flags);
#define linkat test_link
#include "../../lib/maildir_draft.c"
#undef linkat

#include "../../smtpd/deliver.c"
#include "../../smtpd/path.c"
#include "../../smtpd/program.c"
#include "../../smtpd/publish.c"
#define fsync test_fsync
#include "../../smtpd/spool.c"
#undef fsync
#include "child.h"

#include <dirent.h>
#include <sysexits.h>

#define TOP "Return-Path: <>\n"
#define BODY "\nHello\n"
#define ALL sizeof(TOP BODY) - 1

static const struct path sender = {.local = "a", .domain = "example.net"};
static struct priv_ids owner;

static int test_link(int from, const char *name, int to, const char *as, int flags)
{
	if (no_links) {
		errno = EPERM;
		return -1;
	}
	return linkat(from, name, to, as, flags);
}

/* As Linux has it: an error is told once. */
static int test_fsync(int fd)
{
	if (sound_fsyncs-- != 0)
		return fsync(fd);
	errno = EIO;
	return -1;
}

/* What a message is addressed to: a user's Maildir, with options, or a program. */
static struct destination maildir_of(const char *user)
{
	struct destination to = {.box.owner = owner};
	snprintf(to.box.path, sizeof to.box.path, "%.200s/%s", folder, user);
	return to;
}

static struct destination program(const char *command)
{
	struct destination to = {.box.owner = owner};
	str_copy(to.program, sizeof to.program, command);
	return to;
}

static struct delivery fresh(void)
{
	return (struct delivery){.sender = &sender, .helo = "client", .ip = "192.0.2.7"};
}

static void address(struct delivery *d, const char *local)
{
	struct path to = {.domain = "example.org"};
	str_copy(to.local, sizeof to.local, local);
	CHECK(deliver_recipient(d, &to));
}

static void add(struct delivery *d, struct destination to)
{
	CHECK(deliver_add(d, &to) == YES);
}

/* As far as the end of the text. */
static int begin(struct delivery *d)
{
	char text[] = TOP;
	const struct str top = {.at = text, .len = strlen(text)};
	int fd = -1;
	CHECK(deliver_begin(d, &top, &fd) == YES);
	CHECK(write(fd, BODY, strlen(BODY)) == (ssize_t)strlen(BODY));
	return fd;
}

static void ready(struct delivery *d)
{
	uint64_t octets;
	close(begin(d));
	CHECK(deliver_seal(d, &octets) == YES && octets == ALL);
}

static enum verdict commit_one(struct delivery *d, size_t recipient)
{
	return deliver_commit_one(d, recipient, ALL, ALL + 3);
}

/* The files of one of a user's folders; the last one's path in `last`. */
static char last[1024];

static int files(const char *user, const char *where)
{
	char path[600];
	int n = 0;
	snprintf(path, sizeof path, "%.200s/%s/%s", folder, user, where);
	DIR *dir = opendir(path);
	for (struct dirent *e; dir && (e = readdir(dir)) != NULL;)
		if (e->d_name[0] != '.') {
			snprintf(last, sizeof last, "%s/%s", path, e->d_name);
			n++;
		}
	if (dir)
		closedir(dir);
	return n;
}

static bool holds(const char *user, const char *text)
{
	char there[200] = "";
	if (files(user, "new") != 1)
		return false;
	int fd = open(last, O_RDONLY);
	ssize_t n = read(fd, there, sizeof there - 1);
	close(fd);
	return n == (ssize_t)strlen(text) && strcmp(there, text) == 0;
}

static bool loose_spools(void)
{
	char path[64] = "";
	DIR *dir = opendir("/var/tmp");
	for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
		struct stat st;
		snprintf(path, sizeof path, "/var/tmp/%.40s", e->d_name);
		if (str_begins(e->d_name, "trivet-") && stat(path, &st) == 0 &&
			st.st_uid == owner.uid && st.st_size == (off_t)ALL)
			break;
		path[0] = '\0';
	}
	if (dir)
		closedir(dir);
	return path[0] != '\0';
}

static void hear_nothing(int priority, const char *line, size_t len)
{
	(void)priority, (void)line, (void)len;
}

static void writers(void)
{
	struct delivery d = fresh();
	uint64_t octets;
	address(&d, "writers");
	add(&d, maildir_of("writers"));
	int fd = begin(&d);
	/* Whoever is left with a descriptor has one of a file that nobody will see. */
	CHECK(deliver_seal(&d, &octets) == YES && octets == ALL);
	CHECK(write(fd, "evil", 4) == 4 && ftruncate(fd, 3) == 0);
	CHECK(deliver_commit(&d, ALL, ALL + 3) == YES);
	CHECK(pwrite(fd, "evil", 4, 0) == 4);
	deliver_end(&d);
	close(fd);
	CHECK(holds("writers", TOP BODY) && files("writers", "tmp") == 0);
}

/* Where nobody holds it, the draft is the message itself. */
static void no_copy(void)
{
	struct delivery d = fresh();
	struct stat draft, message;
	uint64_t octets;
	address(&d, "plain");
	add(&d, maildir_of("plain"));
	close(begin(&d));
	bool known = writers_none(d.spool);
	CHECK(files("plain", "tmp") == 1 && stat(last, &draft) == 0);
	CHECK(deliver_seal(&d, &octets) == YES && octets == ALL);
	CHECK(deliver_commit(&d, ALL, ALL + 3) == YES);
	deliver_end(&d);
	CHECK(holds("plain", TOP BODY) && stat(last, &message) == 0);
	CHECK(!known || draft.st_ino == message.st_ino);
}

static void renewed(void)
{
	struct delivery d = fresh();
	char text[] = "X-Top: 1\n";
	const struct str top = {.at = text, .len = strlen(text)};
	address(&d, "renewed");
	add(&d, maildir_of("renewed"));
	ready(&d);
	CHECK(deliver_renew(&d, &top, strlen(TOP), strlen(BODY)) == YES);
	int fd = deliver_read(&d);
	char there[8] = "";
	CHECK(read(fd, there, 5) == 5 && strcmp(there, "X-Top") == 0);
	close(fd);
	size_t all = strlen(text) + strlen(BODY);
	CHECK(deliver_commit(&d, all, all + 3) == YES);
	deliver_end(&d);
	CHECK(holds("renewed", "X-Top: 1\n" BODY) && files("renewed", "tmp") == 0);
}

/* Each has its own fate, and what one has got no other's failure takes away. */
static void one_by_one(void)
{
	struct delivery d = fresh();
	struct destination small = maildir_of("small");
	small.quota = ALL - 1;
	address(&d, "small");
	add(&d, small);
	address(&d, "alice");
	add(&d, maildir_of("alice"));
	address(&d, "refused");
	add(&d, maildir_of("alice"));
	add(&d, maildir_of("carol"));
	add(&d, program("exit 67"));
	address(&d, "carol");
	add(&d, maildir_of("carol"));
	add(&d, program("cat >/dev/null"));
	address(&d, "both");
	add(&d, small);
	add(&d, maildir_of("dave"));
	address(&d, "dave");
	add(&d, maildir_of("dave"));
	ready(&d);
	CHECK(commit_one(&d, 0) == MAILBOX_FULL && files("small", "new") == 0);
	CHECK(commit_one(&d, 1) == YES && files("alice", "new") == 1);
	CHECK(commit_one(&d, 2) == REPLY && str_begins(d.reply, "550 5.1.1 "));
	CHECK(files("alice", "new") == 1 && files("carol", "new") == 0);
	CHECK(commit_one(&d, 3) == YES && files("carol", "new") == 1);
	CHECK(commit_one(&d, 4) == MAILBOX_FULL && files("dave", "new") == 0);
	CHECK(commit_one(&d, 5) == YES && files("dave", "new") == 1);
	deliver_end(&d);
	CHECK(holds("alice", TOP BODY) && holds("carol", TOP BODY) && holds("dave", TOP BODY));
	CHECK(files("small", "new") == 0);
	static const char *const users[] = {"small", "alice", "carol", "dave"};
	for (size_t i = 0; i < 4; i++)
		CHECK(files(users[i], "tmp") == 0);
}

/* Where there are no links, a draft is moved, and the others have copies. */
static void without_links(void)
{
	struct delivery d = fresh();
	static const char *const users[] = {"l1", "l2", "l3"};
	no_links = true;
	for (size_t i = 0; i < 3; i++) {
		address(&d, users[i]);
		add(&d, maildir_of(users[i]));
	}
	address(&d, "again");
	add(&d, maildir_of("l1"));
	add(&d, program("cat >/dev/null"));
	ready(&d);
	for (size_t i = 0; i < 4; i++)
		CHECK(commit_one(&d, i) == YES);
	deliver_end(&d);
	no_links = false;
	for (size_t i = 0; i < 3; i++)
		CHECK(holds(users[i], TOP BODY) && files(users[i], "tmp") == 0);
}

/* By a link, two recipients have one Maildir; a folder that is missing is its Maildir. */
static void one_place(void)
{
	struct delivery d = fresh();
	char link[600];
	struct destination folder_of = maildir_of("twin"), by_link = maildir_of("way/twin");
	snprintf(link, sizeof link, "%.200s/way", folder);
	CHECK(symlink(".", link) == 0);
	str_copy(folder_of.folder, sizeof folder_of.folder, "none");
	address(&d, "twin");
	add(&d, maildir_of("twin"));
	address(&d, "link");
	add(&d, by_link);
	address(&d, "folder");
	add(&d, folder_of);
	ready(&d);
	CHECK(commit_one(&d, 0) == YES && commit_one(&d, 1) == YES && commit_one(&d, 2) == YES);
	deliver_end(&d);
	CHECK(holds("twin", TOP BODY) && files("twin", "tmp") == 0);
}

/* What is not on disk is nobody's, though a second fsync() says nothing of it. */
static void spool_lost(void)
{
	struct delivery d = fresh();
	address(&d, "lost");
	add(&d, maildir_of("lost"));
	address(&d, "other");
	add(&d, maildir_of("other"));
	ready(&d);
	sound_fsyncs = 0;
	CHECK(commit_one(&d, 0) == TROUBLE && commit_one(&d, 1) == TROUBLE);
	deliver_end(&d);
	CHECK(files("lost", "new") == 0 && files("other", "new") == 0);
	CHECK(files("lost", "tmp") == 0 && files("other", "tmp") == 0);
}

/* A copy that fails for one recipient is made anew for the next, and leaves nothing behind. */
static void copy_lost(void)
{
	struct delivery d = fresh();
	no_links = true;
	address(&d, "home");
	add(&d, maildir_of("home"));
	address(&d, "first");
	add(&d, maildir_of("copy"));
	address(&d, "second");
	add(&d, maildir_of("copy"));
	ready(&d);
	sound_fsyncs = 1;
	CHECK(commit_one(&d, 0) == YES && commit_one(&d, 1) == TROUBLE);
	CHECK(files("copy", "tmp") == 0 && files("copy", "new") == 0);
	CHECK(commit_one(&d, 2) == YES);
	deliver_end(&d);
	no_links = false;
	CHECK(holds("home", TOP BODY) && holds("copy", TOP BODY));
	CHECK(files("home", "tmp") == 0 && files("copy", "tmp") == 0);
}

static void taken_back(void)
{
	struct delivery d = fresh();
	address(&d, "kept");
	add(&d, maildir_of("kept"));
	address(&d, "gone");
	add(&d, maildir_of("gone"));
	add(&d, maildir_of("kept"));
	deliver_take_back(&d);
	CHECK(d.count == 1 && d.recipients == 1 && d.reaches == 1);
	ready(&d);
	CHECK(deliver_commit(&d, ALL, ALL + 3) == YES);
	deliver_end(&d);
	CHECK(files("kept", "new") == 1 && files("gone", "new") == 0);
}

static void programs_alone(void)
{
	struct delivery d = fresh();
	address(&d, "first");
	add(&d, program("cmp -s - /dev/null; test $? = 1"));
	address(&d, "second");
	add(&d, program("test \"$SENDER:$RECIPIENT:$HELO:$CLIENT\" = "
			"a@example.net:second@example.org:client:192.0.2.7"));
	ready(&d);
	CHECK(loose_spools());
	CHECK(deliver_commit(&d, ALL, ALL + 3) == YES);
	deliver_end(&d);
	CHECK(!loose_spools());
}

int main(void)
{
	log_divert(hear_nothing);
	folder_make();
	owner = (struct priv_ids){geteuid() ? geteuid() : 4242, geteuid() ? getegid() : 4242};
	if (geteuid() == 0)
		CHECK(chown(folder, owner.uid, owner.gid) == 0);
	settings = (struct settings){.hostname = "mail.example.org", .program_timeout = 10};
	writers();
	no_copy();
	renewed();
	one_by_one();
	without_links();
	one_place();
	spool_lost();
	copy_lost();
	taken_back();
	programs_alone();
	folder_remove();
	return unit_end();
}
