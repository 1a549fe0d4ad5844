/*
 * settings_table: every setting of every program. Data only; the table in trivet.conf(5) is made
 * from it by tests/settings (make man).
 */
#include <stddef.h>
#include <stdint.h>

#include "settings.h"

#define FIELD(name) offsetof(struct settings, name)
#define ANY_SIZE ((uint64_t)1 << 62)
#define ANY_ID 4294967294

const struct setting settings_table[] = {
	{"hostname", POP3D | SMTPD, SETTING_TEXT, FIELD(hostname), "", "name", 0, 0,
		"Name in greetings and trace headers; empty means the system's."},
	{"domains", SMTPD, SETTING_WORDS, FIELD(domains), "", "names", 0, 0,
		"Local mail domains, separated by spaces; empty means hostname."},
	{"accounts", MAIL, SETTING_ACCOUNTS, FIELD(accounts), "/etc/trivet/accounts", "path", 0, 0,
		"The account folder; or system, for the system's users; or checkpassword PROGRAM, "
		"with arguments; see trivet-accounts(5)."},
	{"mail", MAIL, SETTING_PATH, FIELD(mail), "/var/mail/trivet/%u", "path", 0, 0,
		"Where the Maildir of an account lies: %u is the account, %n its part before the "
		"@, "
		"%d the part behind; without any of them, /%u is added."},
	{"run", DAEMONS, SETTING_PATH, FIELD(run), "/run/trivet", "path", 0, 0,
		"Folder for process id files, for what the daemons have to know of each other, and "
		"for the empty folder that fronts are confined to."},
	{"user", DAEMONS | MAILUSER, SETTING_TEXT, FIELD(user), "trivet", "user", 0, 0,
		"When started as root: the user, who owns nothing, that reads from the network."},
	{"allow", DAEMONS, SETTING_NETWORKS, FIELD(allow), "", "networks", 0, 0,
		"Networks that may connect, such as 192.0.2.0/24; empty means all."},
	{"deny", DAEMONS, SETTING_NETWORKS, FIELD(deny), "", "networks", 0, 0,
		"Networks that may not connect, even if allowed."},
	{"clients", DAEMONS, SETTING_NUMBER, FIELD(clients), "500", "clients", 1, 100000,
		"Clients served at one time."},
	{"clients-per-source", DAEMONS, SETTING_NUMBER, FIELD(clients_per_source), "50", "clients",
		1, 100000, "Clients served at one time from one address."},
	{"first-uid", MAIL, SETTING_NUMBER, FIELD(first_uid), "1000", "uid", 1, ANY_ID,
		"No mail is read or written as a user id below it, but for the owner of mail."},
	{"sandbox", DAEMONS, SETTING_SWITCH, FIELD(sandbox), "on", "", 0, 0,
		"The system-call filter and Landlock; off is for debuggers."},
	{"errors", POP3D | SMTPD, SETTING_NUMBER, FIELD(errors), "10", "replies", 0, 1000000,
		"Errors in a row after which a client is disconnected; 0 means never."},
	{"auth-penalty", POP3D, SETTING_NUMBER, FIELD(auth_penalty), "30", "seconds", 0, 600,
		"The longest wait for a client whose address has failed to log in: the n-th "
		"failure within 10 minutes costs 2 to the power of n seconds, up to this; 0 means "
		"no wait."},
	{"autologout", POP3D, SETTING_NUMBER, FIELD(autologout), "600", "seconds", 1, 86400,
		"How long a logged-in client may stay idle."},
	{"login-timeout", POP3D, SETTING_NUMBER, FIELD(login_timeout), "60", "seconds", 1, 86400,
		"How long a client may stay idle before it has logged in."},
	{"takeover", POP3D, SETTING_NUMBER, FIELD(takeover), "0", "seconds", 0, 86400,
		"A login ends a session of the same user that has been idle for so long; 0 means "
		"never."},
	{"mark-seen", POP3D, SETTING_SWITCH, FIELD(mark_seen), "off", "", 0, 0,
		"Whether QUIT gives the messages that RETR has sent the flag S (seen)."},
	{"trash", POP3D, SETTING_NUMBER, FIELD(trash), "0", "days", 0, 36500,
		"How long deleted messages are kept in the folder .Trash of the Maildir; 0 means "
		"not at all."},
	{"read-only", POP3D, SETTING_SWITCH, FIELD(read_only), "off", "", 0, 0,
		"DELE is refused, and messages are neither flagged nor moved."},
	{"last", POP3D, SETTING_SWITCH, FIELD(last), "off", "", 0, 0,
		"The command LAST of RFC 1460, for clients that know no UIDL."},
	{"implementation", POP3D, SETTING_SWITCH, FIELD(implementation), "off", "", 0, 0,
		"Whether CAPA tells name and version of the program."},
	{"import-uidl", POP3D, SETTING_TEXT, FIELD(import_uidl), "%08Xu%08Xv", "format", 0, 0,
		"The pop3_uidl_format of a Dovecot whose unique ids are taken over at the first "
		"login, as are those of a Courier; empty means that none are."},
	{"timeout", SMTPD, SETTING_NUMBER, FIELD(timeout), "300", "seconds", 1, 86400,
		"How long to wait for a command, or for the next part of a message."},
	{"message-size", SMTPD, SETTING_OCTETS, FIELD(message_size), "50M", "octets", 1024,
		ANY_SIZE, "The largest message accepted."},
	{"recipients", SMTPD, SETTING_NUMBER, FIELD(recipients), "1000", "recipients", 100, 100000,
		"Recipients of one message."},
	{"create", TFTPD, SETTING_SWITCH, FIELD(create), "off", "", 0, 0,
		"Whether clients may make new files."},
	{"secure", TFTPD, SETTING_SWITCH, FIELD(secure), "off", "", 0, 0,
		"Names are relative to the one root, whose own path is never part of a name."},
	{"umask", TFTPD, SETTING_MODE, FIELD(umask), "000", "octal mode", 0, 0777,
		"Permissions that a new file does not get."},
	{"linger", TFTPD, SETTING_NUMBER, FIELD(linger), "900", "seconds", 1, 86400,
		"Under inetd: how long to wait for further requests."},
	{"iterations", POP3D | MAILUSER, SETTING_NUMBER, FIELD(iterations), "10000", "iterations",
		1, 10000000,
		"Cost of a new password hash, and of refusing an unknown name; RFC 7677 asks for "
		"at least 4096."},
	{"sasl", POP3D, SETTING_CHOICES, FIELD(sasl), "PLAIN LOGIN", "PLAIN LOGIN SCRAM-SHA-256", 0,
		0,
		"Mechanisms of AUTH, in the order in which they are announced; SCRAM-SHA-256 needs "
		"hashes that mailuser has made."},
	{"plaintext", POP3D, SETTING_NETWORKS, FIELD(plaintext), "", "networks", 0, 0,
		"Networks from which passwords are taken in clear (USER, PLAIN, LOGIN), besides "
		"loopback."},
	{NULL, 0, SETTING_TEXT, 0, NULL, NULL, 0, 0, NULL},
};
