/*
 * penalty: what failures cost, at times that the test makes up; and the file, shared by processes.
 * Works in a folder of its own below the current one.
 */
#include "penalty.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "settings.h"
#include "str.h"
#include "unit.h"

#define MINUTES 60000

static struct penalty_row rows[PENALTY_ROWS];
static unsigned said;

static void count_line(int priority, const char *line, size_t len)
{
	(void)priority;
	(void)len;
	said += str_begins(line, "failed logins are counted for each connection alone");
}

static struct net_addr client(const char *text)
{
	struct net_addr a;
	CHECK(net_parse(text, 0, &a));
	return a;
}

static unsigned note(const char *ip, int64_t now, uint64_t most)
{
	struct net_addr a = client(ip);
	return penalty_note(rows, PENALTY_ROWS, &a, now, now, most);
}

static int64_t left(const char *ip, int64_t now)
{
	struct net_addr a = client(ip);
	return penalty_left(rows, PENALTY_ROWS, &a, now);
}

static void check_growth(void)
{
	static const unsigned wanted[] = {2, 4, 8, 16, 30, 30, 30};
	int64_t now = 5;
	CHECK(left("192.0.2.1", now) == 0);
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		CHECK(note("192.0.2.1", now, 30) == wanted[i]);
		CHECK(left("192.0.2.1", now) == wanted[i] * 1000);
		CHECK(left("192.0.2.1", now + 1) == wanted[i] * 1000 - 1);
		now += wanted[i] * 1000;
		CHECK(left("192.0.2.1", now) == 0);
	}
	/* They are forgotten one by one, each 10 minutes after it was. */
	CHECK(note("192.0.2.1", 5 + 2000 + 10 * MINUTES, 600) == 64);
	CHECK(note("192.0.2.1", now + 21 * MINUTES, 30) == 2);
	CHECK(note("192.0.2.1", now + 21 * MINUTES + 1, 3) == 3);
}

/* The most a failure can cost is reached before the list of a source is full. */
static void check_most(void)
{
	for (unsigned i = 1; i <= 9; i++)
		CHECK(note("192.0.2.2", 1000 + i, 600) == 1U << i);
	for (unsigned i = 0; i < 20; i++)
		CHECK(note("192.0.2.2", 2000 + i, 600) == 600);
}

/* The same second, in any order: each attempt counts, and the longest wait stands. */
static void check_parallel(void)
{
	struct net_addr a = client("192.0.2.3");
	int64_t began = 1000;
	CHECK(penalty_note(rows, PENALTY_ROWS, &a, began, 1300, 30) == 2);
	CHECK(penalty_note(rows, PENALTY_ROWS, &a, began, 1301, 30) == 4);
	CHECK(penalty_note(rows, PENALTY_ROWS, &a, began, 1301, 30) == 8);
	CHECK(penalty_left(rows, PENALTY_ROWS, &a, 1301) == 8000 - 301);
	CHECK(penalty_note(rows, PENALTY_ROWS, &a, began - 8000, 1302, 1) == 1);
	CHECK(penalty_left(rows, PENALTY_ROWS, &a, 1302) == 8000 - 302);
}

static void check_sources(void)
{
	CHECK(note("2001:db8:1:2::1", 1000, 30) == 2);
	CHECK(left("2001:db8:1:2:ffff::9", 1000) == 2000);
	CHECK(note("2001:db8:1:2:ffff::9", 1000, 30) == 4);
	CHECK(note("2001:db8:1:3::1", 1000, 30) == 2);
	CHECK(note("192.0.2.4", 1000, 30) == 2);
	CHECK(left("192.0.2.5", 1000) == 0);
	CHECK(note("::ffff:192.0.2.4", 1000, 30) == 4);
	CHECK(note("::1", 1000, 30) == 2);
}

