/*
 * order: names in the order of their octets. Runs in the keeper as the mailbox's owner. Pure.
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

static bool before(const char *names, const struct order_name *a, const struct order_name *b)
{
	if (a->head != b->head)
		return a->head < b->head;
	int order = strcmp(names + a->at, names + b->at);
	return order ? order < 0 : a->at > b->at;
}

/* Below `root`, which may be out of order, no name is before the one above it. */
static void sift(struct order_name *list, size_t root, size_t count, const char *names)
{
	struct order_name moving = list[root];
	for (size_t child; (child = 2 * root + 1) < count; root = child) {
		if (child + 1 < count && before(names, &list[child], &list[child + 1]))
			child++;
		if (!before(names, &moving, &list[child]))
			break;
		list[root] = list[child];
	}
	list[root] = moving;
}

/* Heapsort. */
void order_names(struct order_name *list, size_t count, const char *names)
{
	size_t skip = count > 0 ? common(list, count, names) : 0;
	for (size_t i = 0; i < count; i++)
		list[i].head = head(names + list[i].at + skip);
	for (size_t i = count / 2; i-- > 0;)
		sift(list, i, count, names);
	for (size_t i = count; i-- > 1;) {
		struct order_name last = list[i];
		list[i] = list[0];
		list[0] = last;
		sift(list, 0, i, names);
	}
}
