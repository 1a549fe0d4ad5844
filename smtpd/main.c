/*
 * smtpd: receives mail by SMTP and delivers it to Maildirs. This file runs with the privileges of
 * the start.
 */
#include <string.h>
#include <syslog.h>
#include <sysexits.h>
#include <time.h>

#include "account.h"
#include "account_sink.h"
#include "book.h"
#include "fault.h"
#include "hook.h"
#include "log.h"
#include "opt.h"
#include "sasl.h"
#include "session.h"
#include "sink.h"

/* The spool begins with lines of ours, which do not count as the client's. */
#define SPOOL_EXTRA (64 * 1024)

static const struct opt_flag flags[] = {OPT_DAEMON, OPT_SHARED,
	{'L', NULL, OPT_ALIAS, "lmtp=on", "speak LMTP (RFC 2033)"},
	{'S', "folder", OPT_SINK, NULL, "a sink: keep all mail, for anybody, in folder"}, {0}};

static void check_domain(const char *setting, const char *domain, bool ascii)
{
	struct path p = {.local = "x"};
	if (!str_copy(p.domain, sizeof p.domain, domain) || !path_valid(&p) || domain[0] == '\0' ||
		(ascii && !path_ascii(&p)))
		die(EX_CONFIG, "%s: \"%s\" is not a domain name", setting, domain);
}

/* What goes wrong in a sink, and how much it keeps. */
static void prepare_sink(char **operands)
{
	uint64_t keep;
	for (; *operands; operands++) {
		const char *expected = NULL;
		if (!str_begins(*operands, "keep="))
			expected = fault_read(*operands);
		else if (!str_number(*operands + strlen("keep="), UINT32_MAX, &keep) || keep == 0)
			expected = "keep=N, and N at least 1";
		else
			sink_keep(keep);
		if (expected)
			die(EX_USAGE, "%s: expected %s", *operands, expected);
	}
	if (settings.lmtp)
		die(EX_USAGE, "a sink speaks SMTP, and no LMTP");
	maildir_unsynced();
}

static int session(const struct peer *peer)
{
	struct split split;
	if (split_session(&split, peer, settings.message_size + SPOOL_EXTRA))
		return session_front(&split, peer);
	return keeper(&split, peer);
}

static void prepare(char **operands);

static int explain_prepared(char **operands)
{
	static char *none[] = {NULL};
	prepare(none);
	return explain(operands);
}

/* LMTP has no port of its own, and its daemon may run beside that for SMTP. */
static struct service service = {
	.name = "smtpd",
	.program = SMTPD,
	.summary = "receives mail by SMTP and delivers it to Maildirs",
	.operands = "[address ... | fault ...]",
	.flags = flags,
	.type = SOCK_STREAM,
	.take = serve_stream,
	.facility = LOG_MAIL,
	.port = 25,
	.sink_port = 1025,
	.busy = "421 4.7.0 Too many connections, try again later\r\n",
	.denied = "554 5.7.1 No service for your address\r\n",
	.prepare = prepare,
	.explain = explain_prepared,
	.session = session,
};

static void prepare(char **operands)
{
	if (account_sink())
		prepare_sink(operands);
	tzset(); /* for trace.c: later its file cannot be read */
	check_domain("hostname", settings.hostname, true);
	for (char **d = settings.domains; *d; d++)
		check_domain("domains", *d, false);
	for (char **d = settings.virtual_domains; *d; d++)
		check_domain("virtual", *d, false);
	if (!account_findable())
		die(EX_CONFIG,
			"accounts %s: it cannot be asked whether a recipient exists: smtpd needs "
			"an account folder, or system",
			settings.accounts);
	account_ready(operands);
	if (!account_sink()) {
		if (!book_check())
			die(EX_CONFIG, "aliases %s: it cannot be read", settings.aliases);
		hook_ready();
	}
	sasl_ready();
	if (settings.lmtp) {
		service.name = "smtpd-lmtp";
		service.port = 0;
	}
}

int main(int argc, char **argv)
{
	return serve(&service, argc, argv);
}
