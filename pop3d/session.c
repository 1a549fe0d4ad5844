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

#include "account.h"
#include "log.h"
#include "priv.h"
#include "str.h"

static struct session session;
static char input[POP3_INPUT];
static char output[256 * 1024]; /* costs nothing until a message fills it */

static void open_client(struct session *s, int in, int out)
{
	io_open(&s->io, in, out, input, sizeof input, output, sizeof output, s->timeout * 1000);
}

static int run_front(struct session *s)
{
	s->state = STATE_AUTHORIZATION;
	s->timeout = (int)settings.login_timeout;
	open_client(s, STDIN_FILENO, STDOUT_FILENO);
	io_putf(&s->io, "+OK %s POP3 server ready\r\n", settings.hostname);
	enum cmd_end end = cmd_loop(
		&pop3_dialect, &s->io, s, &s->state, &s->timeout, (unsigned)settings.errors);
	closing_log(s, cmd_end_name(end));
	return EX_OK;
}

/* What the front sent, made harmless; false: no front of ours sends this. */
static bool take_login(struct session *s, struct record_login *login)
{
	static char body[SPLIT_MAX];
	size_t size;
	unsigned char type = split_receive(&s->split, body, &size, NULL);
	if (type == 0)
		return false;
	if (type != RECORD_LOGIN || size != sizeof *login) {
		log_event(LOG_ERR, "front sent nonsense ip=%s", s->peer->ip);
		return false;
	}
	memcpy(login, body, sizeof *login);
	str_wipe(body, sizeof *login);
	login->user[sizeof login->user - 1] = '\0';
	login->secret[sizeof login->secret - 1] = '\0';
	return login->unread <= sizeof login->input;
}

static enum account_result check_login(
	struct session *s, struct record_login *login, struct mailbox *box)
{
	struct account account;
	enum account_result result = account_login(login->user, login->secret, &account);
	str_wipe(login->secret, sizeof login->secret);
	if (result == ACCOUNT_OK)
		result = account_mailbox(&account, box);
	if (result == ACCOUNT_OK)
		str_copy(s->user, sizeof s->user, account.name);
	if (result == ACCOUNT_NONE)
		log_event(LOG_NOTICE, "auth failed user=%s ip=%s", log_quote(login->user),
			s->peer->ip);
	return result;
}

/* Answers the front until somebody has logged in. False: the client left before. */
static bool await_login(struct session *s, struct record_login *login, struct mailbox *box)
{
	while (take_login(s, login)) {
		struct record_verdict no = {VERDICT_TROUBLE};
		enum account_result result = check_login(s, login, box);
		if (result == ACCOUNT_OK)
			return true;
		if (result == ACCOUNT_NONE)
			no.verdict = VERDICT_DENIED;
		if (!split_send(&s->split, RECORD_VERDICT, &no, sizeof no, -1))
			return false;
	}
	return false;
}

/* From here on this process is the owner and sees the one Maildir; what is said when that fails. */
static const char *enter_maildrop(struct session *s, const struct mailbox *box)
{
	priv_become(box->owner);
	if (!maildrop_open(&s->drop, box->path)) {
		log_event(LOG_ERR, "cannot open %s: %s", box->path, strerror(errno));
		return "-ERR [SYS/PERM] cannot open the maildrop\r\n";
	}
	takeover_try(s);
	struct priv_path own = {.fd = s->drop.dir.root, .write = true};
	if (settings.sandbox)
		priv_confine(&own, s->drop.absent ? 0 : 1);
	if (maildrop_lock(&s->drop))
		return NULL;
	if (errno == EAGAIN)
		return "-ERR [IN-USE] another session has this maildrop\r\n";
	log_event(LOG_ERR, "cannot read %s: %s", box->path, strerror(errno));
	return "-ERR [SYS/TEMP] cannot read the maildrop\r\n";
}

static void run_transaction(
	struct session *s, const struct record_login *login, const struct mailbox *box)
{
	s->logged_in = true;
	s->timeout = (int)settings.autologout;
	open_client(s, s->peer->in, s->peer->out);
	memcpy(input, login->input, login->unread);
	s->io.end = login->unread;
	io_heed_stop();
	const char *trouble = enter_maildrop(s, box);
	if (trouble) {
		io_put(&s->io, trouble);
		io_flush(&s->io);
		closing_log(s, str_begins(trouble, "-ERR [IN-USE]") ? "in-use" : "error");
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
	static struct record_login login;
	static struct mailbox box;
	struct session *s = &session;
	s->peer = peer;
	s->began = now_ms();
	if (split_session(&s->split, peer, UINT64_MAX))
		return run_front(s);
	bool logged_in = await_login(s, &login, &box);
	split_end(&s->split);
	if (logged_in)
		run_transaction(s, &login, &box);
	return EX_OK;
}
