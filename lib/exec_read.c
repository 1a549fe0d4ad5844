/*
 * exec_read: runs another program and keeps what it says, on standard output and standard error.
 * Called by keepers, with the privileges of the start.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "exec.h"

struct said {
	struct exec_text text;
	int from, to; /* the ends of a pipe */
	size_t got;
};

/* `reader` is at the beginning, so that it leads to the rest. */
struct reading {
	struct exec_reader reader;
	struct said *said;
};

/* What does not fit is thrown away. */
static ssize_t take(struct said *s)
{
	char rest[512];
	size_t room = s->text.room - 1 - s->got;
	ssize_t n = room > 0 ? read(s->from, s->text.at + s->got, room)
			     : read(s->from, rest, sizeof rest);
	if (n > 0 && room > 0)
		s->got += (size_t)n;
	return n;
}

/* Neither of the two makes us wait. */
static void take_both(const struct exec_reader *r)
{
	struct said *said = ((const struct reading *)r)->said;
	take(&said[0]);
	take(&said[1]);
}

static bool open_pipe(struct said *s)
{
	int ends[2];
	if (pipe(ends) < 0)
		return false;
	s->from = ends[0];
	s->to = ends[1];
	return fcntl(s->from, F_SETFL, O_NONBLOCK) == 0;
}

/* Takes what was left in the pipe, but does not follow who has got away and goes on writing. */
static void end_text(struct said *s)
{
	while (s->got < s->text.room - 1 && take(s) > 0)
		;
	s->text.at[s->got] = '\0';
	close(s->from);
	close(s->to);
}

struct exec_end exec_read(const struct exec *p, const struct exec_text text[2])
{
	struct said said[2] = {{text[0], -1, -1, 0}, {text[1], -1, -1, 0}};
	struct exec_end end = {EXEC_ERRNO, 0};
	if (open_pipe(&said[0]) && open_pipe(&said[1])) {
		int fd[] = {p->fds > 0 ? p->fd[0] : -1, said[0].to, said[1].to};
		struct reading r = {{{said[0].from, said[1].from}, take_both}, said};
		struct exec program = *p;
		program.fd = fd;
		program.fds = 3;
		program.reader = &r.reader;
		end = exec_run(&program);
	} else {
		end.number = errno;
	}
	end_text(&said[0]);
	end_text(&said[1]);
	return end;
}
