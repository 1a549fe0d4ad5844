/*
 * start: starts a daemon again and again, one after the other, and takes the time from its exec
 * until it says that it is listening. Run as whoever may start it.
 */
#include "load.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start(char **argv, int *said)
{
	int ends[2];
	if (pipe(ends) < 0)
		load_fail("pipe: %s", strerror(errno));
	pid_t pid = fork();
	if (pid < 0)
		load_fail("fork: %s", strerror(errno));
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(argv[0], argv);
		_exit(127);
	}
	close(ends[1]);
	*said = ends[0];
	return pid;
}

static void await(const char *program, int said)
{
	char text[4096];
	size_t have = 0;
	do {
		ssize_t n = read(said, text + have, sizeof text - 1 - have);
		if (n <= 0)
			load_fail("%s does not listen", program);
		have += (size_t)n;
		text[have] = '\0';
	} while (!strstr(text, "listening on "));
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs("usage: start TIMES PROGRAM ARGUMENT ...\n", stderr);
		return 64;
	}
	unsigned long times = load_number(argv[1]);
	double took = 0;
	for (unsigned long i = 0; i < times; i++) {
		int said;
		double began = load_clock();
		pid_t pid = start(argv + 2, &said);
		await(argv[2], said);
		took += load_clock() - began;
		kill(pid, SIGTERM);
		waitpid(pid, NULL, 0);
		close(said);
	}
	load_report((double)times, took);
	return 0;
}
