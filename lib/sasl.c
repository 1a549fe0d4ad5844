/*
 * sasl: the dialogue of AUTH. Runs in fronts, in the jail. RFC 4422 4 and 5, RFC 4616 (PLAIN), RFC
 * 5802 (SCRAM); LOGIN as draft-murchison-sasl-login-00 tells of it.
 */
#include "sasl.h"

#include <string.h>

#include "account_sink.h"
#include "base64.h"
#include "memory.h"
#include "sasl_scram.h"
#include "settings.h"

/* One message of the client, decoded: NUL-terminated, and valid until the next read. */
struct message {
	char *at;
	size_t n;
};

/* In place: octets never take more room than their letters, of which none is left. */
static enum sasl_result decode(char *text, size_t n, struct message *m)
{
	ssize_t count = base64_read(text, n, text, n);
	if (count < 0)
		return SASL_MALFORMED;
	str_wipe(text + count, n - (size_t)count);
	*m = (struct message){.at = text, .n = (size_t)count};
	return SASL_MORE;
}

/* Sends a challenge and reads the response. */
static enum sasl_result respond(struct sasl_talk *t, const char *challenge, struct message *m)
{
	char text[SASL_MESSAGE / 3 * 4 + 4], *line;
	size_t n;
	struct str s;
	str_init(&s, text, sizeof text);
	base64_add(&s, challenge, strlen(challenge));
	io_put(t->io, t->challenge);
	io_put(t->io, text);
	io_put(t->io, "\r\n");
	io_deadline(t->io, t->timeout);
	enum io_result r = io_line(t->io, SASL_LINE, &line, &n);
	if (r == IO_LONG || r == IO_NUL)
		return SASL_MALFORMED;
	t->lost = r;
	if (r != IO_OK)
		return SASL_LOST;
	return strcmp(line, "*") == 0 ? SASL_CANCELLED : decode(line, n, m);
}

/* The client's first message: the initial response, or the answer to the first challenge. */
static enum sasl_result begin(
	struct sasl_talk *t, char *initial, const char *challenge, struct message *m)
{
	if (!initial)
		return respond(t, challenge, m);
	if (strcmp(initial, "=") == 0)
		initial[0] = '\0';
	return decode(initial, strlen(initial), m);
}

static enum sasl_result ask(
	struct sasl_talk *t, const struct sasl_question *q, struct sasl_answer *a)
{
	return t->ask(t->context, q, a) ? (enum sasl_result)a->verdict : SASL_TROUBLE;
}

/* What no field has room for is nobody's name or secret. */
static enum sasl_result check_password(struct sasl_talk *t, const char *user, const char *secret)
{
	struct sasl_question q = {.kind = SASL_PASSWORD};
	struct sasl_answer a;
	enum sasl_result result = SASL_MALFORMED;
	if (str_copy(q.user, sizeof q.user, user) && str_copy(q.secret, sizeof q.secret, secret))
		result = ask(t, &q, &a);
	str_wipe(&q, sizeof q);
	return result;
}

enum sasl_result sasl_password(struct sasl_talk *t, const char *user, char *secret)
{
	enum sasl_result result = check_password(t, user, secret);
	str_wipe(secret, strlen(secret));
	return result;
}

/* [authzid] NUL authcid NUL password */
static enum sasl_result run_plain(struct sasl_talk *t, char *initial)
{
	struct message m;
	enum sasl_result result = begin(t, initial, "", &m);
	if (result != SASL_MORE)
		return result;
	char *end = m.at + m.n, *user = m.at + strlen(m.at) + 1;
	char *secret = user < end ? user + strlen(user) + 1 : end + 1;
	if (secret > end || secret + strlen(secret) != end)
		result = SASL_MALFORMED; /* more or fewer than two NULs */
	else if (m.at[0] && !str_same(m.at, user))
		result = SASL_NO;
	else
		result = check_password(t, user, secret);
	str_wipe(m.at, m.n);
	return result;
}

