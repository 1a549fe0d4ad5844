/*
 * settings_print: the settings in effect, as a file that would give them again (-n).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "settings.h"

static void print_words(char **words)
{
	for (; *words; words++)
		printf(" %s", *words);
}

static void print_networks(const struct net_blocks *blocks)
{
	char text[NET_TEXT];
	for (size_t i = 0; i < blocks->count; i++) {
		const struct net_block *b = &blocks->block[i];
		bool v4 = IN6_IS_ADDR_V4MAPPED(&b->net) && b->bits >= 96;
		inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? b->net.s6_addr + 12 : b->net.s6_addr, text,
			sizeof text);
		printf(" %s/%d", text, v4 ? b->bits - 96 : b->bits);
	}
}

static void print_rate(const struct settings_rate *rate)
{
	char unit = rate->seconds == 1 ? 's' : rate->seconds == 60 ? 'm' : 'h';
	printf(" %llu/%c", (unsigned long long)rate->count, rate->seconds == 86400 ? 'd' : unit);
}

static void print_range(const struct settings_range *range)
{
	if (range->first > 0)
		printf(" %llu:%llu", (unsigned long long)range->first,
			(unsigned long long)range->last);
}

static void print_value(const struct setting *row, const void *field)
{
	switch (row->kind) {
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_MAIL:
	case SETTING_ACCOUNTS:
	case SETTING_DAYS:
	case SETTING_CHOICE:
		printf(" %s", *(const char *const *)field);
		return;
	case SETTING_NUMBER:
	case SETTING_OCTETS:
		printf(" %llu", (unsigned long long)*(const uint64_t *)field);
		return;
	case SETTING_MODE:
		printf(" %03llo", (unsigned long long)*(const uint64_t *)field);
		return;
	case SETTING_SWITCH:
		printf(" %s", *(const bool *)field ? "on" : "off");
		return;
	case SETTING_WORDS:
	case SETTING_PROGRAM:
	case SETTING_CHOICES:
		print_words(*(char **const *)field);
		return;
	case SETTING_NETWORKS:
		print_networks(field);
		return;
	case SETTING_RATE:
		print_rate(field);
		return;
	case SETTING_RANGE:
		print_range(field);
		return;
	}
}

void settings_print(enum program program)
{
	for (const struct setting *row = settings_table; row->name; row++) {
		if (!(row->programs & (unsigned)program))
			continue;
		printf("%s", row->name);
		print_value(row, (const char *)&settings + row->field);
		putchar('\n');
	}
}
