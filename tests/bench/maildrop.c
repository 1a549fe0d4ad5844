/*
 * maildrop: makes a Maildir of many messages, whose owner runs it; or a folder of many accounts.
 *
 *   maildrop FOLDER COUNT OCTETS named|foreign [linked|each FOLDERS]
 *   maildrop links FOLDER NAME FROM TO
 *
 * Messages of so many octets, in lines of 72 with their LF, in cur. `named`: their names tell their
 * sizes; `foreign`: they do not. `linked`: up to 60,000 names share a file. `links`: NAMEfrom up to
 * what comes before NAMEto, accounts without a password, which share files likewise.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

#define HEADER "Subject: one of many\n\n"
#define LINE 72
#define NAMES 60000 /* fewer than the 65,000 of ext4 */
#define BLOCK ((size_t)1024 * 1024 / LINE * LINE)

static const char usage[] =
	"usage: maildrop FOLDER COUNT OCTETS named|foreign [linked|each FOLDERS]\n"
	"       maildrop links FOLDER NAME FROM TO\n";

static void check(long result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "maildrop: %s: %s\n", what, strerror(errno));
		exit(1);
	}
}

/* The rest of a message: whole lines, and a last one that may be shorter. */
static void write_body(int fd, size_t octets)
{
	static char block[BLOCK];

	if (!*block)
		for (size_t i = 0; i < BLOCK; i++)
			block[i] = i % LINE == LINE - 1 ? '\n' : (char)('a' + i / LINE % 26);
	for (; octets > BLOCK; octets -= BLOCK)
		check(write_all(fd, block, BLOCK), "write");
	if (octets > 0) {
		check(write_all(fd, block, octets - 1), "write");
		check(write_all(fd, "\n", 1), "write");
	}
}

static void write_message(const char *name, size_t octets)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	check(fd, name);
	check(write_all(fd, HEADER, strlen(HEADER)), "write");
	write_body(fd, octets - strlen(HEADER));
	check(close(fd), name);
}

struct kind {
	unsigned long count;
	size_t octets;
	char sizes[64]; /* in the names; or "" */
	bool linked;
};

static void make(const char *folder, const struct kind *kind)
{
	char name[128], first[128] = "";
	int back = open(".", O_RDONLY | O_DIRECTORY);

	check(back, ".");
	check(mkdir(folder, 0700), folder);
	check(chdir(folder), folder);
	check(mkdir("tmp", 0700), "tmp");
	check(mkdir("new", 0700), "new");
	check(mkdir("cur", 0700), "cur");
	check(chdir("cur"), "cur");
	for (unsigned long i = 0; i < kind->count; i++) {
		snprintf(
			name, sizeof name, "17%08lu.M%luP1.host%s:2,", i, i % 1000000, kind->sizes);
		if (kind->linked && i % NAMES)
			check(link(first, name), name);
		else
			write_message(name, kind->octets);
		if (i % NAMES == 0)
			strcpy(first, name);
	}
	check(fchdir(back), "..");
	close(back);
}

static void make_accounts(const char *name, unsigned long from, unsigned long to)
{
	char path[128], first[128] = "";

	for (unsigned long i = from; i < to; i++) {
		snprintf(path, sizeof path, "%s%lu", name, i);
		if ((i - from) % NAMES) {
			check(link(first, path), path);
			continue;
		}
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		check(fd, path);
		check(write_all(fd, "password *\n", 11), path);
		close(fd);
		strcpy(first, path);
	}
}

int main(int argc, char **argv)
{
	struct kind kind = {.linked = argc == 6 && strcmp(argv[5], "linked") == 0};
	unsigned long folders = argc == 7 ? strtoul(argv[6], NULL, 10) : 0;
	char folder[4096];

	if (argc == 6 && strcmp(argv[1], "links") == 0) {
		check(chdir(argv[2]), argv[2]);
		make_accounts(argv[3], strtoul(argv[4], NULL, 10), strtoul(argv[5], NULL, 10));
		return 0;
	}
	if (argc != 5 && !kind.linked && folders == 0) {
		fputs(usage, stderr);
		return 64;
	}
	kind.count = strtoul(argv[2], NULL, 10);
	kind.octets = strtoul(argv[3], NULL, 10);
	if (kind.octets <= strlen(HEADER))
		kind.octets = strlen(HEADER) + 1;
	if (strcmp(argv[4], "named") == 0)
		snprintf(kind.sizes, sizeof kind.sizes, ",S=%zu,W=%zu", kind.octets,
			kind.octets + 2 + (kind.octets - strlen(HEADER) + LINE - 1) / LINE);
	if (folders == 0)
		make(argv[1], &kind);
	for (unsigned long i = 1; i <= folders; i++) {
		snprintf(folder, sizeof folder, "%s%lu", argv[1], i);
		make(folder, &kind);
	}
	return 0;
}
