/*
 * serve_signal: the signals of the accept loop. Between serve.c and serve_signal.c only.
 */
#ifndef LIB_SERVE_SIGNAL_H
#define LIB_SERVE_SIGNAL_H

#include <signal.h>

/* What came, for the loop to see to and to take back. */
struct serve_asked {
	volatile sig_atomic_t end, reload, report;
	volatile sig_atomic_t child; /* the process that has ended, or -1; others may have, too */
};
extern struct serve_asked serve_asked;

/* From now on they are delivered only while a wait uses serve_mask(). */
void serve_heed(void);
const sigset_t *serve_mask(void);

/* In a child: without our handlers. SIGTERM stays blocked until the session says how it ends; what
 * a terminal sends to all its processes is for the parent alone. */
void serve_unheed(void);

#endif
