/*
 * logins: who is logged in where. Runs in the keeper, with the privileges of the start.
 */
#include "logins.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <utmpx.h>

#include "str.h"

/* A name below /dev, once: no path that leads out of there, and no X display (":0"). */
static void add_login(struct logins *l, const char *line)
{
	if (line[0] == '\0' || strchr("/:", line[0]) || strstr(line, ".."))
		return;
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->line[i], line) == 0)
			return;
	if (l->count < LOGINS_MOST && str_copy(l->line[l->count], sizeof l->line[0], line))
		l->count++;
}

/* False: it knows nobody. */
static bool read_utmp(const char *user, struct logins *l)
{
	bool somebody = false;
	setutxent();
	for (struct utmpx *e; (e = getutxent()) != NULL;) {
		char name[sizeof e->ut_user + 1] = "", line[sizeof e->ut_line + 1] = "";
		if (e->ut_type != USER_PROCESS)
			continue;
		somebody = true;
		memcpy(name, e->ut_user, sizeof e->ut_user);
		memcpy(line, e->ut_line, sizeof e->ut_line);
		if (strcmp(name, user) == 0)
			add_login(l, line);
	}
	endutxent();
	return somebody;
}

/* The user's own devices of a folder whose names begin so. */
static void scan_devices(struct logins *l, uid_t uid, const char *below, const char *begin)
{
	char path[512];
	struct stat st;
	DIR *dir = opendir(below);
	for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
		if (!str_begins(e->d_name, begin) || e->d_name[0] == '.' ||
			fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			!S_ISCHR(st.st_mode) || st.st_uid != uid)
			continue;
		snprintf(path, sizeof path, "%s/%s", below, e->d_name);
		add_login(l, path + strlen("/dev/"));
	}
	if (dir)
		closedir(dir);
}

/* Consoles where nobody sits are root's, too. */
void logins_find(const char *user, uid_t uid, struct logins *l)
{
	l->count = 0;
	if (read_utmp(user, l))
		return;
	scan_devices(l, uid, "/dev/pts", "");
	if (uid != 0)
		scan_devices(l, uid, "/dev", "tty");
}
