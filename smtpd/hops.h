/*
 * hops: counts the Received fields of a message that passes in pieces. Pure.
 */
#ifndef SMTPD_HOPS_H
#define SMTPD_HOPS_H

#include <stdbool.h>
#include <stddef.h>

#define HOPS_FIELD 9 /* octets of "Received:" */

/* All zero at the start of a message. */
struct hops {
	unsigned count;
	bool body; /* the header has passed */
	size_t begun; /* octets of the current line, at most HOPS_FIELD */
	char line[HOPS_FIELD]; /* they */
};

/* The next octets as they are stored: lines end in LF. */
void hops_count(struct hops *h, const char *octets, size_t n);

#endif
