/*
 * xclient: XCLIENT, by which a proxy says whom it speaks for. Runs in the front; the keeper hears
 * of it, and believes it of the same addresses. Attributes as Postfix's XCLIENT_README has them.
 */
#include <string.h>
#include <strings.h>

#include "serve_client.h"
#include "session.h"

static const char bad_attribute[] = "501 5.5.4 An attribute is unknown or malformed\r\n";
static const char denied[] = "554 5.7.1 No service for your address\r\n";

/* What one XCLIENT says; what it does not mention stays as it was. */
struct claim {
	struct net_addr client;
	struct ask_xclient ask;
	struct ask_mail mail;
	bool helo_told, proto_told;
};

/* Each is false when the value will not do; NULL: there is none to be told. */
static bool take_name(struct claim *c, const char *value)
{
	(void)c, (void)value; /* names of clients are not used here */
	return true;
}

static bool take_address(struct claim *c, const char *value)
{
	struct net_block host; /* one without a port in the same text */
	/* Who is not known is a stranger, unlike who comes without an address. */
	if (!value)
		value = "0.0.0.0";
	value += strncasecmp(value, "IPV6:", 5) == 0 ? 5 : 0;
	return !strchr(value, '/') && net_block_parse(value, &host) &&
	       net_parse(value, 0, &c->client);
}

static bool take_port(struct claim *c, const char *value)
{
	uint64_t port = 0;
	bool good = !value || str_number(value, 65535, &port);
	c->ask.port = (uint16_t)port;
	return good;
}

static bool take_protocol(struct claim *c, const char *value)
{
	c->proto_told = value != NULL;
	c->mail.esmtp = value && str_same(value, "ESMTP");
	return !value || c->mail.esmtp || str_same(value, "SMTP");
}

static bool take_helo(struct claim *c, const char *value)
{
	c->helo_told = value != NULL;
	return str_copy(c->mail.helo, sizeof c->mail.helo, value ? value : "");
}

static bool take_login(struct claim *c, const char *value)
{
	return str_copy(c->ask.login, sizeof c->ask.login, value ? value : "");
}

static const struct {
	const char *name;
	bool (*take)(struct claim *c, const char *value);
} attributes[] = {
	{"NAME", take_name},
	{"ADDR", take_address},
	{"PORT", take_port},
	{"PROTO", take_protocol},
	{"HELO", take_helo},
	{"LOGIN", take_login},
};

static bool take(struct claim *c, char *word)
{
	char *value = strchr(word, '=');
	if (!value)
		return false;
	*value++ = '\0';
	if (!path_xtext(value) || *value == '\0')
		return false;
	if (str_same(value, "[UNAVAILABLE]") || str_same(value, "[TEMPUNAVAIL]"))
		value = NULL;
	for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++)
		if (str_same(attributes[i].name, word))
			return attributes[i].take(c, value);
	return false;
}

static bool read_claim(struct claim *c, char *words)
{
	for (char *word; (word = str_word(&words)) != NULL;)
		if (!take(c, word))
			return false;
	net_set_port(&c->client, c->ask.port);
	net_host(&c->client, c->ask.ip);
	return true;
}

/* All begins anew, but for what was told now. */
const char *xclient_run(void *session, struct cmd_call *call)
{
	struct session *s = session;
	struct claim c = {.client = s->client,
		.ask.port = net_port(&s->client),
		.mail = s->mail,
		.helo_told = s->helo_told,
		.proto_told = s->proto_told};
	str_copy(c.ask.login, sizeof c.ask.login, s->login);
	if (!read_claim(&c, call->argv[0]))
		return bad_attribute;
	if (!split_send(s->split, ASK_XCLIENT, &c.ask, sizeof c.ask, -1))
		return session_fail(s);
	s->client = c.client;
	s->mail = c.mail;
	s->helo_told = c.helo_told;
	s->proto_told = c.proto_told;
	str_copy(s->login, sizeof s->login, c.ask.login);
	s->authenticated = s->login[0] != '\0';
	s->transactions = s->unknown = 0;
	s->state = serve_allowed(&s->client) ? STATE_GREETED : 0;
	if (s->state == 0)
		return denied;
	hello_greet(s);
	return NULL;
}
