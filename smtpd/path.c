/*
 * path: the address grammar of SMTP, one small function for each rule. Runs in the front, in the
 * jail; the keeper uses it to check and to write. RFC 5321 4.1.2, 4.1.3 and
 * 4.1.1.11; UTF-8: RFC 6531 3.3; xtext: RFC 3461 4.
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

/*
 * Octets of the UTF-8 character of more than one octet at `at`; 0: there is none. No overlong
 * forms, surrogates or control characters. RFC 3629 4, RFC 6531 3.3.
 */
static size_t utf8_length(const char *at)
{
	const unsigned char *c = (const unsigned char *)at;
	size_t n = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
	static const unsigned least[] = {0, 0, 0xa0, 0x800, 0x10000};
	unsigned code = c[0] & (0x7fu >> n);
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (c[i] & 0x3f);
	}
	bool surrogate = code >= 0xd800 && code <= 0xdfff;
	return code < least[n] || code > 0x10ffff || surrogate ? 0 : n;
}

/* Behind a run of such characters and of those that `is` one. */
static const char *run_end(const char *at, bool (*is)(char))
{
	size_t n;
	while ((n = is(*at) ? 1 : utf8_length(at)) > 0)
		at += n;
	return at;
}

static bool is_label(char c)
{
	return is_alnum(c) || c == '-' || c == '_';
}

/* sub-domain *("." sub-domain); hosts with '_' in their names do send mail. */
static const char *name_end(const char *at)
{
	for (;;) {
		const char *label = at;
		at = run_end(at, is_label);
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
		at = run_end(at, is_atext);
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
	for (at++; *at != '"';) {
		bool pair = *at == '\\';
		at += pair;
		size_t n = is_printable(*at) ? 1 : pair ? 0 : utf8_length(at);
		if (n == 0)
			return NULL;
		str_addn(local, at, n);
		at += n;
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

static bool is_ascii(const char *text)
{
	while (*text && (unsigned char)*text < 0x80)
		text++;
	return *text == '\0';
}

bool path_ascii(const struct path *p)
{
	return is_ascii(p->local) && is_ascii(p->domain);
}

bool path_valid(const struct path *p)
{
	if (!memchr(p->local, '\0', sizeof p->local) || !memchr(p->domain, '\0', sizeof p->domain))
		return false;
	if (*run_end(p->local, is_printable))
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

static int hex_digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

bool path_xtext(char *text)
{
	char *to = text;
	for (const char *at = text; *at; at++) {
		int octet = *at;
		if (!is_printable(*at) || *at == ' ' || *at == '=')
			return false;
		if (*at == '+') {
			int high = hex_digit(at[1]), low = high < 0 ? -1 : hex_digit(at[2]);
			octet = low < 0 ? 0 : high << 4 | low;
			if (octet == 0)
				return false;
			at += 2;
		}
		*to++ = (char)octet;
	}
	*to = '\0';
	return true;
}
