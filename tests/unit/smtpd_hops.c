/*
 * Received fields counted: headers cut at every two places.
 */
#include "unit.h"

#include "../../smtpd/hops.c"

static const struct {
	const char *text;
	unsigned count;
} cases[] = {
	{"", 0},
	{"Received: x\n", 1},
	{"received:\nRECEIVED: y\nSubject: z\nReceived:1\n\n", 3},
	{"Received : x\nReceived\nReceived-SPF: a\nX-Received: b\n Received: c\n", 0},
	{"a: b\n\nReceived: x\n", 0},
	{"\nReceived: x\n", 0},
	{"a\n \nReceived: x\n\nReceived: y\n", 1},
};

int main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *text = cases[i].text;
		size_t n = strlen(text);
		for (size_t a = 0; a <= n; a++)
			for (size_t b = a; b <= n; b++) {
				struct hops h = {0};
				hops_count(&h, text, a);
				hops_count(&h, text + a, b - a);
				hops_count(&h, text + b, n - b);
				CHECK(h.count == cases[i].count);
			}
	}
	return unit_end();
}
