/*
 * report: a line of the log for each request, and totals over all of them.
 */
#ifndef TFTPD_REPORT_H
#define TFTPD_REPORT_H

#include "packet.h"
#include "root.h"
#include "serve.h"
#include "transfer.h"

/* At start: room for the totals, which the children add to. */
void report_start(void);

/* With -v: a request has come, with these options. */
void report_asked(const struct peer *peer, const struct packet_request *request);

/* A transfer has ended. */
void report_transfer(const struct peer *peer, const struct packet_request *request,
	const struct root_file *file, const struct transfer *t, int64_t began, bool good);

/* There is none; `tried` is the path, or "". */
void report_refusal(const struct peer *peer, const struct packet_request *request,
	const char *tried, const char *why);

/* What was no request. */
void report_fault(const struct peer *peer, const char *why);

/* Logs the totals. */
void report_totals(void);

#endif
