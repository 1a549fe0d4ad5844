/*
 * account_checkpassword: a program by the interface of qmail's checkpassword decides who may log
 * in, as whom and where. Runs in keepers, with the privileges of the start and before the client
 * has logged in.
 *
 * The program gets name, password and a time on descriptor 3, and becomes the user; it then runs
 * what its arguments say: here a shell that reports HOME. That report comes from a process of the
 * user's, who might interfere with it, so that the ids are not in it: the kernel tells them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "account_file.h"
#include "io.h"
#include "log.h"
#include "exec.h"
#include "settings.h"
#include "str.h"

#define SECONDS 30 /* that it may take */
#define INPUT_MAX 512 /* octets that it has to read, by the interface */
#define ARGUMENTS_MAX 32 /* the program's name is one */
#define TEXT_MAX 5120 /* of the setting */

static const char too_many[] = "more than 32 words, or 5119 octets";

/* The program and its arguments, cut out of a copy of the setting, and what it is to run. False:
 * too many, or too long. */
static bool put_arguments(char words[TEXT_MAX], char *argv[ARGUMENTS_MAX + 4])
{
	static char report[][32] = {"/bin/sh", "-c", "printf '%s\\n' \"$HOME\" >&4"};
	size_t n = 0;
	bool all = str_copy(words, TEXT_MAX, settings.accounts);
	str_word(&words); /* "checkpassword" */
	while (n < ARGUMENTS_MAX && (argv[n] = str_word(&words)) != NULL)
		n++;
	all = all && !str_word(&words);
	for (size_t i = 0; i < sizeof report / sizeof report[0]; i++)
		argv[n++] = report[i];
	argv[n] = NULL;
	return all;
}

void account_program_ready(void)
{
	char words[TEXT_MAX], *argv[ARGUMENTS_MAX + 4];
	int probe[2];
	if (!put_arguments(words, argv))
		die(EX_CONFIG, "accounts %s: %s", settings.accounts, too_many);
	if (access(argv[0], X_OK) < 0)
		die(EX_CONFIG, "accounts %s: cannot run the program: %s", settings.accounts,
			strerror(errno));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, probe) < 0 || priv_expect_sender(probe[0]) < 0)
		die(EX_CONFIG, "accounts %s: cannot know as whom it ends: %s", settings.accounts,
			strerror(errno));
	close(probe[0]);
	close(probe[1]);
}

/* A pipe that holds name, password and time, and then its end; -1 and errno. */
static int make_input(const char *name, const char *secret)
{
	char text[INPUT_MAX];
	int ends[2];
	int n = snprintf(
		text, sizeof text, "%s%c%s%c%lld%c", name, 0, secret, 0, (long long)time(NULL), 0);
	errno = EMSGSIZE;
	if (n > INPUT_MAX || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	int written = write_all(ends[1], text, (size_t)n); /* it has room for that */
	str_wipe(text, sizeof text);
	close(ends[1]);
	if (written == 0)
		return ends[0];
	close(ends[0]);
	return -1;
}

static enum account_result judge(struct exec_end end)
{
	static const struct {
		int status;
		const char *meaning;
	} rows[] = {{2, "is misused"}, {EXEC_NOT_RUN, "cannot be run"}, {111, "has trouble"}};
	if (end.how == EXEC_STATUS && end.number <= 1)
		return end.number == 0 ? ACCOUNT_OK : ACCOUNT_NONE;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (end.how == EXEC_STATUS && rows[i].status == end.number)
			return account_trouble(EIO, "accounts %s: status=%d: it %s",
				settings.accounts, end.number, rows[i].meaning);
	return account_trouble(EIO, "accounts %s: %s", settings.accounts, exec_end_text(end));
}

/* What the shell has said, and who it was. */
static enum account_result take_report(int from, struct account *a)
{
	struct priv_ids ids;
	ssize_t n = priv_receive_from(from, a->maildir, sizeof a->maildir, &ids);
	size_t room = sizeof a->maildir - sizeof "/Maildir";
	if (n < 2 || (size_t)n > room || a->maildir[n - 1] != '\n' || a->maildir[0] != '/' ||
		memchr(a->maildir, '\0', (size_t)n))
		return account_trouble(EINVAL,
			"accounts %s: it let %s in, but set no HOME, or did not run what it is "
			"given",
			settings.accounts, a->name);
	strcpy(a->maildir + n - 1, "/Maildir");
	a->uid = ids.uid;
	a->gid = ids.gid;
	a->has_uid = a->has_gid = true;
	return ACCOUNT_OK;
}

static enum account_result ask(const char *secret, struct account *a, const int report[2])
{
	char words[TEXT_MAX], *argv[ARGUMENTS_MAX + 4];
	if (!put_arguments(words, argv)) /* by settings that were read again */
		return account_trouble(E2BIG, "accounts %s: %s", settings.accounts, too_many);
	int input = make_input(a->name, secret);
	if (input < 0)
		return errno == EMSGSIZE ? ACCOUNT_NONE
					 : account_trouble(errno, "pipe: %s", strerror(errno));
	int fd[] = {-1, -1, -1, input, report[1]};
	struct exec program = {.argv = argv,
		.fd = fd,
		.fds = sizeof fd / sizeof fd[0],
		.seconds = SECONDS,
		.watch = -1};
	enum account_result result = judge(exec_run(&program));
	int reason = errno;
	close(input);
	errno = reason;
	return result == ACCOUNT_OK ? take_report(report[0], a) : result;
}

enum account_result account_program_login(const char *name, const char *secret, struct account *a)
{
	int report[2];
	*a = (struct account){.quota = 0};
	if (!str_copy(a->name, sizeof a->name, name) || !account_name(a->name))
		return ACCOUNT_NONE;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report) < 0)
		return account_trouble(errno, "socketpair: %s", strerror(errno));
	enum account_result result = priv_expect_sender(report[0]) == 0
					     ? ask(secret, a, report)
					     : account_trouble(errno, "accounts %s: %s",
						       settings.accounts, strerror(errno));
	int reason = errno;
	close(report[0]);
	close(report[1]);
	errno = reason;
	return result;
}
