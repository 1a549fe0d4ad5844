/*
 * trace: the lines that are put on top of a delivered message.
 */
#ifndef SMTPD_TRACE_H
#define SMTPD_TRACE_H

#include "path.h"

#define TRACE_TEXT 4096 /* room for all of them */

struct trace {
	const struct path *from;
	const struct path *to; /* NULL unless there was exactly one recipient (RFC 5321 7.2) */
	const char *helo; /* as it came */
	const char *ip; /* "-" if not known */
	const char *id;
	bool esmtp, lmtp, utf8, authenticated;
};

/* Appends Return-Path and Received, lines ending in LF. */
void trace_write(const struct trace *t, struct str *to);

#endif
