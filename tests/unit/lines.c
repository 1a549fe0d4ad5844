/*
 * lines: whole lines, a last one without its end, and one that is longer than the buffer.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lines.h"
#include "unit.h"

/* A file with this text, to be read from its start. */
static int file_of(const char *text, size_t n)
{
	int fd = memfd_create("lines", 0);
	CHECK(fd >= 0 && write(fd, text, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void check_next(struct lines *l, const char *text, bool is_whole)
{
	bool whole = !is_whole;
	char *line = lines_next(l, &whole);
	CHECK(line != NULL && whole == is_whole);
	if (line)
		CHECK_TEXT(line, text);
}

static void check_end(struct lines *l, bool failed)
{
	bool whole;
	CHECK(lines_next(l, &whole) == NULL && lines_next(l, &whole) == NULL);
	CHECK(l->failed == failed);
}

static void short_ones(void)
{
	static const char text[] = "one\n\nthree\nlast";
	struct lines l;
	int fd = file_of(text, strlen(text));
	lines_begin(&l, fd);
	check_next(&l, "one", true);
	check_next(&l, "", true);
	check_next(&l, "three", true);
	check_next(&l, "last", false);
	check_end(&l, false);
	close(fd);
}

/* Lines of 100 octets lie across the ends of the buffer. */
static void many(void)
{
	enum { COUNT = 500, LENGTH = 100 };
	char *text = malloc(COUNT * LENGTH), line[LENGTH + 1];
	struct lines l;
	for (int i = 0; text && i < COUNT; i++) {
		snprintf(line, sizeof line, "%0*d\n", LENGTH - 1, i);
		memcpy(text + i * LENGTH, line, LENGTH);
	}
	int fd = file_of(text, COUNT * LENGTH);
	lines_begin(&l, fd);
	for (int i = 0; i < COUNT; i++) {
		snprintf(line, sizeof line, "%0*d", LENGTH - 1, i);
		check_next(&l, line, true);
	}
	check_end(&l, false);
	close(fd);
	free(text);
}

static void long_one(void)
{
	char text[LINES_MAX + 10], part[LINES_MAX];
	struct lines l;
	memset(text, 'a', sizeof text);
	memset(part, 'a', sizeof part);
	part[LINES_MAX - 1] = '\0';
	text[sizeof text - 2] = '\n';
	text[sizeof text - 1] = 'z';
	int fd = file_of(text, sizeof text);
	lines_begin(&l, fd);
	check_next(&l, part, false);
	check_next(&l, part + LINES_MAX - 1 - 9, true);
	check_next(&l, "z", false);
	check_end(&l, false);
	close(fd);
}

static void none(void)
{
	struct lines l;
	int fd = file_of("", 0);
	lines_begin(&l, fd);
	check_end(&l, false);
	close(fd);
	lines_begin(&l, -1);
	check_end(&l, true);
}

int main(void)
{
	short_ones();
	many();
	long_one();
	none();
	return unit_end();
}
