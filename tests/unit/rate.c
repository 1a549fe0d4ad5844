/*
 * rate: how many messages fit into a time, at times that the test makes up; and the file, shared by
 * processes. Works in a folder of its own below the current one.
 */
#include "rate.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "str.h"
#include "unit.h"

static struct rate_row rows[RATE_ROWS];
static unsigned said;

static void count_line(int priority, const char *line, size_t len)
{
	(void)priority, (void)len;
	said += str_begins(line, "messages are counted for each connection alone");
}

static struct net_addr client(const char *text)
{
	struct net_addr a;
	CHECK(net_parse(text, 0, &a));
	return a;
}

static bool note(const char *ip, struct settings_rate rate, int64_t now)
{
	struct net_addr a = client(ip);
	return rate_note(rows, RATE_ROWS, &a, rate, now);
}

static const struct settings_rate three = {3, 60}; /* one more each 20 s */

static void check_growth(void)
{
	int64_t now = 1000;
	for (int i = 0; i < 3; i++)
		CHECK(note("192.0.2.1", three, now));
	CHECK(!note("192.0.2.1", three, now));
	CHECK(!note("192.0.2.1", three, now + 19999));
	CHECK(note("192.0.2.1", three, now + 20000));
	CHECK(!note("192.0.2.1", three, now + 20001));
	CHECK(!note("192.0.2.1", three, now + 39999));
	CHECK(note("192.0.2.1", three, now + 40000));
	/* Whoever was quiet has all of it again, and no more. */
	now += 1000000;
	for (int i = 0; i < 3; i++)
		CHECK(note("192.0.2.1", three, now + i));
	CHECK(!note("192.0.2.1", three, now + 3));
}

static void check_extremes(void)
{
	static const struct settings_rate fast = {1000000, 1}, slow = {1, 86400};
	for (int i = 0; i < 1000000; i++)
		if (!note("192.0.2.2", fast, 5))
			CHECK(false);
	CHECK(!note("192.0.2.2", fast, 5));
	CHECK(note("192.0.2.2", fast, 6));
	CHECK(note("192.0.2.3", slow, 5));
	CHECK(!note("192.0.2.3", slow, 86400000));
	CHECK(note("192.0.2.3", slow, 86400005));
}

static void check_sources(void)
{
	static const struct settings_rate one = {1, 60};
	CHECK(note("2001:db8:1:2::1", one, 7));
	CHECK(!note("2001:db8:1:2:ffff::9", one, 7));
	CHECK(note("2001:db8:1:3::1", one, 7));
	CHECK(note("192.0.2.4", one, 7));
	CHECK(!note("::ffff:192.0.2.4", one, 7));
	CHECK(note("192.0.2.5", one, 7));
}

/* A file that has outlived its machine's start. */
static void check_other_clock(void)
{
	for (size_t i = 0; i < RATE_ROWS; i++) {
		rows[i].source.s6_addr[0] = (uint8_t)(i >> 8);
		rows[i].source.s6_addr[1] = (uint8_t)i;
		rows[i].used = (int64_t)1 << 60;
	}
	for (int i = 0; i < 3; i++)
		CHECK(note("::", three, 1000) && note("192.0.2.6", three, 1000) &&
			note("192.0.2.7", three, 1000));
	CHECK(!note("::", three, 1000) && !note("192.0.2.6", three, 1000) &&
		!note("192.0.2.7", three, 1000));
}

/* Processes that send at once. */
static void check_processes(void)
{
	struct net_addr a = client("192.0.2.9");
	int within = 0;
	pid_t pid[20];
	for (size_t i = 0; i < 20; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			_exit(rate_take(&a));
	}
	for (size_t i = 0; i < 20; i++) {
		int status = -1;
		CHECK(waitpid(pid[i], &status, 0) == pid[i] && WIFEXITED(status));
		within += WEXITSTATUS(status);
	}
	CHECK(within == 3);
	CHECK(!rate_take(&a));
}

static void check_file(void)
{
	struct net_addr a = client("192.0.2.9"), other = client("192.0.2.10"), nobody = {0};
	char folder[] = "rate.XXXXXX";
	CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
	settings.run = ".";
	CHECK(rate_take(&a) && access("rates", F_OK) < 0); /* no limit, no file */
	settings.rate = three;
	check_processes();
	CHECK(rate_take(&other));
	for (int i = 0; i < 9; i++)
		CHECK(rate_take(&nobody));
	/* One that others may write is not believed, nor one that is none. */
	CHECK(said == 0 && chmod("rates", 0666) == 0);
	CHECK(rate_take(&a) && said == 1);
	CHECK(unlink("rates") == 0 && symlink("elsewhere", "rates") == 0);
	CHECK(rate_take(&a) && rate_take(&a) && !rate_take(&a) && said == 1);
	CHECK(access("elsewhere", F_OK) < 0);
	CHECK(unlink("rates") == 0 && chdir("..") == 0 && rmdir(folder) == 0);
}

int main(void)
{
	log_divert(count_line);
	check_growth();
	check_extremes();
	check_sources();
	check_other_clock();
	check_file();
	return unit_end();
}
