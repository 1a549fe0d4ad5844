/*
 * smtpd's delivery to recipients one by one (LMTP): places that are one, file systems without
 * links, and what could not be written.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

static bool no_links;
static int sound_fsyncs = -1; /* before one fails; negative: none does */
static int test_link(int from, const char *name, int to, const char *as, int flags);
static int test_fsync(int fd);
#define linkat test_link
#define fsync test_fsync
#include "../../lib/maildir_draft.c"
#include "smtpd_deliver.h"
#undef linkat
#undef fsync

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

static enum verdict commit_one(struct delivery *d, size_t recipient)
{
	return deliver_commit_one(d, recipient, ALL, ALL + 3);
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

int main(void)
{
	set_up();
	one_by_one();
	without_links();
	one_place();
	spool_lost();
	copy_lost();
	folder_remove();
	return unit_end();
}
