/*
 * order: names in the order of their octets. There may be millions, so sorting takes no memory but
 * some of the stack, and its time grows as their number and length, whatever they are.
 */
#ifndef POP3D_ORDER_H
#define POP3D_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct order_name {
	_Alignas(8) uint64_t head; /* set by order_names(); by itself i386 aligns it to 4 */
	uint32_t at; /* where in `names` it begins; it ends with a NUL */
};

/* As strcmp() has it; of the same name, the one that lies behind comes first. */
void order_names(struct order_name *list, size_t count, const char *names);

#endif
