/*
 * settings_rows: every setting of every program, a row each, for who includes this with SETTING()
 * defined:
 *
 *	SETTING(name, programs, kind, field, default, unit, least, most, meaning)
 *
 * as struct setting of settings.h has them; `default` as one would write it; `meaning` is one
 * sentence for the manual, without formatting. Data only; `make man` makes the table of
 * trivet.conf(5) from it.
 */
#define ANY_SIZE ((uint64_t)1 << 62)
#define ANY_ID 4294967294

SETTING("hostname", POP3D | SMTPD, SETTING_TEXT, hostname, "", "name", 0, 0,
	"Name in greetings and trace headers; empty means the system's.")
SETTING("domains", SMTPD, SETTING_WORDS, domains, "", "names", 0, 0,
	"Local mail domains, separated by spaces; empty means hostname.")
SETTING("accounts", MAIL, SETTING_ACCOUNTS, accounts, "/etc/trivet/accounts", "path", 0, 0,
	"The account folder; or system, for the system's users; or checkpassword PROGRAM, "
	"with arguments; see trivet-accounts(5).")
SETTING("mail", MAIL, SETTING_MAIL, mail, "/var/mail/trivet/%u", "path", 0, 0,
	"Where the Maildir of an account lies: %u is the account, %n its part before the "
	"@, "
	"%d the part behind; without any of them, /%u is added.")
SETTING("run", DAEMONS, SETTING_PATH, run, "/run/trivet", "path", 0, 0,
	"Folder for process id files, for what the daemons have to know of each other, and "
	"for the empty folder that fronts are confined to.")
SETTING("user", DAEMONS | MAILUSER, SETTING_TEXT, user, "trivet", "user", 0, 0,
	"When started as root: the user, who owns nothing, that reads from the network.")
SETTING("allow", DAEMONS, SETTING_NETWORKS, allow, "", "networks", 0, 0,
	"Networks that may connect, such as 192.0.2.0/24; empty means all.")
SETTING("deny", DAEMONS, SETTING_NETWORKS, deny, "", "networks", 0, 0,
	"Networks that may not connect, even if allowed.")
SETTING("clients", DAEMONS, SETTING_NUMBER, clients, "500", "clients", 1, 100000,
	"Clients served at one time.")
SETTING("clients-per-source", DAEMONS, SETTING_NUMBER, clients_per_source, "50", "clients", 1,
	100000,
	"Clients served at one time from one address (of IPv6, a /64, but in tftpd), unless it is "
	"in xclient.")
SETTING("first-uid", MAIL, SETTING_NUMBER, first_uid, "1000", "uid", 1, ANY_ID,
	"No mail is read or written as a user id below it, but for the owner of mail.")
SETTING("sandbox", DAEMONS, SETTING_SWITCH, sandbox, "on", "", 0, 0,
	"The system-call filter and Landlock; off is for debuggers.")
SETTING("family", DAEMONS, SETTING_CHOICE, family, "any", "any ipv4 ipv6", 0, 0,
	"Where a daemon listens if it is told no address, or only a port.")
SETTING("pid-file", DAEMONS, SETTING_PATH, pid_file, "", "path", 0, 0,
	"Where a daemon writes its process id; empty means NAME.pid in run, if it has detached.")
SETTING("errors", POP3D | SMTPD, SETTING_NUMBER, errors, "10", "replies", 0, 1000000,
	"Errors in a row after which a client is disconnected; 0 means never.")
SETTING("auth-penalty", POP3D | SMTPD, SETTING_NUMBER, auth_penalty, "30", "seconds", 0, 600,
	"The longest wait for a client whose address has failed to log in: the n-th "
	"failure within 10 minutes costs 2 to the power of n seconds, up to this; 0 means "
	"no wait.")
SETTING("autologout", POP3D, SETTING_NUMBER, autologout, "600", "seconds", 1, 86400,
	"How long a logged-in client may stay idle.")
SETTING("login-timeout", POP3D, SETTING_NUMBER, login_timeout, "60", "seconds", 1, 86400,
	"How long a client may stay idle before it has logged in.")
SETTING("takeover", POP3D, SETTING_NUMBER, takeover, "0", "seconds", 0, 86400,
	"A login ends a session of the same user that has been idle for so long; 0 means "
	"never.")
SETTING("login-delay", POP3D, SETTING_NUMBER, login_delay, "0", "seconds", 0, 86400,
	"How long after a login the next one of the same user is refused; 0 means that none is.")
