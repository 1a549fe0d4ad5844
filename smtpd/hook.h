/*
 * hook: programs that judge recipients and messages: the settings rcpt-hook and data-hook.
 *
 * A hook finds CLIENT, HELO, SENDER and RECIPIENT in its environment, and the message, if there is
 * one, on descriptor 0. Its exit status is its judgement; what it writes is the reply's text, and
 * header fields for the message.
 */
#ifndef SMTPD_HOOK_H
#define SMTPD_HOOK_H

#include "records.h"

/* Linux takes no more than 128 KiB for one value of the environment. */
#define HOOK_RECIPIENTS (96 * 1024)
#define HOOK_OUTPUT (16 * 1024) /* octets of a hook's output that count */

/* A question, all the caller's, and what else the answer is. */
struct hook {
	const char *client; /* address */
	const char *helo; /* as it came */
	const struct path *from;
	const char *recipients; /* lines, without the last line's end */
	int watch; /* the hook is given up when something comes there */
	char reply[REPLY_TEXT]; /* of the verdict REPLY */
	char fields[HOOK_OUTPUT]; /* of YES to a message: lines for its header */
};

/* Dies unless every hook that is set can be run. */
void hook_ready(void);

/* YES, also when there is no hook; REPLY; or TROUBLE, which is logged. */
enum verdict hook_rcpt(struct hook *h);
enum verdict hook_data(struct hook *h, int message);

#endif
