/*
 * mail: TRANSACTION and UPDATE. Runs in the keeper as the mailbox's owner. RFC 1939 5, 6, 7, 11.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "kept.h"
#include "log.h"
#include "session.h"
#include "str.h"
#include "text.h"
#include "update.h"

static const char ok[] = "+OK\r\n";
static const char no_message[] = "-ERR no such message\r\n";
static const char no_reading[] = "-ERR cannot read this message\r\n";
static const char no_filter[] = "-ERR [SYS/TEMP] the filter has failed\r\n";
static const char read_only[] = "-ERR this maildrop is read-only\r\n";
static const char not_removed[] = "-ERR some deleted messages not removed\r\n";

const char *mail_noop(void *session, struct cmd_call *call)
{
	(void)session;
	(void)call;
	return ok;
}

const char *mail_stat(void *session, struct cmd_call *call)
{
	struct session *s = session;
	uint64_t octets;
	size_t n = maildrop_total(&s->drop, &octets);
	(void)call;
	io_putf(&s->io, "+OK %zu %llu\r\n", n, (unsigned long long)octets);
	return NULL;
}

/* LIST and UIDL: a line for one message, or for all that are not marked. */
static const char *list(struct session *s, struct cmd_call *call,
	void (*print)(struct session *s, struct message *m))
{
	if (call->argc == 1) {
		struct message *m = maildrop_find(&s->drop, call->argv[0]);
		if (!m)
			return no_message;
		io_put(&s->io, "+OK ");
		print(s, m);
		return NULL;
	}
	io_put(&s->io, ok);
	for (size_t i = 0; i < s->drop.count; i++)
		if (!s->drop.messages[i].deleted)
			print(s, &s->drop.messages[i]);
	return ".\r\n";
}

/* There may be millions: io_putf() would take most of the time. */
static void put_number(struct io *io, uint64_t n)
{
	char digits[20];
	size_t at = sizeof digits;
	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	io_putn(io, digits + at, sizeof digits - at);
}

static void print_octets(struct session *s, struct message *m)
{
	put_number(&s->io, maildrop_number(&s->drop, m));
	io_putn(&s->io, " ", 1);
	put_number(&s->io, maildrop_octets(&s->drop, m));
	io_putn(&s->io, "\r\n", 2);
}

const char *mail_list(void *session, struct cmd_call *call)
{
	return list(session, call, print_octets);
}

static void print_uidl(struct session *s, struct message *m)
{
	const struct message *ahead = m + MAILDROP_AHEAD;
	char made[UIDL_TEXT];
	if (ahead < s->drop.messages + s->drop.count)
		maildrop_fetch(maildrop_base(&s->drop, ahead));
	put_number(&s->io, maildrop_number(&s->drop, m));
	io_putn(&s->io, " ", 1);
	io_put(&s->io, maildrop_uidl(&s->drop, m, made));
	io_putn(&s->io, "\r\n", 2);
}

const char *mail_uidl(void *session, struct cmd_call *call)
{
	return list(session, call, print_uidl);
}

/* Converts a block of the file straight into the connection's output buffer. */
static void put_block(struct io *io, struct text_out *t, const char *from, size_t n)
{
	const char *end = from + n;
	while (from < end) {
		size_t room;
		char *to = io_room(io, 64, &room);
		char *filled = text_out(t, &from, end, to, to + room);
		io_wrote(io, (size_t)(filled - to));
	}
}

static bool lies(const char *name, const char *key, uint64_t octets)
{
	uint64_t said;
	return str_has(name, key) && !(maildir_attribute(name, key, &said) && said == octets);
}

/* What a name says bounds nothing, but somebody may want to mend what makes such names. */
static void check_sizes(const struct session *s, const char *name, uint64_t disk, uint64_t wire)
{
	if (lies(name, ",S=", disk) || lies(name, ",W=", wire))
		log_event(LOG_WARNING, "wrong size user=%s message=%s S=%llu W=%llu",
			log_quote(s->user), log_quote(name), (unsigned long long)disk,
			(unsigned long long)wire);
}

/*
 * The message, or as much of it as `top` says. A file that cannot be read to its end must not look
 * whole: the connection is closed without the final dot.
 */
