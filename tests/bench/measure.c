/*
 * measure: runs one server of a benchmark as its child, and tells what this and all that it starts
 * take of processor and memory.
 *
 *   measure [-p tcp:PORT | -p udp:PORT] LOG PROGRAM ARGUMENT ...
 *   measure port tcp|udp        prints a port of 127.0.0.1 that is free now
 *
 * Says "port PORT" when the server has printed "listening on ADDR:PORT", or, with -p, when that
 * port is in use. What the server prints is appended to LOG. Then each line of standard input has
 * one line for an answer: "mark": counting begins anew; "memory": PSS and page tables in KB, and
 * the number of processes; "end": ends the server, waits for all of it, and says "cpu" and the
 * microseconds (user and system) since the mark. The end of input does the same. Orphans come to
 * this process, so that nothing a server has started is missed but what it lets the kernel reap.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "living.h"
#include "net.h"
#include "str.h"

#define START_MS 20000 /* until the server listens */
#define END_MS 40000 /* until all has ended; then it is killed */
#define LOOK_MS 5 /* between two looks at what tells of itself by nothing */

static const char usage[] = "usage: measure [-p tcp:PORT | -p udp:PORT] LOG PROGRAM ARGUMENT ...\n";

static struct {
	pid_t pid;
	int log, told; /* what it prints comes by `told` and goes to `log` */
	const char *awaited; /* tcp:PORT, udp:PORT; NULL: it says */
	char port[8]; /* "": not known yet */
	int64_t mark; /* microseconds */
} server;

static void tell_memory(void)
{
	uint64_t pss = 0, tables = 0;

	find_living();
	for (size_t i = 0; i < living.count; i++) {
		pss += field(living.pid[i], "smaps_rollup", "Pss:");
		tables += field(living.pid[i], "status", "VmPTE:");
	}
	printf("memory %llu %llu %zu\n", (unsigned long long)pss, (unsigned long long)tables,
		living.count);
}

/* Ctrl-C reaches us as well as who asked for it, who will end us: else the server would be left. */
static void on_end(void (*action)(int))
{
	signal(SIGINT, action);
	signal(SIGTERM, action);
	signal(SIGHUP, action);
}

static void start_server(const char *log, char **argv)
{
	int pipe[2];

	server.log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (server.log < 0)
		fail("%s: %s", log, strerror(errno));
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || pipe2(pipe, O_CLOEXEC) < 0 ||
		(server.pid = fork()) < 0)
		fail("%s", strerror(errno));
	server.told = pipe[0];
	if (server.pid > 0) {
		close(pipe[1]);
		return;
	}
	setsid();
	on_end(SIG_DFL);
	dup2(open("/dev/null", O_RDWR), STDIN_FILENO);
	dup2(pipe[1], STDOUT_FILENO);
	dup2(pipe[1], STDERR_FILENO);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* What the server has printed. Of its first lines one may tell the port. */
static void take_told(void)
{
	static char text[4096];
	static size_t have;
	char *at;
	ssize_t n = read(server.told, text + have, sizeof text - 1 - have);

	if (n <= 0) {
		close(server.told);
		server.told = -1;
		return;
	}
	write_all(server.log, text + have, (size_t)n);
	have += (size_t)n;
	text[have] = 0;
	at = strstr(text, "listening on ");
	if (!*server.port && at && strchr(at, '\n')) {
		at[strcspn(at, "\n")] = 0;
		snprintf(server.port, sizeof server.port, "%.5s", strrchr(at, ':') + 1);
	}
	if (*server.port || have > sizeof text / 2)
		have = 0;
}

/* In a table of /proc/net: of TCP, a listener. */
static bool in_table(const char *path, unsigned port, bool tcp)
{
	char line[512];
	unsigned local, state;
	bool found = false;
	FILE *in = fopen(path, "r");

	while (in && !found && fgets(line, sizeof line, in))
		found = sscanf(line, " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &local, &state) ==
				2 &&
			local == port && (!tcp || state == 0x0A);
	if (in)
		fclose(in);
	return found;
}

static void look_for_port(void)
{
	const char *number = strchr(server.awaited, ':') + 1;
	bool tcp = str_begins(server.awaited, "tcp:");
	unsigned port = (unsigned)atoi(number);

	if (in_table(tcp ? "/proc/net/tcp" : "/proc/net/udp", port, tcp) ||
		in_table(tcp ? "/proc/net/tcp6" : "/proc/net/udp6", port, tcp))
		snprintf(server.port, sizeof server.port, "%s", number);
}

static void await_port(void)
{
	int64_t until = now_ms() + START_MS;

	while (!*server.port) {
		struct pollfd p = {.fd = server.told, .events = POLLIN};

		if (now_ms() > until || server.told < 0)
			fail("the server does not listen");
		if (poll(&p, 1, LOOK_MS) > 0)
			take_told();
		if (server.awaited)
			look_for_port();
	}
	printf("port %s\n", server.port);
}

static void signal_living(int signal)
{
	find_living();
	for (size_t i = 0; i < living.count; i++)
		kill(living.pid[i], signal);
}

/* The server is asked, then what it leaves behind, and in the end nobody is asked. */
static void end_server(void)
{
	int64_t until = now_ms() + END_MS;
	bool asked = false;
	pid_t pid;

	kill(server.pid, SIGTERM);
	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
		struct pollfd p = {.fd = server.told, .events = POLLIN};

		if (pid == server.pid && !asked) {
			signal_living(SIGTERM);
			asked = true;
		}
		if (pid == 0 && poll(&p, 1, LOOK_MS) > 0)
			take_told();
		if (now_ms() > until)
			signal_living(SIGKILL);
	}
	printf("cpu %lld\n", (long long)(used() - server.mark));
}

/* False: that was the last line. */
static bool obey(void)
{
	static char line[32];

	if (!fgets(line, sizeof line, stdin) || strcmp(line, "end\n") == 0)
		return false;
	if (strcmp(line, "memory\n") == 0)
		tell_memory();
	else if (strcmp(line, "mark\n") == 0)
		printf("mark %lld\n", (long long)(server.mark = used()));
	else
		fail("what is %s", line);
	return true;
}

static int print_free_port(bool tcp)
{
	struct net_addr at;
	int fd;

	net_parse("127.0.0.1:0", 0, &at);
	fd = net_listen(&at, tcp ? SOCK_STREAM : SOCK_DGRAM);
	if (fd < 0)
		fail("no port: %s", strerror(errno));
	net_local(fd, &at);
	printf("%u\n", net_port(&at));
	return 0;
}

int main(int argc, char **argv)
{
	struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.events = POLLIN}};

	if (argc == 3 && strcmp(argv[1], "port") == 0)
		return print_free_port(strcmp(argv[2], "tcp") == 0);
	if (argc > 2 && strcmp(argv[1], "-p") == 0 && strchr(argv[2], ':')) {
		server.awaited = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 3) {
		fputs(usage, stderr);
		return 64;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	on_end(SIG_IGN);
	start_server(argv[1], argv + 2);
	await_port();
	do {
		p[1].fd = server.told;
		if (poll(p, 2, -1) > 0 && p[1].revents)
			take_told();
	} while (!p[0].revents || obey());
	end_server();
	return 0;
}
