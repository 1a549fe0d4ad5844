/*
 * cmd: the command loop of POP3, SMTP and their like, driven by one table.
 *
 * A row says in which states the verb is allowed and how many arguments it takes, so that a handler
 * sees only well-formed calls; a verb may have a row for each state. CAPA, EHLO and HELP print from
 * the same rows.
 */
#ifndef LIB_CMD_H
#define LIB_CMD_H

#include "io.h"

#define CMD_ARGS 8

struct cmd_call {
	const struct cmd *row;
	int argc;
	char *argv[CMD_ARGS]; /* without the verb; valid until the next read */
};

/* A whole reply with its CRLF, constant; NULL: the handler has written its own. */
typedef const char *cmd_handler(void *session, struct cmd_call *call);

enum cmd_flags {
	CMD_REST = 1, /* the rest of the line, spaces and all, is one argument */
	CMD_SECRET = 2 /* never logged */
};

struct cmd {
	const char *verb; /* upper case; matched but for case */
	const char *syntax; /* arguments as HELP shows them, "" for none */
	unsigned states; /* bit set of states */
	int least, most; /* arguments */
	unsigned flags;
	cmd_handler *run;
	const char *otherwise; /* reply in any other state */
	const char *announce; /* line of CAPA or EHLO, NULL for none */
};

/* A protocol's wording. Each reply is a whole line with CRLF. */
struct cmd_dialect {
	const struct cmd *rows; /* ends with a NULL verb */
	size_t line_max; /* octets of a command with its line end */
	const char *error_marks; /* a reply that begins with one of these counts as an error */
	const char *unknown, *arguments, *too_long, *nul;
	const char *too_many, *timeout,
		*stopping; /* said before closing; the first instead of the last error */
	/* Whether this session has the row; NULL: every one has. One that it has not is unknown. */
	bool (*offers)(const void *session, const struct cmd *row);
	/* Shown the first octet of each line as it comes, and all of a line with an unknown verb.
	 * True: it is of another protocol, and the session, whose state the callee has made 0, ends
	 * without a word. May be NULL. */
	bool (*foreign)(void *session, const char *octets, size_t n);
	/* Told when the client has to be waited for, and when that is over. May be NULL. */
	void (*idle)(void *session, bool idle);
};

enum cmd_end { CMD_LEFT, CMD_CLOSED, CMD_TIMED_OUT, CMD_STOPPED, CMD_ERRORS };

/*
 * Runs commands until *state is 0 (CMD_LEFT) or the connection ends. *state is one bit; `*timeout`
 * is in seconds for each command; both are looked up anew each time. `errors` in a row (0: no
 * limit) end it. Output is flushed on return.
 */
enum cmd_end cmd_loop(const struct cmd_dialect *d, struct io *io, void *session,
	const unsigned *state, const int *timeout, unsigned errors);

/* The announce line of every row that is offered, whatever the state (RFC 2449 5), between `before`
 * and `after`. */
void cmd_announce(const struct cmd_dialect *d, struct io *io, const void *session,
	const char *before, const char *after);

/* Why a session ended, for its closing log line. */
const char *cmd_end_name(enum cmd_end end);

#endif
