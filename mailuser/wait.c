/*
 * wait: until there is mail in a Maildir of a sink (smtpd -S, pop3d -S). Run by a developer or his
 * tests, with their rights.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "account_sink.h"
#include "maildir.h"
#include "mailuser.h"
#include "str.h"
#include "watch.h"

#define SECONDS 10
#define SECONDS_MAX 1000000

struct newest {
	char name[MAILDIR_NAME]; /* "" : there is no message */
	enum maildir_folder folder;
};

/* Names begin with the time. */
static void compare(void *context, enum maildir_folder folder, const char *name)
{
	struct newest *n = context;
	if (strcmp(name, n->name) > 0 && str_copy(n->name, sizeof n->name, name))
		n->folder = folder;
}

/* Prints the path of the newest message. EX_TEMPFAIL: there is none. */
static int look(const char *path)
{
	struct newest newest = {.name = ""};
	struct maildir m;
	if (maildir_open(&m, path) < 0)
		return errno == ENOENT ? EX_TEMPFAIL
				       : complain(EX_NOPERM, "%s: %s", path, strerror(errno));
	int scanned = maildir_scan(&m, compare, &newest);
	int reason = errno;
	maildir_close(&m);
	if (scanned < 0)
		return complain(EX_IOERR, "%s: %s", path, strerror(reason));
	if (!newest.name[0])
		return EX_TEMPFAIL;
	printf("%s/%s/%s\n", path, maildir_folder_name(newest.folder), newest.name);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

/* Where something will come: into new/, or what leads there. */
static void watch_nearest(struct watch *w, const char *path)
{
	char folder[ACCOUNT_PATH + 8];
	snprintf(folder, sizeof folder, "%s/%s", path, maildir_folder_name(MAILDIR_NEW));
	while (access(folder, F_OK) < 0 && strcmp(folder, account_sink()) != 0)
		*strrchr(folder, '/') = '\0';
	watch_begin(w, folder);
}

/* The watch begins before the look, so that nothing comes between. */
static int wait_for(const char *path, int64_t until)
{
	for (;;) {
		struct watch w;
		watch_nearest(&w, path);
		int status = look(path);
		int64_t left = until - now_ms();
		if (status == EX_TEMPFAIL && left > 0)
			watch_wait(&w, (int)left);
		watch_end(&w);
		if (status != EX_TEMPFAIL || left <= 0)
			return status;
	}
}

int run_wait(char **argv)
{
	struct account a;
	const char *folder = NULL;
	uint64_t seconds = SECONDS;
	int argc = 0;
	while (argv[argc])
		argc++;
	optind = 1;
	for (int letter; (letter = getopt(argc, argv, "+:S:")) != -1; folder = optarg)
		if (letter != 'S')
			return EX_USAGE;
	char **operand = argv + optind;
	int operands = argc - optind;
	if (!folder || operands < 1 || operands > 2 || !*operand[0] ||
		(operands == 2 && !str_number(operand[1], SECONDS_MAX, &seconds)))
		return EX_USAGE;
	account_sink_look(folder);
	account_find(operand[0], &a);
	return wait_for(a.maildir, now_ms() + (int64_t)seconds * 1000);
}
