/*
 * slot: no more than two costly computations for each core at once, over all processes that share
 * the setting `run`. A slot is a locked octet of a file there, and goes with its process.
 */
#ifndef LIB_SLOT_H
#define LIB_SLOT_H

#define SLOT_SECONDS 60 /* the longest wait */

/* As many as there are. It asks the system once: a daemon at its start, for all its sessions. */
unsigned slot_count(void);

/*
 * Waits for a slot; one at a time in a process. -1: EAGAIN when none became free in time, else
 * errno tells why there is no file to lock.
 */
int slot_take(void);
void slot_give(int slot);

#endif