SETTING("expire", POP3D, SETTING_DAYS, expire, "", "days, or never", 1, 36500,
	"How long the site keeps messages at least, as CAPA announces it; empty means that nothing "
	"is announced.")
SETTING("mark-seen", POP3D, SETTING_SWITCH, mark_seen, "off", "", 0, 0,
	"Whether QUIT gives the messages that RETR has sent the flag S (seen).")
SETTING("trash", POP3D, SETTING_NUMBER, trash, "0", "days", 0, 36500,
	"How long deleted messages are kept in the folder .Trash of the Maildir; 0 means "
	"not at all.")
SETTING("read-only", POP3D, SETTING_SWITCH, read_only, "off", "", 0, 0,
	"DELE is refused, and messages are neither flagged nor moved.")
SETTING("filter", POP3D, SETTING_PROGRAM, filter, "", "path and arguments", 0, 0,
	"A program that RETR sends each message through; empty means none.")
SETTING("filter-timeout", POP3D, SETTING_NUMBER, filter_timeout, "60", "seconds", 1, 3600,
	"How long the filter may take for one message.")
SETTING("last", POP3D, SETTING_SWITCH, last, "off", "", 0, 0,
	"The command LAST of RFC 1460, for clients that know no UIDL.")
SETTING("implementation", POP3D, SETTING_SWITCH, implementation, "off", "", 0, 0,
	"Whether CAPA tells name and version of the program.")
SETTING("import-uidl", POP3D, SETTING_TEXT, import_uidl, "%08Xu%08Xv", "format", 0, 0,
	"The pop3_uidl_format of a Dovecot whose unique ids are taken over at the first "
	"login, as are those of a Courier; empty means that none are.")
SETTING("timeout", SMTPD, SETTING_NUMBER, timeout, "300", "seconds", 1, 86400,
	"How long to wait for a command, or for the next part of a message.")
SETTING("message-size", SMTPD, SETTING_OCTETS, message_size, "50M", "octets", 1024, ANY_SIZE,
	"The largest message accepted.")
SETTING("recipients", SMTPD, SETTING_NUMBER, recipients, "1000", "recipients", 100, 100000,
	"Recipients of one message; after ten times as many attempts the session ends.")
SETTING("virtual", SMTPD, SETTING_WORDS, virtual_domains, "", "names", 0, 0,
	"Virtual mail domains, separated by spaces: an address in one of them is only what has "
	"the whole address for a name.")
SETTING("aliases", SMTPD, SETTING_PATH, aliases, "/etc/trivet/aliases", "path", 0, 0,
	"The file of aliases, which need not exist; see trivet-aliases(5).")
SETTING("programs", SMTPD, SETTING_SWITCH, programs, "off", "", 0, 0,
	"Whether aliases, and accounts that forward, may run programs.")
SETTING("detail-folder", SMTPD, SETTING_SWITCH, detail_folder, "off", "", 0, 0,
	"Whether mail to alice+news goes into the folder .news of alice's Maildir, where there is "
	"one.")
SETTING("transactions", SMTPD, SETTING_NUMBER, transactions, "10000", "transactions", 1, 999999,
	"Messages, sent or given up, of one session.")
SETTING("rate", SMTPD, SETTING_RATE, rate, "0/m", "messages/m", 0, 1000000,
	"Messages of one client address (of IPv6, a /64) in a second (/s), minute (/m), "
	"hour (/h) or day (/d), over all its sessions; 0 means any number.")
SETTING("trusted", SMTPD, SETTING_NETWORKS, trusted, "", "networks", 0, 0,
	"Networks, besides loopback, of our own people: a sender without a domain gets hostname "
	"for one; to those listed here, VRFY and EXPN tell who there is.")
SETTING("bare-newline", SMTPD, SETTING_CHOICE, bare_newline, "refuse", "refuse accept", 0, 0,
	"What is done with a message that has a line feed without its carriage return: "
	"accept takes it for a line end, but never as part of the end of a message.")
SETTING("pregreet", SMTPD, SETTING_NUMBER, pregreet, "0", "seconds", 0, 60,
	"How long the greeting is held back for clients that talk before it, which are sent "
	"away; 0 means not at all.")
SETTING("xclient", SMTPD, SETTING_NETWORKS, xclient, "", "networks", 0, 0,
	"Proxies that may say, by the command XCLIENT, who their client is.")
SETTING("lmtp", SMTPD, SETTING_SWITCH, lmtp, "off", "", 0, 0,
	"LMTP instead of SMTP, as the option -L.")
