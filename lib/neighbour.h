/*
 * neighbour: the hardware (MAC) address of a host on one of our own networks, from the system's
 * neighbour table.
 */
#ifndef LIB_NEIGHBOUR_H
#define LIB_NEIGHBOUR_H

#include "net.h"

#define NEIGHBOUR_TEXT 100 /* room for 32 octets, the longest that Linux knows */

/* Before a confinement: what neighbour_find() asks through. Where it cannot be had, nobody is
 * found. */
void neighbour_open(void);

/* "02-00-5e-10-00-0a" into `to` (NEIGHBOUR_TEXT octets), or "" when the address is not known. */
void neighbour_find(const struct net_addr *a, char *to);

/* In a child that does not ask any more. */
void neighbour_forget(void);

#endif
