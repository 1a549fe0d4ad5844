/*
 * grant: which options a client gets, of those that it asks for. RFC 2347, RFC 2348, RFC 7440.
 */
#ifndef TFTPD_GRANT_H
#define TFTPD_GRANT_H

#include "packet.h"
#include "serve.h"

/* Takes back what the settings refuse this client, and lowers what is more than can be had. In the
 * child, before the system-call filter; `socket` is the transfer's. */
void grant_options(struct packet_request *request, const struct peer *peer, int socket);

#endif
