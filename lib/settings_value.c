/*
 * settings_value: one value of a setting, read strictly by its kind. Runs with settings.c.
 */
#include "settings_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory that lives as long as these settings; NULL, with the error set, when there is none. */
static void *keep(struct settings_load *l, size_t n)
{
	struct settings_memory *m = malloc(sizeof *m + n);
	if (!m) {
		str_add(&l->error, "out of memory");
		return NULL;
	}
	m->next = l->s.memory;
	l->s.memory = m;
	return m + 1;
}

static bool complain(
	struct settings_load *l, const struct setting *row, const char *value, const char *wanted)
{
	str_addf(&l->error, "%s: \"%.80s\" is not %s", row->name, value, wanted);
	return false;
}

bool settings_text(struct settings_load *l, const char **field, const char *value)
{
	char *copy = keep(l, strlen(value) + 1);
	if (!copy)
		return false;
	strcpy(copy, value);
	*field = copy;
	return true;
}

static bool put_text(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	(void)row;
	return settings_text(l, field, value);
}

/* A path, made absolute, behind a word of `prefix`. */
static bool put_path_behind(struct settings_load *l, const struct setting *row, void *field,
	const char *prefix, const char *value)
{
	char path[5120];
	struct str s;
	str_init(&s, path, sizeof path);
	str_add(&s, prefix);
	if (value[0] != '/')
		str_addf(&s, "%s/", l->folder);
	str_add(&s, value);
	if (value[0] == '\0' || s.cut)
		return complain(l, row, value, "a path");
	return settings_text(l, field, path);
}

static bool put_path(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	if (!*value && !*row->initial) /* none, which is the default */
		return put_text(l, row, field, value);
	return put_path_behind(l, row, field, "", value);
}

/* Behind a % stands a letter that lib/mailbox.c knows. */
static bool put_mail(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	const char *at = value;
	while ((at = strchr(at, '%')) != NULL)
		if (strspn(++at, "und") == 0)
			return complain(l, row, value, "a path with %u, %n or %d");
	return put_path(l, row, field, value);
}

static bool put_accounts(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	size_t word = strcspn(value, " \t");
	if (strcmp(value, "system") == 0)
		return settings_text(l, field, value);
	if (word != strlen("checkpassword") || strncmp(value, "checkpassword", word) != 0)
		return put_path(l, row, field, value);
	const char *program = value + word + strspn(value + word, " \t");
	if (!*program)
		return complain(l, row, value, "complete: which PROGRAM?");
	return put_path_behind(l, row, field, "checkpassword ", program);
}

static bool put_number(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	char wanted[96];
	uint64_t n;
	bool good = row->kind == SETTING_OCTETS ? str_octets(value, row->most, &n)
						: str_number(value, row->most, &n);
	if (good && n >= row->least) {
		*(uint64_t *)field = n;
		return true;
	}
	snprintf(wanted, sizeof wanted, "a number of %s from %llu to %llu", row->unit,
		(unsigned long long)row->least, (unsigned long long)row->most);
	return complain(l, row, value, wanted);
}

static bool put_days(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	uint64_t n;
	bool plain = *value == '\0' || str_same(value, "never");
	if (!plain && (!str_number(value, row->most, &n) || n < row->least))
		return complain(l, row, value, "a number of days above 0, or never");
	return settings_text(l, field, value);
}

static bool put_mode(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	size_t n = strspn(value, "01234567");
	uint64_t mode = 0;
	for (size_t i = 0; i < n && mode <= row->most; i++)
		mode = mode * 8 + (uint64_t)(value[i] - '0');
	if (n == 0 || value[n] || mode > row->most)
		return complain(l, row, value, "an octal mode up to 777");
	*(uint64_t *)field = mode;
	return true;
}

static bool put_switch(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	if (!str_same(value, "on") && !str_same(value, "off"))
		return complain(l, row, value, "on or off");
	*(bool *)field = str_same(value, "on");
	return true;
}

