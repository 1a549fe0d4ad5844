/*
 * cmd: the command loop, driven by one table. Runs where the session runs: fronts in the jail,
 * pop3d's keeper.
 */
#include "cmd.h"

#include <string.h>

#include "log.h"
#include "str.h"

/* Splits what stands behind the verb as the row wants it; false when the number of arguments is
 * wrong. */
static bool split_arguments(struct cmd_call *call, char *rest)
{
	const struct cmd *row = call->row;
	if (row->flags & CMD_REST) {
		call->argv[0] = rest;
		call->argc = *rest != '\0';
		return call->argc >= row->least && call->argc <= row->most;
	}
	for (char *word; (word = str_word(&rest)) != NULL;) {
		if (call->argc == row->most)
			return false;
		call->argv[call->argc++] = word;
	}
	return call->argc >= row->least;
}

static bool offers(const struct cmd_dialect *d, const void *session, const struct cmd *row)
{
	return !d->offers || d->offers(session, row);
}

/* The verb's row for this state, else its last row. */
static const struct cmd *find_row(
	const struct cmd_dialect *d, const void *session, const char *verb, unsigned state)
{
	const struct cmd *found = NULL;
	for (const struct cmd *row = d->rows; row->verb; row++) {
		if (!str_same(row->verb, verb) || !offers(d, session, row))
			continue;
		found = row;
		if (row->states & state)
			break;
	}
	return found;
}

static bool is_foreign(const struct cmd_dialect *d, void *session, const char *octets, size_t n)
{
	return d->foreign && d->foreign(session, octets, n);
}

/* One well-formed line: who handles it, or what is wrong with it. */
static const char *obey(const struct cmd_dialect *d, void *session, unsigned state, char *line,
	struct cmd_call *call)
{
	char *rest = line + strcspn(line, " "), separator = *rest;
	*rest = '\0';
	*call = (struct cmd_call){.row = find_row(d, session, line, state)};
	*rest = separator;
	if (!call->row)
		return is_foreign(d, session, line, strlen(line)) ? NULL : d->unknown;
	if (*rest == ' ')
		*rest++ = '\0';
	if (log_is_verbose()) /* or quoting would be for nothing, at each command */
		log_event(LOG_DEBUG, "command %s %s", call->row->verb,
			call->row->flags & CMD_SECRET ? "..." : log_quote(rest));
	if (!(call->row->states & state))
		return call->row->otherwise;
	if (!split_arguments(call, rest))
		return d->arguments;
	return call->row->run(session, call);
}

/* How a failing read ends the loop, and what is said. */
static enum cmd_end finish(const struct cmd_dialect *d, struct io *io, enum io_result why)
{
	static const enum cmd_end ends[] = {[IO_EOF] = CMD_CLOSED,
		[IO_ERROR] = CMD_CLOSED,
		[IO_TIMEOUT] = CMD_TIMED_OUT,
		[IO_STOP] = CMD_STOPPED};
	if (why == IO_TIMEOUT)
		io_put(io, d->timeout);
	if (why == IO_STOP)
		io_put(io, d->stopping);
	io_flush(io);
	return ends[why];
}

/*
 * A client that still takes in a reply, or that has sent part of a line, is not idle. One that
 * takes in no more is not obeyed any more, whatever it has sent ahead.
 */
static enum io_result next_line(const struct cmd_dialect *d, struct io *io, void *session,
	int timeout, char **line, size_t *len)
{
	if (d->idle && io->start == io->end) {
		io_flush(io);
		d->idle(session, true);
	}
	io_deadline(io, timeout);
	enum io_result r = io->error ? IO_ERROR : io_first(io, line, len);
	if (r == IO_OK)
		r = is_foreign(d, session, *line, 1) ? IO_EOF : io_line(io, d->line_max, line, len);
	if (d->idle)
		d->idle(session, false);
	return r;
}

enum cmd_end cmd_loop(const struct cmd_dialect *d, struct io *io, void *session,
	const unsigned *state, const int *timeout, unsigned errors)
{
	unsigned in_row = 0;
	while (*state) {
		struct cmd_call call;
		char *line;
		size_t len;
		const char *reply;
		enum io_result r = next_line(d, io, session, *timeout, &line, &len);
		if (r == IO_OK)
			reply = obey(d, session, *state, line, &call);
		else if (r == IO_LONG)
			reply = d->too_long;
		else if (r == IO_NUL)
			reply = d->nul;
		else
			return finish(d, io, r);
		in_row = reply && strchr(d->error_marks, reply[0]) ? in_row + 1 : 0;
		bool enough = errors > 0 && in_row >= errors && *state;
		if (reply)
			io_put(io, enough ? d->too_many : reply);
		if (enough) {
			io_flush(io);
			return CMD_ERRORS;
		}
	}
	io_flush(io);
	return CMD_LEFT;
}

void cmd_announce(const struct cmd_dialect *d, struct io *io, const void *session,
	const char *before, const char *after)
{
	for (const struct cmd *row = d->rows; row->verb; row++) {
		if (!row->announce || !offers(d, session, row))
			continue;
		io_put(io, before);
		io_put(io, row->announce);
		io_put(io, after);
	}
}

const char *cmd_end_name(enum cmd_end end)
{
	static const char *const names[] = {[CMD_LEFT] = "quit",
		[CMD_CLOSED] = "closed",
		[CMD_TIMED_OUT] = "timeout",
		[CMD_STOPPED] = "shutdown",
		[CMD_ERRORS] = "errors"};
	return names[end];
}
