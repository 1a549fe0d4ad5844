/*
 * settings: every setting of every program in one table, and their values.
 *
 * The table (settings_rows.h) is what the file reader, `-o name=value`, `-n` and the table in
 * trivet.conf(5) are made from. A program reads the fields of `settings`; nobody else writes them.
 */
#ifndef LIB_SETTINGS_H
#define LIB_SETTINGS_H

#include <sys/types.h>

#include "net.h"

enum program {
	POP3D = 1,
	SMTPD = 2,
	TFTPD = 4,
	MAILUSER = 8,
	DAEMONS = POP3D | SMTPD | TFTPD,
	MAIL = POP3D | SMTPD | MAILUSER
};

/* So many in so many seconds; a count of 0: no limit. */
struct settings_rate {
	uint64_t count, seconds;
};

/* first 0: none */
struct settings_range {
	uint64_t first, last;
};

struct settings {
	const char *hostname;
	char **domains; /* lists end with NULL */
	const char *accounts; /* an absolute path, "system", or "checkpassword PROGRAM ..." */
	const char *mail, *run; /* absolute paths */
	const char *user;
	struct net_blocks allow, deny;
	uint64_t clients, clients_per_source, first_uid, errors;
	uint64_t auth_penalty; /* seconds, 0: none */
	bool sandbox;
	const char *family; /* "any", "ipv4" or "ipv6" */
	const char *pid_file; /* a path, or "" */
	uint64_t autologout, login_timeout; /* pop3d, seconds */
	bool last, implementation; /* pop3d */
	uint64_t takeover, trash; /* pop3d, seconds, days */
	uint64_t login_delay; /* pop3d, seconds */
	const char *expire; /* pop3d */
	char **filter; /* pop3d: path and arguments, or nothing */
	uint64_t filter_timeout; /* pop3d, seconds */
	bool mark_seen, read_only; /* pop3d */
	const char *import_uidl; /* pop3d */
	uint64_t timeout, message_size, recipients; /* smtpd: seconds, octets, count */
	char **virtual_domains; /* smtpd, as are those up to `trusted` */
	const char *aliases; /* an absolute path */
	bool programs, detail_folder;
	uint64_t transactions, pregreet; /* smtpd: count, seconds */
	const char *bare_newline; /* smtpd: "refuse" or "accept" */
	struct settings_rate rate; /* smtpd */
	struct net_blocks trusted, xclient; /* smtpd */
	bool lmtp; /* smtpd */
	bool terminal; /* smtpd */
	char **rcpt_hook, **data_hook; /* smtpd: a program and its arguments, or nothing */
	uint64_t program_timeout; /* smtpd: seconds */
	uint64_t linger, umask; /* tftpd: seconds; file mode bits */
	uint64_t retransmit; /* tftpd: microseconds */
	bool create, secure, permissive; /* tftpd, and client_folders */
	char **client_folders;
	const char *overwrite; /* tftpd: "replace", "refuse" or "number" */
	uint64_t max_upload; /* tftpd: octets, 0: any */
	const char *map_file; /* tftpd: a path, or "" */
	uint64_t blksize; /* tftpd: octets, 0: of the route */
	char **refuse_options; /* tftpd, as is the next */
	struct net_blocks refuse_options_from;
	struct settings_range ports; /* tftpd */
	bool single_port; /* tftpd */
	uint64_t iterations;
	char **sasl; /* pop3d, smtpd; and plaintext */
	struct net_blocks plaintext;
	struct settings_memory *memory; /* what the values stand in, freed as one */
};

extern struct settings settings;

enum setting_kind {
	SETTING_TEXT,
	SETTING_PATH, /* made absolute against the folder the program was started in */
	SETTING_MAIL, /* a path with %u, %n and %d */
	SETTING_ACCOUNTS, /* a path; or system; or checkpassword and a path, with arguments */
	SETTING_NUMBER,
	SETTING_DAYS, /* as text: a number, "never", or nothing */
	SETTING_OCTETS, /* a number that may end in k, M or G */
	SETTING_MODE, /* octal */
	SETTING_SWITCH, /* on or off */
	SETTING_WORDS,
	SETTING_PROGRAM, /* words, of which the first is an absolute path; or none */
	SETTING_CHOICES, /* words, each of them one that the row's unit names */
	SETTING_CHOICE, /* just one of them */
	SETTING_NETWORKS,
	SETTING_RATE, /* "60/m": a number, and s, m, h or d */
	SETTING_RANGE /* "1000:2000", or nothing */
};

struct setting {
	const char *name;
	unsigned programs; /* which use it */
	enum setting_kind kind;
	size_t field; /* offset in struct settings */
	const char *initial; /* the default, as one would write it */
	const char *unit;
	uint64_t least, most; /* of numbers */
};

extern const struct setting settings_table[]; /* ends with a NULL name */

#define SETTINGS_ERROR 512

/*
 * Sets `settings` from the defaults, then the file, then the `overrides` ("name=value", `count` of
 * them; later ones win). `file` NULL means /etc/trivet.conf, which need not exist. False,
 * `settings` as it was and a message naming file and line in `error` (SETTINGS_ERROR octets) when
 * anything is wrong.
 */
bool settings_load(
	enum program program, const char *file, char *const *overrides, size_t count, char *error);

/* The absolute path of the file that settings_load() would read. */
const char *settings_file(const char *named);

#define SETTINGS_FILE (256 * 1024) /* octets of the largest file */

/* How a file is read: its length, its octets in `text` (room for SETTINGS_FILE + 1), or -1 and
 * errno. */
ssize_t settings_read(const char *file, char *text);
/* Reads by this instead, in a process that cannot open the file any more. */
void settings_source(ssize_t (*reader)(const char *file, char *text));

/* Remembers the current folder for relative paths. Before the first load; a daemon leaves the
 * folder later. */
void settings_start(void);

/* The effective settings of `program`, as a file that settings_load() would accept, to standard
 * output. */
void settings_print(enum program program);

const char *settings_program_name(enum program program);

#endif