bool settings_words(struct settings_load *l, char ***field, const char *value)
{
	char *at = keep(l, strlen(value) + 1);
	char **list = keep(l, (strlen(value) / 2 + 2) * sizeof *list);
	if (!at || !list)
		return false;
	strcpy(at, value);
	size_t n = 0;
	for (char *word; (word = str_word(&at)) != NULL;)
		list[n++] = word;
	list[n] = NULL;
	*field = list;
	return true;
}

static bool put_words(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	(void)row;
	return settings_words(l, field, value);
}

static bool put_program(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	char ***words = field;
	if (!settings_words(l, words, value))
		return false;
	return !**words || ***words == '/' || complain(l, row, value, "a full path and arguments");
}

static bool put_choices(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	char wanted[128], **words, **allowed;
	if (!settings_words(l, &words, value) || !settings_words(l, &allowed, row->unit))
		return false;
	for (char **word = words; *word; word++) {
		char **one = allowed;
		while (*one && !str_same(*one, *word))
			one++;
		snprintf(wanted, sizeof wanted, "one of %s", row->unit);
		if (!*one)
			return complain(l, row, *word, wanted);
	}
	*(char ***)field = words;
	return true;
}

static bool put_choice(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	char **one;
	if (!put_choices(l, row, &one, value))
		return false;
	if (!one[0] || one[1])
		return complain(l, row, value, "one word");
	*(const char **)field = one[0];
	return true;
}

static bool put_rate(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	static const struct {
		const char *end;
		uint64_t seconds;
	} periods[] = {{"/s", 1}, {"/m", 60}, {"/h", 3600}, {"/d", 86400}};
	char number[24];
	struct settings_rate *rate = field;
	size_t n = strcspn(value, "/");
	snprintf(number, sizeof number, "%.*s", (int)n, value);
	for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
		rate->seconds = periods[i].seconds;
		if (strcmp(value + n, periods[i].end) == 0 &&
			str_number(number, row->most, &rate->count))
			return true;
	}
	return complain(l, row, value, "a rate like 60/m");
}

static bool put_range(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	struct settings_range range = {0, 0};
	char first[24];
	size_t n = strcspn(value, ":");
	snprintf(first, sizeof first, "%.*s", (int)n, value);
	if (*value && (!value[n] || !str_number(first, row->most, &range.first) ||
			      !str_number(value + n + 1, row->most, &range.last) ||
			      range.first < row->least || range.last < range.first))
		return complain(l, row, value, "a range like 50000:50999");
	*(struct settings_range *)field = range;
	return true;
}

static bool put_networks(
	struct settings_load *l, const struct setting *row, void *field, const char *value)
{
	char **words;
	size_t n = 0;
	if (!settings_words(l, &words, value))
		return false;
	while (words[n])
		n++;
	struct net_blocks *blocks = field;
	blocks->block = keep(l, (n + 1) * sizeof *blocks->block);
	blocks->count = n;
	for (size_t i = 0; blocks->block && i < n; i++)
		if (!net_block_parse(words[i], &blocks->block[i]))
			return complain(
				l, row, words[i], "an address or a network like 192.0.2.0/24");
	return blocks->block != NULL;
}

bool settings_put(struct settings_load *l, const struct setting *row, const char *value)
{
	static bool (*const by_kind[])(
		struct settings_load *, const struct setting *, void *, const char *) = {
		[SETTING_TEXT] = put_text,
		[SETTING_PATH] = put_path,
		[SETTING_MAIL] = put_mail,
		[SETTING_ACCOUNTS] = put_accounts,
		[SETTING_NUMBER] = put_number,
		[SETTING_DAYS] = put_days,
		[SETTING_OCTETS] = put_number,
		[SETTING_MODE] = put_mode,
		[SETTING_SWITCH] = put_switch,
		[SETTING_WORDS] = put_words,
		[SETTING_PROGRAM] = put_program,
		[SETTING_CHOICES] = put_choices,
		[SETTING_CHOICE] = put_choice,
		[SETTING_NETWORKS] = put_networks,
		[SETTING_RATE] = put_rate,
		[SETTING_RANGE] = put_range,
	};
	return by_kind[row->kind](l, row, (char *)&l->s + row->field, value);
}
