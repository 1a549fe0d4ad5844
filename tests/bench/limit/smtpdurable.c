/*
 * smtpdurable: the limit for an SMTP server that forks and makes mail durable: in a process for
 * each client the dialogue, which checks nothing, and then a file in tmp/ of the first recipient's
 * Maildir, written as it comes and fsync()ed; a link in new/ of every other recipient, and a rename
 * into the first one's; fsync() of each new/; and 250. Run as anybody.
 */
#include "limit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io.h"

#define RECIPIENTS 100
#define NAME 64

static const char usage[] = "usage: smtpdurable MAIL      the recipient <NAME@...> has MAIL/NAME\n"
			    "       smtpdurable -n MAIL   without a single fsync()\n";

static bool synced = true;
static int client;
static char octets[256 * 1024]; /* what has come and has not been taken */
static size_t have;
static char replies[(RECIPIENTS + 8) * 32];
static size_t waiting;
static char names[RECIPIENTS][NAME];
static size_t count;

static void need(bool good, const char *what)
{
	if (!good)
		limit_fail("%s: %s", what, strerror(errno));
}

static void reply(const char *line)
{
	size_t n = strlen(line);
	need(waiting + n <= sizeof replies, "too many commands at once");
	memcpy(replies + waiting, line, n);
	waiting += n;
}

static void flush(void)
{
	limit_write(client, replies, waiting);
	waiting = 0;
}

/* More input; what waits goes out first. */
static void fill(void)
{
	if (waiting > 0)
		flush();
	ssize_t n = read(client, octets + have, sizeof octets - have);
	if (n <= 0)
		_exit(0);
	have += (size_t)n;
}

static void settle(const char *name)
{
	char path[NAME + 8];
	snprintf(path, sizeof path, "%.*s/new", NAME, name);
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	need(fd >= 0, path);
	need(!synced || fsync(fd) == 0, "fsync");
	close(fd);
}

static void deliver(const char *draft, const char *file)
{
	char path[3 * NAME];
	for (size_t i = count; i-- > 0;) {
		snprintf(path, sizeof path, "%s/new/%s", names[i], file);
		need((i > 0 ? link(draft, path) : rename(draft, path)) == 0, path);
	}
	for (size_t i = 0; i < count; i++)
		settle(names[i]);
	count = 0;
}

/* Of a client that waits for the reply behind the dot. */
static bool ended(void)
{
	return have >= 5 && memcmp(octets + have - 5, "\r\n.\r\n", 5) == 0;
}

static void take_message(void)
{
	static unsigned drawn;
	char draft[3 * NAME], file[NAME];
	snprintf(file, sizeof file, "%ld.%u", (long)getpid(), ++drawn);
	snprintf(draft, sizeof draft, "%s/tmp/%s", names[0], file);
	int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL, 0600);
	need(fd >= 0, draft);
	for (bool end = false; !end;) {
		fill();
		end = ended();
		size_t keep = end ? 0 : have < 4 ? have : 4;
		size_t n = have - keep;
		need(write_all(fd, octets, end ? n - 3 : n) == 0, "write");
		memmove(octets, octets + n, keep);
		have = keep;
	}
	need(!synced || fsync(fd) == 0, "fsync");
	close(fd);
	deliver(draft, file);
	reply("250 ok\r\n");
}

static void take_name(const char *line)
{
	const char *at = strchr(line, '<');
	need(at && count < RECIPIENTS, "a recipient");
	snprintf(names[count++], NAME, "%.*s", (int)strcspn(at + 1, "@>"), at + 1);
}

static void take_command(const char *line)
{
	switch (line[0]) {
	case 'E':
		reply("250-limit.example.org\r\n250 PIPELINING\r\n");
		return;
	case 'D':
		reply("354 go on\r\n");
		take_message();
		return;
	case 'Q':
		reply("221 bye\r\n");
		flush();
		_exit(0);
	case 'R':
		take_name(line);
	}
	reply("250 ok\r\n");
}

static void converse(int fd)
{
	client = fd;
	reply("220 limit.example.org ESMTP\r\n");
	for (;;) {
		char line[512], *end = memchr(octets, '\n', have);
		if (!end) {
			fill();
			continue;
		}
		size_t n = (size_t)(end - octets) + 1;
		snprintf(line, sizeof line, "%.*s", (int)n, octets);
		have -= n;
		memmove(octets, end + 1, have);
		take_command(line);
	}
}

int main(int argc, char **argv)
{
	synced = argc != 3;
	if (argc != 2 && (argc != 3 || strcmp(argv[1], "-n") != 0)) {
		fputs(usage, stderr);
		return 64;
	}
	need(chdir(argv[argc - 1]) == 0, argv[argc - 1]);
	limit_serve(converse);
}
