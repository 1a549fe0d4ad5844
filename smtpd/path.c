/*
 * path: the address grammar of SMTP, one small function for each rule. Runs in the front, in the
 * jail; the keeper uses it to check and to write. RFC 5321 4.1.2, 4.1.3 and 4.1.1.11.
 *
 * A rule takes the place in the text and returns the place behind what it matched, or NULL.
 */
#include "path.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* By hand: the functions of ctype.h depend on the locale. */
static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_atext(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

/* sub-domain *("." sub-domain); hosts with '_' in their names do send mail. */
static const char *name_end(const char *at)
{
	for (;;) {
		const char *label = at;
		while (is_alnum(*at) || *at == '-' || *at == '_')
			at++;
		if (at == label || *label == '-' || at[-1] == '-')
			return NULL;
		if (*at != '.')
			return at;
		at++;
	}
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]". */
static const char *literal_end(const char *at)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char address[sizeof(struct in6_addr)];
	bool v6 = strncasecmp(at, "[IPv6:", 6) == 0;
	at += v6 ? 6 : 1;
	size_t n = strcspn(at, "]");
	if (at[n] == '\0' || n >= sizeof text)
		return NULL;
	memcpy(text, at, n);
	text[n] = '\0';
	return inet_pton(v6 ? AF_INET6 : AF_INET, text, address) == 1 ? at + n + 1 : NULL;
}

static const char *domain_end(const char *at)
{
	return *at == '[' ? literal_end(at) : name_end(at);
}

/* "@a,@b:" in front of the mailbox. */
static const char *route_end(const char *at)
{
	for (;;) {
		at = domain_end(at + 1);
		if (!at)
			return NULL;
		if (*at == ':')
			return at + 1;
		if (at[0] != ',' || at[1] != '@')
			return NULL;
		at++;
	}
}

static const char *read_dot_string(const char *at, struct str *local)
{
	for (;;) {
		const char *atom = at;
		while (is_atext(*at))
			at++;
		if (at == atom)
			return NULL;
		str_addn(local, atom, (size_t)(at - atom));
		if (*at != '.')
			return at;
		str_addn(local, at++, 1);
	}
}

static const char *read_quoted(const char *at, struct str *local)
{
	for (at++; *at != '"'; at++) {
		if (*at == '\\')
			at++;
		if (!is_printable(*at))
			return NULL;
		str_addn(local, at, 1);
	}
	return at + 1;
}

/* local-part ["@" domain]: what is left of a path behind its route. */
static const char *read_mailbox(const char *at, struct path *p, bool *fits)
{
	struct str local;
	bool quoted = *at == '"';
	str_init(&local, p->local, sizeof p->local);
	at = quoted ? read_quoted(at, &local) : read_dot_string(at, &local);
	*fits = !local.cut;
	if (!at || *at != '@') /* "" without a domain would look like the null path */
		return local.len > 0 || local.cut ? at : NULL;
	const char *domain = at + 1;
	at = domain_end(domain);
	size_t n = at ? (size_t)(at - domain) : 0;
	*fits = *fits && n < sizeof p->domain;
	if (*fits)
		memcpy(p->domain, domain, n);
	return at;
}

enum path_result path_read(const char **at, struct path *p)
{
	bool fits = true;
	const char *end = *at;
	memset(p, 0, sizeof *p);
	for (const char *c = end; *c != '\0' && *c != '>'; c++)
		if ((unsigned char)*c >= 0x80)
			return PATH_NOT_ASCII;
	if (*end++ != '<')
		return PATH_SYNTAX;
	if (*end == '@')
		end = route_end(end);
	if (end && (*end != '>' || end[-1] != '<'))
		end = read_mailbox(end, p, &fits);
	if (!end || end[0] != '>' || (end[1] != ' ' && end[1] != '\0'))
		return PATH_SYNTAX;
	*at = end + 1;
	return fits ? PATH_OK : PATH_LONG;
}

bool path_null(const struct path *p)
{
	return p->local[0] == '\0' && p->domain[0] == '\0';
}

bool path_valid(const struct path *p)
{
	if (!memchr(p->local, '\0', sizeof p->local) || !memchr(p->domain, '\0', sizeof p->domain))
		return false;
	for (const char *c = p->local; *c; c++)
		if (!is_printable(*c))
			return false;
	const char *end = p->domain;
	return *end == '\0' || ((end = domain_end(end)) != NULL && *end == '\0');
}

static bool is_dot_string(const char *local)
{
	char same[PATH_LOCAL];
	struct str s;
	str_init(&s, same, sizeof same);
	const char *end = read_dot_string(local, &s);
	return end && *end == '\0';
}

void path_write(const struct path *p, struct str *to)
{
	if (path_null(p))
		return;
	bool plain = is_dot_string(p->local);
	str_add(to, plain ? "" : "\"");
	for (const char *c = p->local; *c; c++) {
		if (*c == '"' || *c == '\\')
			str_add(to, "\\");
		str_addn(to, c, 1);
	}
	str_add(to, plain ? "" : "\"");
	if (p->domain[0])
		str_addf(to, "@%s", p->domain);
}

bool path_parameter(char **at, char **keyword, char **value)
{
	char *start = *at + strspn(*at, " ");
	char *end = start + strcspn(start, " =");
	*at = start;
	*value = NULL;
	for (const char *c = start; c < end; c++)
		if (!is_alnum(*c) && (*c != '-' || c == start))
			return false;
	if (end == start)
		return false;
	if (*end == '=') {
		*value = end + 1;
		for (char *c = *value; *c && *c != ' '; c++)
			if (!is_printable(*c) || *c == '=')
				return false;
		*end = '\0';
		end = *value + strcspn(*value, " ");
		if (end == *value)
			return false;
	}
	*at = *end == '\0' ? end : end + 1;
	*end = '\0';
	*keyword = start;
	return true;
}
