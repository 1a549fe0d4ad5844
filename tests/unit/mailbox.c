/*
 * mailbox: the path that the setting `mail` leads to, and the owner, who only matters to root.
 * Works in a folder of its own below the current one.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "log.h"
#include "settings.h"
#include "str.h"
#include "unit.h"

#define VMAIL 4242

static char here[ACCOUNT_PATH];
static char logged[LOG_LINE]; /* the last line */

static void keep_line(int priority, const char *line, size_t len)
{
	(void)priority;
	(void)len;
	str_copy(logged, sizeof logged, line);
}

/* The setting is our folder with `tail` behind it. */
static void set_mail(const char *tail)
{
	static char mail[ACCOUNT_PATH + 64];
	snprintf(mail, sizeof mail, "%s%s", here, tail);
	settings.mail = mail;
}

static void check_paths(void)
{
	static const struct {
		const char *mail, *name, *path; /* NULL: refused */
	} rows[] = {
		{"/%u", "alice", "/alice"},
		{"", "alice", "/alice"},
		{"", "a@b.c", "/a@b.c"},
		{"", "50%u", "/50%u"},
		{"/%u", "%d", "/%d"},
		{"/%d/%n/Maildir", "alice@example.org", "/example.org/alice/Maildir"},
		{"/x-%n", "a@b@c", "/x-a@b"},
		{"/%n", "alice", "/alice"},
		{"/%d", "alice", NULL},
		{"/%n", "@d", NULL},
		{"/%d", "a@..", NULL},
		{"/%d/%n", "a@.", NULL},
		{"/%d", "a@", NULL},
		{"/%x", "alice", NULL},
		{"/%", "alice", NULL},
		{"/%%", "alice", NULL},
	};
	struct account a = {.quota = 0};
	struct mailbox box;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		set_mail(rows[i].mail);
		strcpy(a.name, rows[i].name);
		enum account_result result = account_mailbox(&a, &box);
		CHECK(result == (rows[i].path ? ACCOUNT_OK : ACCOUNT_TROUBLE));
		if (rows[i].path && result == ACCOUNT_OK)
			CHECK_TEXT(box.path + strlen(here), rows[i].path);
	}
	strcpy(a.maildir, "/elsewhere");
	CHECK(account_mailbox(&a, &box) == ACCOUNT_OK);
	CHECK_TEXT(box.path, "/elsewhere");
}

static void check_long_path(void)
{
	struct account a = {.quota = 0};
	struct mailbox box;
	char tail[ACCOUNT_PATH] = "/";
	memset(tail + 1, 'x', 40);
	strcpy(a.name, "alice");
	for (size_t i = 0; i < 16; i++)
		strncat(tail, "/%u/%u/%u/%u/%u/%u/%u/%u/%u/%u/%u", sizeof tail - strlen(tail) - 1);
	static char mail[2 * ACCOUNT_PATH];
	snprintf(mail, sizeof mail, "%s%s", here, tail);
	settings.mail = mail;
	CHECK(account_mailbox(&a, &box) == ACCOUNT_TROUBLE && errno == EINVAL);
	CHECK(strstr(logged, "too long"));
}

/* A plain user's mail is his own, whatever the account says. */
static void check_plain_owner(void)
{
	struct account a = {.name = "alice", .uid = 0, .has_uid = true};
	struct mailbox box;
	set_mail("/missing/%u");
	CHECK(account_mailbox(&a, &box) == ACCOUNT_OK);
	CHECK(box.owner.uid == geteuid() && box.owner.gid == getegid());
}

static void check_owners(void)
{
	static const struct {
		const char *mail;
		int folder; /* whose it is */
		int uid, gid; /* of the account, -1: none */
		const char *user;
		uint64_t first_uid;
		int owner, group; /* expected; -1: refused */
	} rows[] = {
		{"", VMAIL, -1, -1, "nobody", 1000, VMAIL, VMAIL},
		{"/%u", VMAIL, -1, -1, "nobody", 1000, VMAIL, VMAIL},
		{"/x-%u", VMAIL, -1, 4343, "nobody", 1000, VMAIL, 4343},
		{"", VMAIL, -1, -1, "no such user", 1000, VMAIL, VMAIL},
		{"", VMAIL, -1, -1, "nobody", 5000, VMAIL, VMAIL}, /* mail's owner is excepted */
		{"", VMAIL, VMAIL, -1, "nobody", 5000, VMAIL, VMAIL},
		{"", VMAIL, 4343, -1, "nobody", 1000, 4343, 4343},
		{"", VMAIL, 4343, -1, "nobody", 5000, -1, -1},
		{"", VMAIL, 0, -1, "nobody", 1, -1, -1},
		{"", VMAIL, 4343, 0, "nobody", 1000, -1, -1},
		{"", VMAIL, 65534, -1, "nobody", 1000, -1, -1},
		{"", 0, -1, -1, "nobody", 1000, -1, -1},
		{"", 65534, -1, -1, "nobody", 1000, -1, -1},
		{"", 0, 4343, -1, "nobody", 1000, 4343, 4343},
		{"/missing", VMAIL, -1, -1, "nobody", 1000, -1, -1},
		{"/missing/%u", VMAIL, 4343, -1, "nobody", 1000, 4343, 4343},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct account a = {.name = "alice",
			.has_uid = rows[i].uid >= 0,
			.uid = (uid_t)rows[i].uid,
			.has_gid = rows[i].gid >= 0,
			.gid = (gid_t)rows[i].gid};
		struct mailbox box;
		set_mail(rows[i].mail);
		settings.user = rows[i].user;
		settings.first_uid = rows[i].first_uid;
		CHECK(chown(".", (uid_t)rows[i].folder, 0) == 0);
		errno = 0;
		if (rows[i].owner < 0) {
			CHECK(account_mailbox(&a, &box) == ACCOUNT_TROUBLE && errno == EINVAL);
			continue;
		}
		CHECK(account_mailbox(&a, &box) == ACCOUNT_OK);
		CHECK(box.owner.uid == (uid_t)rows[i].owner &&
			box.owner.gid == (gid_t)rows[i].group);
	}
}

int main(void)
{
	char work[] = "mailbox.XXXXXX";
	log_divert(keep_line);
	CHECK(mkdtemp(work) && chdir(work) == 0 && getcwd(here, sizeof here));
	settings.user = "nobody";
	settings.first_uid = 1000;
	if (geteuid() == 0) {
		check_owners();
		CHECK(chown(".", VMAIL, VMAIL) == 0);
	} else {
		check_plain_owner();
	}
	check_paths();
	check_long_path();
	return unit_end();
}
