/*
 * serve_loop: what the accept loop does for the file that takes its clients. Between serve.c,
 * serve_stream.c and serve_datagram.c only.
 */
#ifndef LIB_SERVE_LOOP_H
#define LIB_SERVE_LOOP_H

#include "serve.h"

/* Forks the session of this client, who began with what `first` tells from other beginnings. False:
 * there is no room, and the loop pauses. */
bool serve_start(const struct peer *peer, uint64_t first);

/* No room for another descriptor or process, as errno says: says so once a minute, and pauses. */
void serve_pause(const char *what);

#endif
