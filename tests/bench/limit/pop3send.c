/*
 * pop3send: RETR of one file: what reading, giving each line its CR, and sending cost.
 *
 *   pop3send expand FILE   reads 256 KB, gives lines their CR, sends it in one call
 *   pop3send plain FILE    sends so many octets from memory, and reads nothing
 *
 * Any password is right. STAT says that there is one message; other commands are answered with
 * "+OK".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "limit.h"
#include "str.h"

#define BLOCK ((size_t)256 * 1024)

static const char usage[] = "usage: pop3send expand|plain FILE\n";

static const char *file;
static bool plain;
static struct limit_input input;
static char stored[BLOCK], wire[2 * BLOCK];

/* From `stored` to `wire`; there are no dots to double. */
static size_t expand(size_t n)
{
	char *from = stored, *end = stored + n, *to = wire, *lf;

	for (; (lf = memchr(from, '\n', (size_t)(end - from))); from = lf + 1) {
		memcpy(to, from, (size_t)(lf - from));
		to += lf - from;
		*to++ = '\r';
		*to++ = '\n';
	}
	memcpy(to, from, (size_t)(end - from));
	return (size_t)(to + (end - from) - wire);
}

static void send_expanded(int client, int fd)
{
	ssize_t n;

	while ((n = read(fd, stored, BLOCK)) > 0)
		limit_write(client, wire, expand((size_t)n));
}

static void send_plain(int client, uint64_t octets)
{
	size_t block;

	memset(stored, 'a', BLOCK);
	for (size_t i = 71; i < BLOCK; i += 72)
		stored[i] = '\n';
	block = expand(BLOCK);
	for (; octets > BLOCK; octets -= BLOCK)
		limit_write(client, wire, block);
	limit_say(client, "\r\n");
}

static void retrieve(int client)
{
	int fd = open(file, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		limit_fail("%s: %s", file, strerror(errno));
	limit_say(client, "+OK\r\n");
	if (plain)
		send_plain(client, (uint64_t)st.st_size);
	else
		send_expanded(client, fd);
	limit_say(client, ".\r\n");
	close(fd);
}

static void session(int client)
{
	limit_say(client, "+OK ready\r\n");
	for (;;) {
		char *line = limit_line(client, &input);

		if (str_begins(line, "RETR")) {
			retrieve(client);
			continue;
		}
		limit_say(client, str_same(line, "STAT") ? "+OK 1 1\r\n" : "+OK\r\n");
		if (str_same(line, "QUIT"))
			return;
	}
}

int main(int argc, char **argv)
{
	plain = argc == 3 && str_same(argv[1], "plain");
	if (argc != 3 || (!plain && !str_same(argv[1], "expand"))) {
		fputs(usage, stderr);
		return 64;
	}
	file = argv[2];
	limit_serve(session);
}