static void send_message(
	struct session *s, const char *name, int fd, struct text_top *top, struct tally *tally)
{
	char block[256 * 1024];
	struct text_out t = {0};
	uint64_t before = s->io.sent + s->io.olen, disk = 0;
	ssize_t n;
	while (!(top && top->done) && (n = read(fd, block, sizeof block)) != 0) {
		if (n < 0) {
			s->reason = "read-error";
			s->state = STATE_LEAVING;
			return;
		}
		disk += (uint64_t)n;
		put_block(&s->io, &t, block, top ? text_top(top, block, (size_t)n) : (size_t)n);
		if (s->io.error)
			return;
	}
	size_t room;
	char *to = io_room(&s->io, 8, &room);
	uint64_t dots = t.dots;
	io_wrote(&s->io, (size_t)(text_out_end(&t, to) - to));
	tally->count++;
	uint64_t sent = s->io.sent + s->io.olen - before;
	tally->octets += sent;
	if (!top && !settings.filter[0] && !s->io.error)
		check_sizes(s, name, disk, sent - dots - strlen(".\r\n"));
}

/* The message behind the one of the last RETR. A client that has asked for more gets it sooner when
 * it is opened before that one is sent; any other, when it is opened while the client reads. */
static void open_ahead(struct session *s)
{
	if (s->sent)
		maildrop_ahead(&s->drop, s->sent);
	s->sent = NULL;
}

void mail_idle(void *session, bool idle)
{
	takeover_mark(session, idle);
	if (idle)
		open_ahead(session);
}

static const char *retrieve(
	struct session *s, const char *number, struct text_top *top, struct tally *tally)
{
	struct message *m = maildrop_find(&s->drop, number);
	if (!m)
		return no_message;
	int fd = maildrop_take(&s->drop, m);
	if (fd < 0)
		return no_reading;
	if (!top) {
		s->sent = m;
		if (s->io.start < s->io.end)
			open_ahead(s);
		fd = filter_pass(s, maildrop_base(&s->drop, m), fd);
		if (fd < 0)
			return no_filter;
		last_access(s, m);
	}
	io_put(&s->io, ok);
	send_message(s, maildrop_base(&s->drop, m), fd, top, tally);
	m->seen |= !top && settings.mark_seen && !settings.read_only;
	close(fd);
	return NULL;
}

const char *mail_retr(void *session, struct cmd_call *call)
{
	struct session *s = session;
	return retrieve(s, call->argv[0], NULL, &s->retrieved);
}

const char *mail_top(void *session, struct cmd_call *call)
{
	struct session *s = session;
	struct text_top top = {0};
	if (!str_number(call->argv[1], UINT64_MAX - 1, &top.lines))
		return pop3_dialect.arguments;
	return retrieve(s, call->argv[0], &top, &s->topped);
}

const char *mail_dele(void *session, struct cmd_call *call)
{
	struct session *s = session;
	struct message *m = maildrop_find(&s->drop, call->argv[0]);
	if (settings.read_only)
		return read_only;
	if (!m)
		return no_message;
	last_access(s, m);
	maildrop_delete(&s->drop, m);
	return ok;
}

const char *mail_rset(void *session, struct cmd_call *call)
{
	struct session *s = session;
	(void)call;
	maildrop_reset(&s->drop);
	last_reset(s);
	return ok;
}

/*
 * UPDATE: the answer comes after the removing (RFC 1939 6), and when the lock is free: a client may
 * come again at once. A QUIT that was sent ahead removes nothing when what was asked for before it
 * cannot be sent.
 */
const char *mail_quit(void *session, struct cmd_call *call)
{
	struct session *s = session;
	(void)call;
	s->state = STATE_LEAVING;
	if (!io_flush(&s->io)) {
		s->reason = "closed";
		return NULL;
	}
	s->updated = true;
	size_t left = update_run(&s->drop);
	if (left > 0)
		log_event(LOG_WARNING, "not removed user=%s messages=%zu: %s", log_quote(s->user),
			left, strerror(errno));
	kept_write(&s->drop);
	maildir_unlock();
	return left == 0 ? ok : not_removed;
}
