/*
 * smtpd's delivery, all of it, and a message that is made and looked for.
 */
#ifndef TESTS_SMTPD_DELIVER_H
#define TESTS_SMTPD_DELIVER_H

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../smtpd/deliver.c"
#include "../../smtpd/path.c"
#include "../../smtpd/program.c"
#include "../../smtpd/complaints.c"
#include "../../smtpd/publish.c"
#include "../../smtpd/quota.c"
#include "../../smtpd/spool.c"
#include "child.h"

#include <dirent.h>
#include <sysexits.h>

#define TOP "Return-Path: <>\n"
#define BODY "\nHello\n"
#define ALL sizeof(TOP BODY) - 1

static const struct path sender = {.local = "a", .domain = "example.net"};
static struct priv_ids owner;

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
	return (struct delivery){.sender = &sender, .helo = "c\033\351lient", .ip = "192.0.2.7"};
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

static void hear_nothing(int priority, const char *line, size_t len)
{
	(void)priority, (void)line, (void)len;
}

static void set_up(void)
{
	log_divert(hear_nothing);
	folder_make();
	owner = (struct priv_ids){geteuid() ? geteuid() : 4242, geteuid() ? getegid() : 4242};
	if (geteuid() == 0)
		CHECK(chown(folder, owner.uid, owner.gid) == 0);
	settings = (struct settings){.hostname = "mail.example.org", .program_timeout = 10};
}

#endif
