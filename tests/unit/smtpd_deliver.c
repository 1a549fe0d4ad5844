/*
 * smtpd's delivery by itself: a front that goes on writing, a draft that is made anew, and programs
 * alone.
 */
#include "smtpd_deliver.h"

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
			"a@example.net:second@example.org:c??lient:192.0.2.7"));
	ready(&d);
	CHECK(loose_spools());
	CHECK(deliver_commit(&d, ALL, ALL + 3) == YES);
	deliver_end(&d);
	CHECK(!loose_spools());
}

int main(void)
{
	set_up();
	writers();
	no_copy();
	renewed();
	taken_back();
	programs_alone();
	folder_remove();
	return unit_end();
}
