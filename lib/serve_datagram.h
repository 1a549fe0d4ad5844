/*
 * serve_datagram: one datagram for the accept loop. Between serve.c and serve_datagram.c only.
 */
#ifndef LIB_SERVE_DATAGRAM_H
#define LIB_SERVE_DATAGRAM_H

#include "serve.h"

/*
 * Receives one datagram: fills in `peer`, whose data lies in a static buffer. False: there is none
 * now. A datagram from an address that nobody may answer (port 0, broadcast, our own) comes with an
 * unknown `remote`.
 */
bool serve_receive(int fd, struct peer *peer);

/* Tells a peer's first datagram from others of the same client. */
uint64_t serve_digest(const struct peer *peer);

#endif
