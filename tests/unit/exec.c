/*
 * Unit test of lib/exec.c and lib/exec_read.c: what a program is given, and all the ways in which
 * it may end.
 */
#include <unistd.h>

static ssize_t test_read(int from, void *to, size_t n);
#define read test_read
#include "../../lib/exec_read.c"
#undef read

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "child.h"

static char output[4096], errors[100];
static int chatter; /* times that there is something to read, whatever was written */

static ssize_t test_read(int from, void *to, size_t n)
{
	if (chatter == 0)
		return read(from, to, n);
	chatter--;
	memset(to, 'y', n);
	return (ssize_t)n;
}

static struct exec shell(const char *const *argv)
{
	return (struct exec){.argv = (char *const *)(uintptr_t)argv, .seconds = 20, .watch = -1};
}

static struct exec_end run_program(const struct exec *p)
{
	const struct exec_text said[2] = {{output, sizeof output}, {errors, sizeof errors}};
	return exec_read(p, said);
}

static struct exec_end run(const char *script)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	struct exec p = shell(argv);
	return run_program(&p);
}

static void check_ends(void)
{
	struct exec_end end = run("exit 3");
	CHECK_TEXT(exec_end_text(end), "status=3");
	CHECK_TEXT(exec_end_text(run("kill -USR1 $$")), "signal=10");
	const char *const nothing[] = {"/nowhere/program", NULL};
	struct exec p = shell(nothing);
	end = run_program(&p);
	CHECK(end.how == EXEC_STATUS && end.number == EXEC_NOT_RUN);
}

static void check_surroundings(void)
{
	static const char *const env[] = {"SENDER=a@example.net", "ODD=a b\nc", NULL};
	static const char *const argv[] = {"/bin/sh", "-c",
		"echo $SENDER; env | wc -l; ls /proc/self/fd | tr '\\n' ' '; cat", NULL};
	char from[] = "exec.XXXXXX";
	int file = mkstemp(from), stray = open("/dev/null", O_RDONLY);
	CHECK(file >= 0 && stray >= 0 && write(file, "text\n", 5) == 5 &&
		lseek(file, 0, SEEK_SET) == 0);
	unlink(from);
	signal(SIGPIPE, SIG_IGN);
	struct exec p = shell(argv);
	p.env = env;
	p.fd = &file;
	p.fds = 1;
	CHECK_TEXT(exec_end_text(run_program(&p)), "status=0");
	/* PATH, the two, one of them two lines, and what the shell itself sets (PWD). */
	CHECK_TEXT(output, "a@example.net\n5\n0 1 2 3 text\n");
	CHECK_TEXT(exec_end_text(run("yes | head -n 1 >/dev/null; kill -PIPE $$")), "signal=13");
	signal(SIGPIPE, SIG_DFL);
	close(file);
	close(stray);
}

/* All of its environment, or it is not run. */
static void check_environment(void)
{
	static const char *const argv[] = {"/bin/sh", "-c", "echo $A$B$C$D$E$F$G$H", NULL};
	static const char *const env[] = {
		"A=1", "B=2", "C=3", "D=4", "E=5", "F=6", "G=7", "H=8", "I=9", NULL};
	const char *fitting[EXEC_ENV + 1] = {NULL};
	struct exec p = shell(argv);
	memcpy(fitting, env, EXEC_ENV * sizeof *env);
	p.env = fitting;
	CHECK_TEXT(exec_end_text(run_program(&p)), "status=0");
	CHECK_TEXT(output, "12345678\n");
	p.env = env;
	struct exec_end end = run_program(&p);
	CHECK(end.how == EXEC_ERRNO && end.number == E2BIG);
}

static void check_output(void)
{
	CHECK_TEXT(exec_end_text(run("head -c 300000 /dev/zero | tr '\\0' a; exit 1")), "status=1");
	CHECK(strlen(output) == sizeof output - 1 && output[sizeof output - 2] == 'a');
	CHECK_TEXT(exec_end_text(run("printf one; exec >&-; exit 0")), "status=0");
	CHECK_TEXT(output, "one");
}

/* Also of what could not be run there is an output, which is empty. */
static void check_no_output(void)
{
	struct rlimit before, few;
	int lowest = dup(STDERR_FILENO);
	CHECK(lowest >= 0 && getrlimit(RLIMIT_NOFILE, &before) == 0);
	few = (struct rlimit){.rlim_cur = (rlim_t)lowest + 1, .rlim_max = before.rlim_max};
	strcpy(output, "of before");
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	struct exec_end end = run("exit 0");
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK(end.how == EXEC_ERRNO && end.number == EMFILE);
	CHECK_TEXT(output, "");
	close(lowest);
}

/* However much there is of both. */
static void check_errors(void)
{
	CHECK_TEXT(exec_end_text(run("echo one; echo two >&2; exit 2")), "status=2");
	CHECK_TEXT(output, "one\n");
	CHECK_TEXT(errors, "two\n");
	CHECK_TEXT(exec_end_text(run("head -c 300000 /dev/zero | tr '\\0' e >&2; echo out")),
		"status=0");
	CHECK(strlen(errors) == sizeof errors - 1 && errors[sizeof errors - 2] == 'e');
	CHECK_TEXT(output, "out\n");
	CHECK_TEXT(exec_end_text(run("exec 2>&-; exit 1")), "status=1");
	CHECK_TEXT(errors, "");
}

/* Soon: whoever inherits it has to reap it. */
static bool is_gone(pid_t pid)
{
	for (int tries = 0; pid > 0 && tries < 2000; tries++) {
		if (kill(pid, 0) < 0 && errno == ESRCH)
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

/* Its own children go with it, and neither they nor its open output keep us. */
static void check_limits(void)
{
	static const char *const argv[] = {
		"/bin/sh", "-c", "tail -f /dev/null & echo $!; tail -f /dev/null", NULL};
	struct exec p = shell(argv);
	p.seconds = 1;
	CHECK_TEXT(exec_end_text(run_program(&p)), "seconds=1");
	CHECK(is_gone(atoi(output)));
	CHECK_TEXT(exec_end_text(run("tail -f /dev/null & echo $!")), "status=0");
	CHECK(is_gone(atoi(output)));
}

/* What has left the group may go on writing: where there is no room left, nobody reads that. */
static void check_chatter(void)
{
	chatter = 1000;
	CHECK_TEXT(exec_end_text(run("exit 0")), "status=0");
	CHECK(strlen(output) == sizeof output - 1 && chatter > 990);
	chatter = 0;
}

static void check_watch(void)
{
	static const char *const argv[] = {"/bin/sh", "-c", "tail -f /dev/null", NULL};
	struct exec p = shell(argv);
	int ends[2];
	CHECK(pipe(ends) == 0);
	p.watch = ends[0];
	close(ends[1]);
	CHECK_TEXT(exec_end_text(run_program(&p)), "dropped=0");
	close(ends[0]);
}

static void check_owner(void)
{
	static const char *const argv[] = {"/bin/sh", "-c", "id -u; id -g; id -G", NULL};
	struct priv_ids ids = {4321, 4322};
	struct exec p = shell(argv);
	p.owner = &ids;
	CHECK_TEXT(exec_end_text(run_program(&p)), "status=0");
	CHECK_TEXT(output, "4321\n4322\n4322\n");
}

int main(void)
{
	check_ends();
	check_surroundings();
	check_environment();
	check_output();
	check_no_output();
	check_errors();
	check_limits();
	check_chatter();
	check_watch();
	if (priv_root())
		check_owner();
	return unit_end();
}