SETTING("terminal", SMTPD, SETTING_SWITCH, terminal, "off", "", 0, 0,
	"The commands SEND, SOML and SAML, from loopback and trusted networks: messages to the "
	"terminals of the system's users who are logged in.")
SETTING("rcpt-hook", SMTPD, SETTING_WORDS, rcpt_hook, "", "program", 0, 0,
	"The full path of a program, with arguments, that judges each recipient; empty means none.")
SETTING("data-hook", SMTPD, SETTING_WORDS, data_hook, "", "program", 0, 0,
	"The full path of a program, with arguments, that judges each message; empty means none.")
SETTING("program-timeout", SMTPD, SETTING_NUMBER, program_timeout, "120", "seconds", 1, 3600,
	"How long a program that mail is delivered to may run before it is killed, and the "
	"message put off.")
SETTING("create", TFTPD, SETTING_SWITCH, create, "off", "", 0, 0,
	"Whether clients may make new files.")
SETTING("secure", TFTPD, SETTING_SWITCH, secure, "off", "", 0, 0,
	"Names are relative to the one root, whose own path is never part of a name.")
SETTING("overwrite", TFTPD, SETTING_CHOICE, overwrite, "replace", "replace refuse number", 0, 0,
	"What becomes of an upload whose name is taken: it replaces the file, is refused, or gets a "
	"number behind its name.")
SETTING("max-upload", TFTPD, SETTING_OCTETS, max_upload, "0", "octets", 0, ANY_SIZE,
	"The largest file that a client may send; 0 means any.")
SETTING("permissive", TFTPD, SETTING_SWITCH, permissive, "off", "", 0, 0,
	"Only what the system permits to the user counts: a file need be neither world-readable to "
	"be read nor world-writable to be replaced.")
SETTING("client-folders", TFTPD, SETTING_WORDS, client_folders, "", "folders", 0, 0,
	"Folders in the roots where a name is looked up before it is in the roots themselves; %i is "
	"the client's address, %x the same in hexadecimal, %m its MAC address.")
SETTING("map-file", TFTPD, SETTING_PATH, map_file, "", "path", 0, 0,
	"A file of rules by which names are changed before they are looked up; empty means none.")
SETTING("umask", TFTPD, SETTING_MODE, umask, "000", "octal mode", 0, 0777,
	"Permissions that a new file does not get.")
SETTING("blksize", TFTPD, SETTING_NUMBER, blksize, "0", "octets", 0, 65464,
	"The largest blocks that clients get, at least 512; 0 means what the route to the client "
	"carries in one piece.")
SETTING("refuse-options", TFTPD, SETTING_CHOICES, refuse_options, "",
	"blksize blksize2 timeout utimeout tsize windowsize rollover", 0, 0,
	"Options of the protocol that are not granted.")
SETTING("refuse-options-from", TFTPD, SETTING_NETWORKS, refuse_options_from, "", "networks", 0, 0,
	"Networks whose clients are refused these options; empty means all.")
SETTING("ports", TFTPD, SETTING_RANGE, ports, "", "lowest:highest", 1, 65535,
	"The ports that transfers use; empty means that the system chooses.")
SETTING("retransmit", TFTPD, SETTING_NUMBER, retransmit, "1000000", "microseconds", 10000,
	255000000,
	"How long to wait for the first answer of a client before a packet is sent again.")
SETTING("single-port", TFTPD, SETTING_SWITCH, single_port, "off", "", 0, 0,
	"Whether transfers use the port of the service and no other.")
SETTING("linger", TFTPD, SETTING_NUMBER, linger, "900", "seconds", 1, 86400,
	"Under inetd: how long to wait for further requests.")
SETTING("iterations", POP3D | SMTPD | MAILUSER, SETTING_NUMBER, iterations, "10000", "iterations",
	1, 10000000,
	"Cost of a new password hash, and of refusing an unknown name; RFC 7677 asks for "
	"at least 4096.")
SETTING("sasl", POP3D | SMTPD, SETTING_CHOICES, sasl, "PLAIN LOGIN", "PLAIN LOGIN SCRAM-SHA-256", 0,
	0,
	"Mechanisms of AUTH, in the order in which they are announced; SCRAM-SHA-256 needs "
	"hashes that mailuser has made.")
SETTING("plaintext", POP3D | SMTPD, SETTING_NETWORKS, plaintext, "", "networks", 0, 0,
	"Networks from which passwords are taken in clear (USER, PLAIN, LOGIN), besides "
	"loopback.")