/* A file that has outlived its machine's start, or holds nonsense. */
static void check_other_clock(void)
{
	for (size_t i = 0; i < PENALTY_ROWS; i++) {
		rows[i].source.s6_addr[0] = (uint8_t)(i >> 8);
		rows[i].source.s6_addr[1] = (uint8_t)i;
		rows[i].until = rows[i].failure[0] = 1000000000;
	}
	CHECK(left("::", 1000) == 0);
	CHECK(note("::", 1000, 30) == 2 && left("::", 1000) == 2000);
	CHECK(note("192.0.2.6", 1001, 30) == 2 && note("192.0.2.7", 1002, 30) == 2);
	CHECK(note("192.0.2.6", 1003, 30) == 4 && note("192.0.2.7", 1003, 30) == 4);
}

/* When there is no room the oldest goes. */
static void check_full(void)
{
	char ip[32];
	memset(rows, 0, sizeof rows);
	for (int i = 0; i < PENALTY_ROWS; i++) {
		snprintf(ip, sizeof ip, "10.0.%d.%d", i / 256, i % 256);
		CHECK(note(ip, 1000 + i, 30) == 2);
	}
	CHECK(note("10.0.0.0", 9000, 30) == 4);
	CHECK(note("192.0.2.8", 9001, 30) == 2);
	CHECK(note("10.0.0.0", 9002, 30) == 8);
	CHECK(note("10.0.0.1", 9003, 30) == 2);
	CHECK(note("192.0.2.8", 9004, 30) == 4);
}

/* Processes that fail at once: each gets a place of its own in the row. */
static void check_processes(void)
{
	struct net_addr a = client("192.0.2.9");
	unsigned seen[4] = {0};
	pid_t pid[20];
	for (size_t i = 0; i < 20; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			_exit((int)penalty_add(&a, now_ms()));
	}
	for (size_t i = 0; i < 20; i++) {
		int status = -1;
		CHECK(waitpid(pid[i], &status, 0) == pid[i] && WIFEXITED(status));
		unsigned wait = (unsigned)WEXITSTATUS(status);
		seen[wait == 2 ? 0 : wait == 4 ? 1 : wait == 8 ? 2 : 3]++;
	}
	CHECK(seen[0] == 1 && seen[1] == 1 && seen[2] == 1 && seen[3] == 17);
	int64_t due = penalty_due(&a);
	CHECK(due > 0 && due <= 10000);
}

static void check_file(void)
{
	struct net_addr a = client("192.0.2.10"), unknown = {.sa = {.sa_family = AF_UNSPEC}};
	struct stat st;
	CHECK(stat("run/penalties", &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK(penalty_add(&unknown, now_ms()) == 0 && penalty_due(&unknown) == 0);
	CHECK(truncate("run/penalties", 7) == 0 && penalty_add(&a, now_ms()) == 2);
	settings.auth_penalty = 1;
	CHECK(penalty_due(&a) <= 1000);
	settings.auth_penalty = 0;
	CHECK(penalty_add(&a, now_ms()) == 0 && penalty_due(&a) == 0);
	settings.auth_penalty = 10;
	CHECK(said == 0);
	/* Without a file that can be believed, for this process alone. */
	CHECK(chmod("run/penalties", 0666) == 0 && penalty_add(&a, now_ms()) == 2 && said == 1);
	CHECK(penalty_add(&a, now_ms()) == 4 && penalty_due(&a) > 0 && said == 1);
	CHECK(unlink("run/penalties") == 0 && symlink("elsewhere", "run/penalties") == 0);
	CHECK(penalty_add(&a, now_ms()) == 8);
	settings.run = "/nowhere";
	CHECK(penalty_add(&a, now_ms()) == 10);
}

int main(void)
{
	char work[] = "penalty.XXXXXX";
	log_divert(count_line);
	CHECK(mkdtemp(work) && chdir(work) == 0 && mkdir("run", 0700) == 0);
	settings.run = "run";
	settings.auth_penalty = 10;
	check_growth();
	check_most();
	check_parallel();
	check_sources();
	check_other_clock();
	check_full();
	check_processes();
	check_file();
	return unit_end();
}
