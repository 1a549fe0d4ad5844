/*
 * lines: a file's lines. Runs in keepers.
 */
#include "lines.h"

#include <string.h>
#include <unistd.h>

void lines_begin(struct lines *l, int fd)
{
	l->fd = fd;
	l->start = l->end = 0;
	l->failed = false;
}

/* False: nothing came, or there is no room. */
static bool read_more(struct lines *l)
{
	l->end -= l->start;
	memmove(l->text, l->text + l->start, l->end);
	l->start = 0;
	ssize_t n = read(l->fd, l->text + l->end, sizeof l->text - 1 - l->end);
	l->end += n > 0 ? (size_t)n : 0;
	l->failed |= n < 0;
	return n > 0;
}

char *lines_next(struct lines *l, bool *whole)
{
	char *lf;
	while ((lf = memchr(l->text + l->start, '\n', l->end - l->start)) == NULL && read_more(l))
		;
	if (l->start == l->end)
		return NULL;
	char *line = l->text + l->start, *end = lf ? lf : l->text + l->end;
	*end = '\0';
	*whole = lf != NULL;
	l->start = lf ? (size_t)(lf + 1 - l->text) : l->end;
	return line;
}
