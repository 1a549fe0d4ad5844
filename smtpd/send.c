/*
 * send: who is called to the terminal. Runs in the keeper, with the privileges of the start; but
 * for send_offered(), which the front asks, too. RFC 821 3.4.
 */
#include "send.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "memory.h"
#include "settings.h"
#include "users.h"

#define MESSAGE_PART (16 * 1024) /* octets of a message that are looked at */

bool send_offered(const struct net_addr *client)
{
	return settings.terminal && client->sa.sa_family != AF_UNSPEC &&
	       (net_loopback(client) || net_blocks_have(&settings.trusted, client));
}

/* The system's user of that name. False: there is none, or errno tells of trouble. */
static bool find_callee(const char *name, struct callee *c)
{
	str_copy(c->name, sizeof c->name, name);
	str_fold(c->name);
	struct passwd *pw = users_passwd(c->name);
	if (!pw)
		return false;
	c->ids = (struct priv_ids){.uid = pw->pw_uid, .gid = pw->pw_gid};
	return true;
}

static size_t call_out(const struct callee *c, const char *text)
{
	struct logins at;
	logins_find(c->name, c->ids.uid, &at);
	return terminal_write(c->ids, &at, text);
}

static bool room_for_callee(struct callees *c)
{
	size_t room = c->room ? 2 * c->room : 4;
	if (c->count < c->room)
		return true;
	struct callee *more = realloc(c->callee, room * sizeof *more);
	if (!more) {
		log_event(LOG_ERR, "out of memory for %zu recipients", room);
		return false;
	}
	c->callee = more;
	c->room = room;
	return true;
}

enum verdict send_judge(struct callees *c, enum way way, const char *name, enum verdict v,
	bool *shown, bool *mailed, char reply[REPLY_TEXT])
{
	if (v == NOT_LOCAL || !room_for_callee(c))
		return v == NOT_LOCAL ? v : TROUBLE;
	struct callee *next = &c->callee[c->count];
	bool known = find_callee(name, next);
	int trouble = known ? 0 : errno;
	*shown = known && call_out(next, "") > 0;
	*mailed = way == WAY_SAML || (way == WAY_SOML && !*shown);
	if (*mailed)
		return v;
	if (*shown)
		return YES;
	if (trouble) {
		log_event(LOG_ERR, "user %s: %s", log_quote(next->name), strerror(trouble));
		return TROUBLE;
	}
	str_copy(reply, REPLY_TEXT, "450 4.2.1 Not logged in, or takes no messages");
	return known ? REPLY : NO_SUCH_USER;
}

void send_add(struct callees *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->callee[i].name, c->callee[c->count].name) == 0)
			return;
	c->count++;
}

void send_read(
	struct callees *c, const struct path *from, const char *ip, int file, uint64_t behind)
{
	static OWN_PAGES char part[MESSAGE_PART];
	ssize_t n = pread(file, part, sizeof part, (off_t)behind);
	struct terminal_message m = {
		.from = from, .ip = ip, .text = part, .size = n > 0 ? (size_t)n : 0};
	struct str s;
	str_init(&s, c->text, sizeof c->text);
	terminal_text(&m, &s);
}

bool send_show(const struct callees *c)
{
	bool all = true;
	for (size_t i = 0; i < c->count; i++)
		all = call_out(&c->callee[i], c->text) > 0 && all;
	return all;
}

void send_end(struct callees *c)
{
	free(c->callee);
	*c = (struct callees){.count = 0};
}