static enum sasl_result run_login(struct sasl_talk *t, char *initial)
{
	char user[SASL_NAME];
	struct message m;
	enum sasl_result result = begin(t, initial, "Username:", &m);
	if (result != SASL_MORE)
		return result;
	if (strlen(m.at) != m.n || !str_copy(user, sizeof user, m.at))
		return SASL_MALFORMED;
	result = respond(t, "Password:", &m);
	if (result != SASL_MORE)
		return result;
	result = strlen(m.at) == m.n ? check_password(t, user, m.at) : SASL_MALFORMED;
	str_wipe(m.at, m.n);
	return result;
}

/* A message of SCRAM is text. */
static enum sasl_result expect_text(enum sasl_result result, const struct message *m)
{
	return result == SASL_MORE && strlen(m->at) != m->n ? SASL_MALFORMED : result;
}

/* After the client's first message: the user's salt, and the client's proof. */
static enum sasl_result prove(struct sasl_talk *t, struct sasl_scram *x, struct sasl_answer *a)
{
	char text[SASL_MESSAGE];
	struct str s;
	struct message m;
	struct sasl_question q = {.kind = SASL_SALT};
	str_copy(q.user, sizeof q.user, x->user);
	enum sasl_result result = ask(t, &q, a);
	if (result != SASL_MORE)
		return result;
	str_init(&s, text, sizeof text);
	if (!sasl_scram_challenge(x, a, &s))
		return SASL_MALFORMED;
	result = expect_text(respond(t, text, &m), &m);
	if (result != SASL_MORE)
		return result;
	if (!sasl_scram_final(x, m.at, q.proof))
		return SASL_MALFORMED;
	q.kind = SASL_PROOF;
	str_copy(q.message, sizeof q.message, x->message);
	return ask(t, &q, a);
}

static enum sasl_result run_scram(struct sasl_talk *t, char *initial)
{
	static OWN_PAGES struct sasl_scram x;
	char text[64];
	struct str s;
	struct message m;
	struct sasl_answer a;
	enum sasl_result result = begin(t, initial, "", &m);
	result = expect_text(result, &m);
	if (result == SASL_MORE)
		result = sasl_scram_first(&x, m.at);
	if (result == SASL_MORE)
		result = prove(t, &x, &a);
	if (result != SASL_YES)
		return result;
	/* The client, too, wants to know whom it speaks with, and says so by an empty response. */
	str_init(&s, text, sizeof text);
	sasl_scram_signature(&a, &s);
	result = respond(t, text, &m);
	if (result != SASL_MORE)
		return result;
	return m.n == 0 ? SASL_YES : SASL_MALFORMED;
}

static const struct mechanism {
	const char *name;
	bool clear; /* it sends the password as it is */
	enum sasl_result (*run)(struct sasl_talk *t, char *initial);
} mechanisms[] = {
	{"PLAIN", true, run_plain},
	{"LOGIN", true, run_login},
	{"SCRAM-SHA-256", false, run_scram},
};
#define MECHANISMS (sizeof mechanisms / sizeof mechanisms[0])

/* Any password is right in a sink; but who proves to have one wants a proof that we know it. */
static const struct mechanism *find(const char *name)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (str_same(mechanisms[i].name, name) && (mechanisms[i].clear || !account_sink()))
			return &mechanisms[i];
	return NULL;
}

const char *sasl_offered(bool clear, size_t i)
{
	for (char **word = settings.sasl; *word; word++) {
		const struct mechanism *m = find(*word);
		if (m && (clear || !m->clear) && i-- == 0)
			return m->name;
	}
	return NULL;
}

static bool is_named(const struct mechanism *m)
{
	char **word = settings.sasl;
	while (*word && !str_same(*word, m->name))
		word++;
	return *word != NULL;
}

enum sasl_result sasl_run(struct sasl_talk *t, const char *mechanism, char *initial)
{
	const struct mechanism *m = find(mechanism);
	if (!m || !is_named(m))
		return SASL_UNKNOWN;
	return m->clear && !t->clear ? SASL_CLEAR : m->run(t, initial);
}

bool sasl_clear(const struct net_addr *client)
{
	return client->sa.sa_family == AF_UNSPEC || net_loopback(client) || account_sink() ||
	       net_blocks_have(&settings.plaintext, client);
}
