/*
 * account_store: what is left in the account folder when a change does not come to its end. Works
 * in a folder of its own below the current one.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "log.h"
#include "settings.h"
#include "str.h"
#include "unit.h"

static char logged[LOG_LINE]; /* the last line */

static void keep_line(int priority, const char *line, size_t len)
{
	(void)priority;
	(void)len;
	str_copy(logged, sizeof logged, line);
}

/* Hidden files in the account folder. */
static int drafts(void)
{
	const struct dirent *entry;
	DIR *folder = opendir(settings.accounts);
	int n = 0;
	CHECK(folder != NULL);
	while (folder && (entry = readdir(folder)) != NULL)
		n += entry->d_name[0] == '.' && strcmp(entry->d_name, ".") != 0 &&
		     strcmp(entry->d_name, "..") != 0;
	if (folder)
		closedir(folder);
	return n;
}

/* What cannot get its name leaves no file, with a hash in it, under another one. */
static void check_drafts(const char *path)
{
	struct account a = {.name = "folder", .password = "$6$salt$hash"};
	CHECK(mkdir(path, 0700) == 0);
	CHECK(account_store(&a, true) == ACCOUNT_EXISTS && drafts() == 0);
	CHECK(account_store(&a, false) == ACCOUNT_TROUBLE && drafts() == 0);
	CHECK(str_ends(logged, "/folder: Is a directory"));
	CHECK(rmdir(path) == 0 && account_store(&a, false) == ACCOUNT_OK && drafts() == 0);
	CHECK(account_remove("folder") == ACCOUNT_OK);
}

int main(void)
{
	char accounts[] = "account_store.XXXXXX", path[64];
	log_divert(keep_line);
	CHECK(mkdtemp(accounts) != NULL);
	settings.accounts = accounts;
	snprintf(path, sizeof path, "%s/folder", accounts);
	check_drafts(path);
	CHECK(rmdir(accounts) == 0);
	return unit_end();
}
