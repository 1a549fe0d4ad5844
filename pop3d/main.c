/*
 * pop3d: the POP3 server. This file describes the service; lib/serve.c runs it.
 */
#include "account.h"
#include "log.h"
#include "opt.h"
#include "serve.h"
#include "session.h"

static const struct opt_flag flags[] = {OPT_DAEMON, OPT_SHARED, {0}};

static const struct service pop3 = {
	.name = "pop3d",
	.program = POP3D,
	.summary = "Serves Maildirs by POP3 (RFC 1939).",
	.flags = flags,
	.type = SOCK_STREAM,
	.facility = LOG_MAIL,
	.port = 110,
	.busy = "-ERR [SYS/TEMP] too many connections, try again later\r\n",
	.denied = "-ERR [SYS/PERM] access denied\r\n",
	.prepare = account_ready,
	.session = session_run,
};

int main(int argc, char **argv)
{
	return serve(&pop3, argc, argv);
}
