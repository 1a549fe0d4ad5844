/*
 * keeper: answers the front's questions, each only in its season, and believes no field. Runs with
 * the privileges of the start (root's, for many).
 */
#include "keeper.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "guard.h"
#include "log.h"
#include "memory.h"
#include "session.h"
#include "settings.h"

static OWN_PAGES struct answer answers[SPLIT_MAX / sizeof(struct answer)];
static size_t waiting; /* of them */

static void tell_all(struct keeper *k, int fd)
{
	size_t size = waiting * sizeof answers[0];
	if (waiting > 0 && !k->deaf && !split_send(k->split, ANSWER, answers, size, fd)) {
		k->deaf = true;
		if (errno != EPIPE)
			log_event(LOG_ERR, "no answer to a front: %s", strerror(errno));
		/* One that waits for it ends. Its last words are still heard. */
		shutdown(k->split->channel, SHUT_WR);
	}
	waiting = 0;
}

void keeper_tell(struct keeper *k)
{
	tell_all(k, -1);
}

void keeper_answer(struct keeper *k, enum verdict v, int fd)
{
	struct answer *a = &answers[waiting++];
	*a = (struct answer){.verdict = (unsigned char)v};
	memcpy(a->id, k->id, sizeof a->id);
	if (v == REPLY)
		memcpy(a->reply, k->reply, sizeof a->reply);
	k->over |= str_begins(a->reply, "421");
	if (fd >= 0 || waiting == sizeof answers / sizeof answers[0])
		tell_all(k, fd);
}

static bool log_in(struct keeper *k, const void *body)
{
	static OWN_PAGES struct sasl_question q;
	struct sasl_answer a;
	struct account account;
	if (k->user[0])
		return false;
	memcpy(&q, body, sizeof q);
	guard_answer(k->split, k->peer, &q, &a, &account);
	if (a.verdict == SASL_YES)
		str_copy(k->user, sizeof k->user, account.name);
	return split_send(k->split, ANSWER_AUTH, &a, sizeof a, -1);
}

/* The daemon's own peer has to be one that may say so. */
static bool believe_proxy(struct keeper *k, const void *body)
{
	struct ask_xclient ask;
	memcpy(&ask, body, sizeof ask);
	if (!k->proxy || !memchr(ask.ip, '\0', sizeof ask.ip) ||
		!memchr(ask.login, '\0', sizeof ask.login) ||
		!net_parse(ask.ip, 0, &k->peer->remote))
		return false;
	net_set_port(&k->peer->remote, ask.port);
	net_host(&k->peer->remote, k->peer->ip);
	memcpy(k->user, ask.login, sizeof k->user);
	k->transactions = 0;
	k->unknown = 0;
	return true;
}

static const struct question {
	unsigned char type;
	unsigned seasons;
	size_t size;
	bool (*take)(struct keeper *k, const void *body);
} questions[] = {
	{ASK_MAIL, SEASON_IDLE, sizeof(struct ask_mail), transaction_mail},
	{ASK_RCPT, SEASON_MAIL | SEASON_RCPT, sizeof(struct ask_rcpt), transaction_rcpt},
	{ASK_SPOOL, SEASON_RCPT, 0, transaction_spool},
	{ASK_COMMIT, SEASON_SPOOL, sizeof(struct ask_commit), transaction_commit},
	{ASK_AUTH, SEASON_IDLE, sizeof(struct sasl_question), log_in},
	{ASK_XCLIENT, SEASON_IDLE, sizeof(struct ask_xclient), believe_proxy},
	{ASK_WHO, SEASON_ANY, sizeof(struct ask_who), who_is},
	{ASK_RESET, SEASON_ANY, sizeof(struct ask_reset), transaction_reset},
};

static bool take(struct keeper *k, unsigned char type, const void *body, size_t size)
{
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
		const struct question *q = &questions[i];
		if (q->type == type)
			return size == q->size && (q->seasons & k->season) && q->take(k, body);
	}
	return false;
}

/* Of a client that is shown the door nothing more is asked. */
static bool take_several(struct keeper *k, const char *body, size_t size)
{
	struct several head;
	bool sound = size > 0;
	while (sound && size > 0 && !k->deaf && !k->over) {
		if (size < sizeof head)
			return false;
		memcpy(&head, body, sizeof head);
		body += sizeof head;
		size -= sizeof head;
		bool none = head.type == ASK_SPOOL && k->season == SEASON_MAIL;
		sound = head.size <= size && (none || take(k, head.type, body, head.size));
		body += head.size;
		size -= head.size;
	}
	return sound;
}

/* Not when we have ended, which may last a moment: see sync.h. A superserver's socket is standard
 * output as well. */
static void close_client(const struct peer *peer)
{
	close(peer->in);
	if (peer->out != peer->in)
		close(peer->out);
	else if (peer->in == STDIN_FILENO)
		close(STDOUT_FILENO);
}

int keeper(struct split *split, const struct peer *peer)
{
	static OWN_PAGES struct keeper k;
	static OWN_PAGES char body[SPLIT_MAX];
	size_t size;
	unsigned char type;
	k.split = split;
	k.client = *peer;
	k.peer = &k.client;
	k.proxy = net_blocks_have(&settings.xclient, &peer->remote);
	k.pid = getpid();
	k.season = SEASON_IDLE;
	bool sound = true;
	while (sound && (type = split_receive(split, body, &size, NULL)) != 0) {
		sound = type == ASK_SEVERAL ? take_several(&k, body, size)
					    : take(&k, type, body, size);
		keeper_tell(&k);
		if (type == ASK_AUTH)
			str_wipe(body, sizeof body);
	}
	if (!sound)
		log_event(LOG_ALERT, "the front broke the rules ip=%s", peer->ip);
	transaction_lost(&k);
	split_end(split);
	close_client(peer);
	return sound ? EX_OK : EX_SOFTWARE;
}
