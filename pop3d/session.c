/*
 * session: one client as two processes. The front does AUTHORIZATION in the jail; the keeper checks
 * what it is asked, then becomes the mailbox's owner for good and serves TRANSACTION and UPDATE by
 * itself.
 */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "filter.h"
#include "guard.h"
#include "log.h"
#include "memory.h"
#include "priv.h"
#include "str.h"

static OWN_PAGES char input[POP3_INPUT];
/* The records of the login and whose mailbox it leads to, and then output: costs nothing until a
 * message fills it. */
static OWN_PAGES union {
	struct {
		union {
			struct sasl_question question;
			char octets[SPLIT_MAX];
		} record;
		struct mailbox box;
	} login;
	char octets[256 * 1024];
} output;

static void open_client(struct session *s, int in, int out)
{
	io_open(&s->io, in, out, input, sizeof input, output.octets, sizeof output,
		s->timeout * 1000);
}

static int run_front(struct session *s)
{
	sasl_forget();
	s->state = STATE_AUTHORIZATION;
	s->timeout = (int)settings.login_timeout;
	open_client(s, STDIN_FILENO, STDOUT_FILENO);
	io_putf(&s->io, "+OK %s POP3 server ready\r\n", settings.hostname);
	enum cmd_end end = cmd_loop(
		&pop3_dialect, &s->io, s, &s->state, &s->timeout, (unsigned)settings.errors);
	closing_log(s, s->reason ? s->reason : cmd_end_name(end));
	return EX_OK;
}

/* Whether the user may enter `box`: then s->user is who it is. The front is told what it asked, but
 * for a yes that lets us in at once. */
static bool answer(struct session *s, struct sasl_question *q, struct mailbox *box, bool at_once)
{
	struct sasl_answer a;
	struct account account;
	guard_answer(&s->split, s->peer, q, &a, &account);
	if (a.verdict == SASL_YES && account_mailbox(&account, box) != ACCOUNT_OK)
		a.verdict = SASL_TROUBLE;
	if (a.verdict == SASL_YES)
		str_copy(s->user, sizeof s->user, account.name);
	if (a.verdict == SASL_YES && at_once)
		return true;
	return split_send(&s->split, RECORD_ANSWER, &a, sizeof a, -1) && a.verdict == SASL_YES;
}

/* What the front has read and not used. False: it cannot have read so much. */
static bool take_input(struct session *s, const char *octets, size_t size)
{
	if (size > sizeof input)
		return false;
	memcpy(input, octets, size);
	s->unread = size;
	return true;
}

/*
 * Answers the front until somebody who may has come in: then what it has read and not used is our
 * input. False: the client left before.
 */
static bool await_login(struct session *s, struct mailbox *box)
{
	struct sasl_question *q = &output.login.record.question;
	const char *octets = output.login.record.octets;
	bool may_enter = false;
	size_t size;
	unsigned char type;
	while ((type = split_receive(&s->split, &output.login.record, &size, NULL)) != 0) {
		if (type == RECORD_ENTER && may_enter && take_input(s, octets, size))
			return true;
		bool at_once = type == RECORD_LOGIN && size >= RECORD_LOGIN_HEAD &&
			       q->kind == SASL_PASSWORD &&
			       take_input(s, octets + RECORD_LOGIN_HEAD, size - RECORD_LOGIN_HEAD);
		if (!at_once && (type != RECORD_ASK || size != sizeof *q)) {
			log_event(LOG_ERR, "front sent nonsense ip=%s", s->peer->ip);
			return false;
		}
		may_enter = answer(s, q, box, at_once);
		str_wipe(q, sizeof *q);
		if (at_once && may_enter)
			return true;
		str_wipe(input, s->unread);
		s->unread = 0;
	}
	return false;
}

static const char *refuse(struct session *s, const char *reason, const char *reply)
{
	s->reason = reason;
	return reply;
}

/* What somebody has to mend; anything else may be over when the client comes again. */
static bool lasts(int error)
{
	return error == EACCES || error == ENOTDIR || error == ELOOP;
}

/* From here on this process is the owner and sees the one Maildir; what is said when that fails. */
static const char *enter_maildrop(struct session *s, const struct mailbox *box)
{
	priv_become(box->owner);
	if (!maildrop_open(&s->drop, box->path)) {
		int error = errno;
		log_event(LOG_ERR, "cannot open %s: %s", box->path, strerror(error));
		return refuse(s, "error",
			lasts(error) ? "-ERR [SYS/PERM] cannot open the maildrop\r\n"
				     : "-ERR [SYS/TEMP] cannot open the maildrop\r\n");
	}
	if (!s->drop.absent && maildir_logged_in(&s->drop.dir, settings.login_delay))
		return refuse(s, "login-delay", "-ERR [LOGIN-DELAY] too soon, try again later\r\n");
	takeover_try(s);
	if (!filter_begin(s)) {
		log_event(LOG_ERR, "no helper for the filter: %s", strerror(errno));
		return refuse(s, "error", "-ERR [SYS/TEMP] cannot run the filter\r\n");
	}
	struct priv_path own = {.fd = s->drop.dir.root, .write = true};
	if (settings.sandbox)
		priv_confine(&own, s->drop.absent ? 0 : 1);
	if (maildrop_lock(&s->drop)) {
		if (settings.login_delay > 0 && !s->drop.absent)
			maildir_note_login(&s->drop.dir);
		return NULL;
	}
	if (errno == EAGAIN)
		return refuse(s, "in-use", "-ERR [IN-USE] another session has this maildrop\r\n");
	log_event(LOG_ERR, "cannot read %s: %s", box->path, strerror(errno));
	return refuse(s, "error", "-ERR [SYS/TEMP] cannot read the maildrop\r\n");
}

static void run_transaction(struct session *s, const struct mailbox *box)
{
	s->logged_in = true;
	s->timeout = (int)settings.autologout;
	open_client(s, s->peer->in, s->peer->out);
	s->io.end = s->unread;
	io_heed_stop();
	const char *trouble = enter_maildrop(s, box);
	if (trouble) {
		io_put(&s->io, trouble);
		io_flush(&s->io);
		closing_log(s, s->reason);
		return;
	}
	s->state = STATE_TRANSACTION;
	last_reset(s);
	io_putf(&s->io, "+OK %zu messages\r\n", s->drop.count);
	enum cmd_end end = cmd_loop(
		&pop3_dialect, &s->io, s, &s->state, &s->timeout, (unsigned)settings.errors);
	closing_log(s, s->reason ? s->reason : cmd_end_name(end));
	maildrop_close(&s->drop);
}

int session_run(const struct peer *peer)
{
	static struct session session;
	struct session *s = &session;
	s->peer = peer;
	s->began = now_ms();
	if (split_session(&s->split, peer, UINT64_MAX))
		return run_front(s);
	struct mailbox *box = &output.login.box;
	bool logged_in = await_login(s, box);
	split_end(&s->split);
	if (logged_in)
		run_transaction(s, box);
	return EX_OK;
}
