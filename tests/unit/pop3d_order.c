/*
 * pop3d_order: names are sorted as strcmp() says, whatever they have in common. Includes the file
 * it tests.
 */
#include "../../pop3d/order.c"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#define MOST 3000

static char names[MOST * 24];
static struct order_name list[MOST];

static void check_order(size_t count)
{
	order_names(list, count, names);
	for (size_t i = 1; i < count; i++) {
		int order = strcmp(names + list[i - 1].at, names + list[i].at);
		CHECK(order < 0 || (order == 0 && list[i - 1].at > list[i].at));
	}
}

static void check_these(const char *const *words)
{
	size_t count = 0, len = 0;
	for (; words[count]; count++) {
		list[count] = (struct order_name){.at = (uint32_t)len};
		strcpy(names + len, words[count]);
		len += strlen(words[count]) + 1;
	}
	check_order(count);
}

/* Few kinds of many, or many kinds; they differ in the middle and in the last octet. */
static void check_many(const char *before, unsigned kinds, const char *behind)
{
	uint64_t seed = 1;
	size_t len = 0;
	for (size_t i = 0; i < MOST; i++) {
		seed = seed * 6364136223846793005U + 1442695040888963407U;
		list[i] = (struct order_name){.at = (uint32_t)len};
		len += (size_t)snprintf(names + len, 24, "%s%u%s%u", before,
			       (unsigned)(seed >> 33) % kinds, behind, (unsigned)i % 7) +
		       1;
	}
	check_order(MOST);
}

int main(void)
{
	static const char *const none[] = {NULL}, *const one[] = {"b", NULL},
				 *const few[] = {"b", "a", "b", "", "ab", "a", "\xff", "a\x80",
					 "ab", NULL},
				 *const same[] = {"x", "x", "x", NULL},
				 *const inside[] = {
					 "1700.a", "1700", "17", "1700.ab", "1700.a", NULL};
	check_these(none);
	check_these(one);
	check_these(few);
	check_these(same);
	check_these(inside);
	check_many("17", 100000000, ".M1P1");
	check_many("1700000000.M", 50, "P1.h");
	check_many("1700000000.host", 3000, "");
	check_many("", 9, "");
	check_many("", 50, "0.M123456789P1.hos");
	return unit_end();
}
