/*
 * port: the sockets that answers leave from. In the loop and, before the system-call filter, in its
 * children.
 */
#ifndef TFTPD_PORT_H
#define TFTPD_PORT_H

#include "packet.h"
#include "serve.h"

/* At the start: from now on the setting single-port is what it is. */
void port_start(void);
bool port_is_single(void);

/* In the loop, before the fork: the socket for port_open(), where it has to be made there. */
void port_share(const struct peer *peer);

/* In the loop, after the fork: the child alone has it. */
void port_release(void);

/* At the beginning of a child. */
void port_forget(void);

/* In a child: the socket of its transfer; -1 and errno. */
int port_open(const struct peer *peer);

/* Sends an ERROR, after which nothing comes. */
void port_tell(const struct peer *peer, enum packet_code code, const char *message);

#endif
