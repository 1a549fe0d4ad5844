/*
 * remap: names by rules. Runs in the child, as the jailed user, within a limit of CPU time.
 */
#include "remap.h"

#include <ctype.h>
#include <string.h>

#include "rules.h"

#define GROUPS 10 /* \0 to \9 */

/* Letters as \U and \L want them. */
static void add_cased(struct str *to, char letter_case, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		char cased = (char)(letter_case == 'U'   ? toupper(c)
				    : letter_case == 'L' ? tolower(c)
							 : c);
		str_addn(to, &cased, 1);
	}
}

/* What the replacement says, with what has matched in `from`. */
static void expand(struct str *to, const struct rule *r, const struct client *client,
	const char *from, const regmatch_t *match)
{
	char letter_case = 'E';

	for (const char *at = r->replacement; *at; at++) {
		if (*at != '\\' || !at[1]) {
			add_cased(to, letter_case, at, 1);
			continue;
		}
		switch (*++at) {
		case 'U':
		case 'L':
		case 'E':
			letter_case = *at;
			break;
		case 'i':
			add_cased(to, letter_case, client->ip, strlen(client->ip));
			break;
		case 'x':
			add_cased(to, letter_case, client->hex, strlen(client->hex));
			break;
		default:
			if (!isdigit((unsigned char)*at))
				add_cased(to, letter_case, at, 1);
			else if (match[*at - '0'].rm_so >= 0)
				add_cased(to, letter_case, from + match[*at - '0'].rm_so,
					(size_t)(match[*at - '0'].rm_eo - match[*at - '0'].rm_so));
		}
	}
}

/* The name with what has matched behind `start` replaced; moves *start behind the replacement. */
static bool replace(struct remap *m, const struct rule *r, size_t *start, const regmatch_t *match)
{
	char name[REMAP_NAME];
	struct str s;
	size_t before = *start + (size_t)match[0].rm_so, after = *start + (size_t)match[0].rm_eo;

	str_init(&s, name, sizeof name);
	str_addn(&s, m->name, before);
	expand(&s, r, m->client, m->name + *start, match);
	*start = s.len;
	if (before == after && m->name[after]) /* nothing has matched: go on behind the next */
		*start += 1;
	str_add(&s, m->name + after);
	return !s.cut && str_copy(m->name, sizeof m->name, name);
}

static bool applies(const struct rule *r, const struct remap *m)
{
	bool v6 = m->client->address.sa.sa_family == AF_INET6;

	return !(r->flags & (m->put ? GET : PUT)) && !(r->flags & (v6 ? IPV4 : IPV6));
}

/* Whether it fits what stands behind `start`. */
static bool fits(const struct rule *r, const char *name, size_t start, regmatch_t *match)
{
	bool matches = regexec(&r->pattern, name + start, r->flags & UNLESS ? 0 : GROUPS, match,
			       start > 0 ? REG_NOTBOL : 0) == 0;

	return matches != ((r->flags & UNLESS) != 0);
}

/* A rule that fits: replaces, as often as it is to. */
static enum remap_result rewrite(
	struct remap *m, const struct rule *r, regmatch_t *match, unsigned *steps)
{
	size_t start = 0;

	do {
		bool at_end = match[0].rm_eo >= 0 && !m->name[start + (size_t)match[0].rm_eo];
		if (!replace(m, r, &start, match))
			return REMAP_LONG;
		if (!(r->flags & AGAIN) || (r->flags & ONWARD && at_end))
			return REMAP_OK;
		start = r->flags & ONWARD ? start : 0;
		if (++*steps > REMAP_STEPS)
			return REMAP_ENDLESS;
	} while (fits(r, m->name, start, match));
	return REMAP_OK;
}

static void write_refusal(struct remap *m, const struct rule *r, const regmatch_t *match)
{
	char message[REMAP_NAME];
	struct str s;

	str_init(&s, message, sizeof message);
	expand(&s, r, m->client, m->name, match);
	str_copy(m->name, sizeof m->name, message);
}

/* One rule, which is tried. */
static enum remap_result try_rule(
	struct remap *m, const struct rule *r, bool *fitted, unsigned *steps)
{
	regmatch_t match[GROUPS];
	enum remap_result result = REMAP_OK;

	for (size_t i = 0; i < GROUPS; i++)
		match[i].rm_so = match[i].rm_eo = -1;
	*fitted = fits(r, m->name, 0, match);
	if (!*fitted)
		return REMAP_OK;
	if (r->flags & REPLACE)
		result = rewrite(m, r, match, steps);
	if (m->tell)
		m->tell(r->line, m->name);
	if (r->flags & REFUSE)
		write_refusal(m, r, match);
	return r->flags & REFUSE ? REMAP_REFUSED : result;
}

enum remap_result remap_apply(struct remap *m)
{
	unsigned steps = 0;

	for (size_t i = 0; i < rule_count; i++) {
		const struct rule *r = &rules[i];
		enum remap_result result;
		bool fitted;
		if (!applies(r, m))
			continue;
		if (++steps > REMAP_STEPS)
			return REMAP_ENDLESS;
		result = try_rule(m, r, &fitted, &steps);
		if (result != REMAP_OK || (fitted && r->flags & END))
			return result;
		if (fitted && r->flags & RESTART)
			i = (size_t)-1;
	}
	return REMAP_OK;
}
