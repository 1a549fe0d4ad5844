/*
 * order: names in the order of their octets: eight of them at a time, from the highest bit in which
 * names differ down to the lowest. Runs in the keeper as the mailbox's owner. Pure.
 */
#include "order.h"

#include <stdbool.h>
#include <string.h>

/* Octets that all have in common at their beginning: most of the time of day. */
static size_t common(const struct order_name *list, size_t count, const char *names)
{
	const char *first = names + list[0].at;
	size_t n = strlen(first);
	for (size_t i = 1; i < count; i++) {
		const char *other = names + list[i].at;
		size_t same = 0;
		while (same < n && other[same] == first[same])
			same++;
		n = same;
	}
	return n;
}

/* Up to eight octets as one number that compares as they do. */
static uint64_t head(const char *name)
{
	uint64_t sum = 0;
	for (int i = 0; i < 8; i++)
		sum = sum << 8 | (unsigned char)(*name ? *name++ : 0);
	return sum;
}

/* All bits in which a head differs from the first one's. */
static uint64_t differing(const struct order_name *list, size_t count)
{
	uint64_t bits = 0;
	for (size_t i = 1; i < count; i++)
		bits |= list[i].head ^ list[0].head;
	return bits;
}

static uint64_t highest(uint64_t bits)
{
	return UINT64_C(1) << (63 - __builtin_clzll(bits));
}

/* Who does not have the bit goes before who has it; how many do not. */
static size_t split(struct order_name *list, size_t count, uint64_t bit)
{
	size_t low = 0;
	for (size_t i = 0; i < count; i++) {
		struct order_name moving = list[i];
		list[i] = list[low];
		list[low] = moving;
		low += !(moving.head & bit); /* no branch, which would be guessed wrong */
	}
	return low;
}

static void sort_heads(struct order_name *list, size_t count, const char *names, size_t skip);

/* By the octets from `skip` on, which none of the names ends before. */
static void sort_from(struct order_name *list, size_t count, const char *names, size_t skip)
{
	for (size_t i = 0; i < count; i++)
		list[i].head = head(names + list[i].at + skip);
	sort_heads(list, count, names, skip);
}

/* Of the same name. */
static void sort_places(struct order_name *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		list[i].head = UINT32_MAX - list[i].at;
	sort_heads(list, count, NULL, 0);
}

/* By their heads; where these are the same, by what lies behind. */
static void sort_heads(struct order_name *list, size_t count, const char *names, size_t skip)
{
	for (uint64_t bits; (bits = differing(list, count)) != 0;) {
		size_t low = split(list, count, highest(bits));
		sort_heads(list, low, names, skip);
		list += low;
		count -= low;
	}
	if (count < 2)
		return;
	if ((list[0].head & 0xff) == 0)
		sort_places(list, count);
	else
		sort_from(list, count, names, skip + sizeof list[0].head);
}

void order_names(struct order_name *list, size_t count, const char *names)
{
	if (count > 0)
		sort_from(list, count, names, common(list, count, names));
}
