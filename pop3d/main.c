/*
 * pop3d: the POP3 server. This file describes the service; lib/serve.c runs it.
 */
#include <sysexits.h>

#include "account.h"
#include "log.h"
#include "opt.h"
#include "sasl.h"
#include "serve.h"
#include "session.h"
#include "settings.h"

static const struct opt_flag flags[] = {OPT_DAEMON, OPT_SHARED,
	{'S', "folder", OPT_SINK, NULL, "any password; a name is a Maildir of smtpd -S folder"},
	{0}};

static void prepare(char **operands)
{
	if (*settings.import_uidl && !uidlist_format(settings.import_uidl))
		die(EX_CONFIG, "import-uidl: not a format of unique ids: %s", settings.import_uidl);
	account_ready(operands);
	sasl_ready();
}

static const struct service pop3 = {
	.name = "pop3d",
	.program = POP3D,
	.summary = "Serves Maildirs by POP3 (RFC 1939).",
	.flags = flags,
	.type = SOCK_STREAM,
	.take = serve_stream,
	.facility = LOG_MAIL,
	.port = 110,
	.sink_port = 1110,
	.busy = "-ERR [SYS/TEMP] too many connections, try again later\r\n",
	.denied = "-ERR [SYS/PERM] access denied\r\n",
	.prepare = prepare,
	.session = session_run,
};

int main(int argc, char **argv)
{
	return serve(&pop3, argc, argv);
}
