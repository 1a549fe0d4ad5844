/*
 * pop3list: LIST and UIDL of a folder whose names tell the sizes, in the order of readdir: what
 * reading the names and sending them costs.
 *
 *   pop3list FOLDER
 *
 * Any password is right. The names are taken at LIST; other commands are answered with "+OK".
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limit.h"
#include "str.h"

#define BLOCK ((size_t)256 * 1024)
#define LEAST 512 /* octets of room for a number and a name */

static const char usage[] = "usage: pop3list FOLDER\n";

static const char *folder;
static struct limit_input input;
static struct {
	size_t have;
	char octets[BLOCK];
} out;
static struct {
	char *at;
	size_t have, cap;
} names; /* each with its NUL */

static void add_name(const char *name)
{
	size_t n = strlen(name) + 1;

	if (names.have + n > names.cap) {
		names.cap = names.cap ? 2 * names.cap : BLOCK;
		names.at = realloc(names.at, names.cap);
		if (!names.at)
			limit_fail("no memory");
	}
	memcpy(names.at + names.have, name, n);
	names.have += n;
}

static void read_names(void)
{
	struct dirent *entry;
	DIR *dir = opendir(folder);

	if (!dir)
		limit_fail("%s: %s", folder, strerror(errno));
	names.have = 0;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			add_name(entry->d_name);
	closedir(dir);
}

static void put(const char *octets, size_t n)
{
	memcpy(out.octets + out.have, octets, n);
	out.have += n;
}

static void put_number(unsigned long n)
{
	char digits[24];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	put(digits + at, sizeof digits - at);
}

/* "1 1016", or "1 NAME", for each. */
static void send_names(int client, int sizes)
{
	unsigned long number = 0;

	put("+OK\r\n", 5);
	for (char *at = names.at; at < names.at + names.have; at += strlen(at) + 1) {
		if (BLOCK - out.have < LEAST) {
			limit_write(client, out.octets, out.have);
			out.have = 0;
		}
		put_number(++number);
		put(" ", 1);
		if (sizes) {
			char *size = strstr(at, ",W=");

			put(size ? size + 3 : "0", size ? strcspn(size + 3, ":") : 1);
		} else {
			put(at, strcspn(at, ":"));
		}
		put("\r\n", 2);
	}
	put(".\r\n", 3);
	limit_write(client, out.octets, out.have);
	out.have = 0;
}

static void session(int client)
{
	limit_say(client, "+OK ready\r\n");
	for (;;) {
		char *line = limit_line(client, &input);

		if (str_same(line, "LIST")) {
			read_names();
			send_names(client, 1);
		} else if (str_same(line, "UIDL")) {
			send_names(client, 0);
		} else {
			limit_say(client, "+OK\r\n");
			if (str_same(line, "QUIT"))
				return;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs(usage, stderr);
		return 64;
	}
	folder = argv[1];
	limit_serve(session);
}
