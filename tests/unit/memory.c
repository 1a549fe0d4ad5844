/*
 * memory: what is given back is at most what was named, and nothing that a caller still needs.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "memory.h"
#include "unit.h"

static OWN_PAGES char before[4096], buffer[3 * 4096 + 100], behind[4096];

static bool all(const char *at, size_t n, char c)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] != c)
			return false;
	return true;
}

static void check_buffer(void)
{
	memset(before, 'x', sizeof before);
	memset(buffer, 'x', sizeof buffer);
	memset(behind, 'x', sizeof behind);
	memory_rest(buffer + 1, sizeof buffer - 2);
	CHECK(all(before, sizeof before, 'x') && all(behind, sizeof behind, 'x'));
	CHECK(buffer[0] == 'x' && buffer[sizeof buffer - 1] == 'x');
	memory_rest(buffer, 10); /* not a page: nothing happens */
	CHECK(buffer[0] == 'x');
}

/* Frames on both sides of a page's end, whatever the stack begins with. */
static unsigned deep(unsigned levels)
{
	volatile unsigned char frame[300];
	for (size_t i = 0; i < sizeof frame; i++)
		frame[i] = (unsigned char)(levels + i);
	unsigned good = levels > 0 ? deep(levels - 1) : 0;
	memory_rest_stack();
	for (size_t i = 0; i < sizeof frame; i++)
		good += frame[i] == (unsigned char)(levels + i);
	return good;
}

static void check_growing(void)
{
	char *block = memory_unforked(NULL, 0, 5000);
	CHECK(block != NULL);
	if (!block)
		return;
	memset(block, 'y', 5000);
	block = memory_unforked(block, 5000, 500000);
	CHECK(block != NULL && all(block, 5000, 'y'));
	if (block)
		block[499999] = 'z';
}

int main(void)
{
	check_buffer();
	CHECK(deep(100) == 101 * 300);
	check_growing();
	return unit_end();
}
