/*
 * query: tftpd -q: what a name leads to.
 */
#ifndef TFTPD_QUERY_H
#define TFTPD_QUERY_H

/* As struct service has it; `request` is NAME or NAME@ADDRESS. */
int query(const char *request, char **operands);

#endif
