/*
 * flags: the command line of tftpd, as in.tftpd has it. Runs first.
 */
#include "flags.h"

#include <getopt.h>
#include <string.h>

const struct opt_flag flags_letters[] = {
	{'l', NULL, OPT_STANDALONE, NULL, "listen, detach, and serve"},
	{'L', NULL, OPT_STANDALONE_FOREGROUND, NULL, "the same in the foreground: -DF"},
	{'D', NULL, OPT_STANDALONE, NULL, "the same as -l"},
	{'F', NULL, OPT_FOREGROUND, NULL, "stay in the foreground and log to standard error"},
	{'a', "addr[:port]", OPT_LISTEN, NULL, "listen here (repeatable; port 0: any)"},
	{'s', NULL, OPT_ALIAS, "secure=on", "names are relative to the one folder"},
	{'c', NULL, OPT_ALIAS, "create=on", "clients may make new files"},
	{'m', "file", OPT_ALIAS, "map-file", "change names by the rules in file"},
	{'q', "name[@addr]", OPT_QUERY, NULL, "print what a name leads to, and end"},
	{'p', NULL, OPT_ALIAS, "permissive=on", "only what the system permits counts"},
	{'U', "umask", OPT_ALIAS, "umask", "permissions that new files do not get (000)"},
	{'B', "octets", OPT_ALIAS, "blksize",
		"the largest blocks granted (what the route carries)"},
	{'R', "lowest:highest", OPT_ALIAS, "ports", "the ports of transfers (any)"},
	{'r', "option", OPT_WORD, "refuse-options", "refuse an option (repeatable)"},
	{'t', "seconds", OPT_ALIAS, "linger", "under inetd: wait so long for more (900)"},
	{'T', "microseconds", OPT_ALIAS, "retransmit",
		"send again after so long, at first (1000000)"},
	{'P', "file", OPT_ALIAS, "pid-file", "write the process id there"},
	{'4', NULL, OPT_ALIAS, "family=ipv4", "listen on IPv4 only"},
	{'6', NULL, OPT_ALIAS, "family=ipv6", "listen on IPv6 only"},
	OPT_SHARED,
	{0},
};

/* One that takes a number where the letter takes nothing; 0 means not at all. */
#define LEVEL 256

static const struct option names[] = {
	{"address", required_argument, NULL, 'a'},
	{"blocksize", required_argument, NULL, 'B'},
	{"chroot", no_argument, NULL, 's'},
	{"create", no_argument, NULL, 'c'},
	{"foreground", no_argument, NULL, 'L'},
	{"ipv4", no_argument, NULL, '4'},
	{"ipv6", no_argument, NULL, '6'},
	{"listen", no_argument, NULL, 'l'},
	{"map-file", required_argument, NULL, 'm'},
	{"permissive", no_argument, NULL, 'p'},
	{"pidfile", required_argument, NULL, 'P'},
	{"port-range", required_argument, NULL, 'R'},
	{"refuse", required_argument, NULL, 'r'},
	{"retransmit", required_argument, NULL, 'T'},
	{"secure", no_argument, NULL, 's'},
	{"timeout", required_argument, NULL, 't'},
	{"umask", required_argument, NULL, 'U'},
	{"user", required_argument, NULL, 'u'},
	{"verbose", no_argument, NULL, 'v'},
	{"verbosity", required_argument, NULL, LEVEL | 'v'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

int flags_next(int argc, char *const *argv, const char *letters)
{
	int c;

	do
		c = getopt_long(argc, argv, letters, names, NULL);
	while (c > 0 && c & LEVEL && strcmp(optarg, "0") == 0);
	return c > 0 ? c & ~LEVEL : c;
}
