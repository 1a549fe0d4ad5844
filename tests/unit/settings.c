/*
 * settings: files, command lines and defaults; what is refused, and in which words.
 */
#include "settings.h"

#include <errno.h>
#include <fcntl.h>

#include "child.h"
#include "str.h"

static char path[4200], file[4300], error[SETTINGS_ERROR], here[4096];

static void write_file(const char *text, size_t n)
{
	FILE *f = fopen(file, "w");
	if (!f || fwrite(text, 1, n, f) != n || fclose(f) != 0)
		abort();
}

static bool load_with(enum program program, const char *text, char *const *overrides, size_t count)
{
	write_file(text, strlen(text));
	error[0] = '\0';
	return settings_load(program, file, overrides, count, error);
}

static bool load(enum program program, const char *text)
{
	return load_with(program, text, NULL, 0);
}

/* The error, without the path of the file. */
static const char *told(void)
{
	size_t n = strlen(file);
	return strncmp(error, file, n) == 0 ? error + n : error;
}

static void check_defaults(void)
{
	char *none[] = {NULL};
	CHECK(load(POP3D, ""));
	CHECK(settings.clients == 500 && settings.clients_per_source == 50);
	CHECK(settings.sandbox && settings.first_uid == 1000 && settings.errors == 10);
	CHECK(settings.autologout == 600 && settings.login_timeout == 60);
	CHECK_TEXT(settings.accounts, "/etc/trivet/accounts");
	CHECK_TEXT(settings.run, "/run/trivet");
	CHECK_TEXT(settings.user, "trivet");
	CHECK(settings.hostname[0] != '\0');
	CHECK_TEXT(settings.domains[0], settings.hostname);
	CHECK(settings.domains[1] == NULL && settings.allow.count == 0);
	/* The standard file need not be there, one that is named must. */
	CHECK(settings_load(MAILUSER, NULL, none, 0, error) ||
		access("/etc/trivet.conf", F_OK) == 0);
	CHECK(!settings_load(POP3D, "/nonexistent/x.conf", none, 0, error));
	CHECK_TEXT(error, "cannot read /nonexistent/x.conf: No such file or directory");
	CHECK(!settings_load(POP3D, path, none, 0, error)); /* a folder */
	CHECK(strstr(error, "Is a directory") != NULL);
}

/* A folder; the word system; a program with its arguments. */
static void check_accounts(void)
{
	CHECK(load(POP3D, "accounts system"));
	CHECK_TEXT(settings.accounts, "system");
	CHECK(load(POP3D, "accounts checkpassword \t /bin/check  a b"));
	CHECK_TEXT(settings.accounts, "checkpassword /bin/check  a b");
	CHECK(load(POP3D, "accounts checkpassword check"));
	snprintf(path, sizeof path, "checkpassword %s/check", here);
	CHECK_TEXT(settings.accounts, path);
	CHECK(load(POP3D, "accounts checkpasswords"));
	snprintf(path, sizeof path, "%s/checkpasswords", here);
	CHECK_TEXT(settings.accounts, path);
	CHECK(load(POP3D, "accounts ./system"));
	snprintf(path, sizeof path, "%s/./system", here);
	CHECK_TEXT(settings.accounts, path);
}

static void check_days(void)
{
	CHECK(load(POP3D, ""));
	CHECK_TEXT(settings.expire, "");
	CHECK(load(POP3D, "expire never"));
	CHECK_TEXT(settings.expire, "never");
	CHECK(load(POP3D, "expire 30\nlogin-delay 900"));
	CHECK_TEXT(settings.expire, "30");
	CHECK(settings.login_delay == 900);
}

static void check_program(void)
{
	CHECK(load(POP3D, "filter"));
	CHECK(settings.filter[0] == NULL && settings.filter_timeout == 60);
	CHECK(load(POP3D, "filter  /bin/sed\t-e  s/a/b/ "));
	CHECK_TEXT(settings.filter[0], "/bin/sed");
	CHECK_TEXT(settings.filter[1], "-e");
	CHECK_TEXT(settings.filter[2], "s/a/b/");
	CHECK(settings.filter[3] == NULL);
}

static void check_kinds(void)
{
	CHECK(load(SMTPD, "hostname mail.example.org\n"
			  "  domains\texample.org   example.net \n"
			  "# clients x\n"
			  "\n"
			  "mail /m/%u with spaces\r\n"
			  "run relative/run\n"
			  "message-size 2M\n"
			  "clients 007\n"
			  "sandbox OFF\n"
			  "umask 027\n"
			  "allow 192.0.2.0/24 2001:db8::/32 ::1\n"
			  "deny\n[pop3d]\r\nclients 9\r\n[smtpd]\n"
			  "user nobody"));
	CHECK_TEXT(settings.hostname, "mail.example.org");
	CHECK_TEXT(settings.domains[0], "example.org");
	CHECK_TEXT(settings.domains[1], "example.net");
	CHECK(settings.domains[2] == NULL);
	CHECK_TEXT(settings.mail, "/m/%u with spaces");
	snprintf(path, sizeof path, "%s/relative/run", here);
	CHECK_TEXT(settings.run, path);
	CHECK(settings.message_size == 2 << 20 && settings.clients == 7);
	CHECK(!settings.sandbox && settings.umask == 027);
	CHECK(settings.allow.count == 3 && settings.allow.block[0].bits == 120);
	CHECK(settings.deny.count == 0);
	CHECK_TEXT(settings.user, "nobody");
}

/* A file with one fault, and what is said of it behind the file's name. */
static const struct {
	const char *text, *told;
} faults[] = {
	{"clients", ":1: clients: \"\" is not a number of clients from 1 to 100000"},
	{"\n\nclients x\n", ":3: clients: \"x\" is not a number of clients from 1 to 100000"},
	{"clients 0", ":1: clients: \"0\" is not a number of clients from 1 to 100000"},
	{"clients -1", ":1: clients: \"-1\" is not a number of clients from 1 to 100000"},
	{"clients 100001", ":1: clients: \"100001\" is not a number of clients from 1 to 100000"},
	{"clients 5 6", ":1: clients: \"5 6\" is not a number of clients from 1 to 100000"},
	{"mail /m/%h", ":1: mail: \"/m/%h\" is not a path with %u, %n or %d"},
	{"mail %u/%", ":1: mail: \"%u/%\" is not a path with %u, %n or %d"},
	{"clients=5", ":1: there is no setting \"clients=5\""},
	{"Clients 5", ":1: there is no setting \"Clients\""},
	{"nosuch 1\n", ":1: there is no setting \"nosuch\""},
	{"message-size 1023", ":1: message-size: \"1023\" is not a number of octets from 1024 to "
			      "4611686018427387904"},
	{"message-size 99999999999G",
		":1: message-size: \"99999999999G\" is not a number of octets from 1024 to "
		"4611686018427387904"},
	{"sandbox yes", ":1: sandbox: \"yes\" is not on or off"},
	{"umask 8", ":1: umask: \"8\" is not an octal mode up to 777"},
	{"umask 1000", ":1: umask: \"1000\" is not an octal mode up to 777"},
	{"umask", ":1: umask: \"\" is not an octal mode up to 777"},
	{"umask 777777777777777777777777",
		":1: umask: \"777777777777777777777777\" is not an octal mode up to 777"},
	{"accounts", ":1: accounts: \"\" is not a path"},
	{"accounts checkpassword",
		":1: accounts: \"checkpassword\" is not complete: which PROGRAM?"},
	{"allow 192.0.2.1/24",
		":1: allow: \"192.0.2.1/24\" is not an address or a network like 192.0.2.0/24"},
	{"allow 192.0.2.1 example.org",
		":1: allow: \"example.org\" is not an address or a network like 192.0.2.0/24"},
	{"[nosuch]\n", ":1: there is no section [nosuch]"},
	{"[pop3d\nclients 5\n", ":1: there is no section [pop3d"},
	{"[]\n", ":1: there is no section []"},
	{"[\n", ":1: there is no section ["},
	{"[pop3d] clients 5\n", ":1: there is no section [pop3d] clients 5"},
	{"[smtpd]\nautologout 5\n", ":2: smtpd has no setting \"autologout\""},
	{"[smtpd]\ntimeout x\n", ":2: timeout: \"x\" is not a number of seconds from 1 to 86400"},
	{"expire 0", ":1: expire: \"0\" is not a number of days above 0, or never"},
	{"expire 30 days", ":1: expire: \"30 days\" is not a number of days above 0, or never"},
	{"expire nevermore", ":1: expire: \"nevermore\" is not a number of days above 0, or never"},
	{"filter cat", ":1: filter: \"cat\" is not a full path and arguments"},
	{"filter-timeout 0", ":1: filter-timeout: \"0\" is not a number of seconds from 1 to 3600"},
	{"[tftpd]\nlinger 0", ":2: linger: \"0\" is not a number of seconds from 1 to 86400"},
};

/* Whatever is wrong, what was in effect before is still. */
static void check_faults(void)
{
	CHECK(load(POP3D, "clients 123\nhostname before\n"));
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		unit_check(!load(POP3D, faults[i].text), faults[i].text, "taken", (int)i);
		unit_check(strcmp(told(), faults[i].told) == 0, faults[i].text, error, (int)i);
	}
	write_file("clients 5\n\0clients 6\n", 21);
	CHECK(!settings_load(POP3D, file, NULL, 0, error) && strstr(error, "NUL"));
	CHECK(settings.clients == 123 && strcmp(settings.hostname, "before") == 0);
}

/* Long names and values are cut in messages, and the message is ended. */
static void check_long(void)
{
	static char text[70000], big[SETTINGS_FILE + 2];
	static const char *const starts[] = {"", "hostname", "[", "user ", "clients ", "mail "};
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		memset(text, 'x', sizeof text - 1);
		memcpy(text, starts[i], strlen(starts[i]));
		bool good = load(POP3D, text);
		CHECK(good == (strcmp(starts[i], "user ") == 0));
		CHECK(good || (error[0] != '\0' && strlen(error) < SETTINGS_ERROR));
	}
	memset(big, '\n', sizeof big - 1);
	CHECK(!load(POP3D, big) && strstr(error, "File too large"));
	big[SETTINGS_FILE] = '\0';
	CHECK(load(POP3D, big));
}

/* Sections are for one program; all are checked. */
static void check_sections(void)
{
	const char *text = "clients 10\nautologout 20\n[pop3d]\nclients 30\n[smtpd]\nclients 40\n"
			   "timeout 50\n[pop3d]\nautologout 60\n";
	CHECK(load(POP3D, text));
	CHECK(settings.clients == 30 && settings.autologout == 60 && settings.timeout == 300);
	CHECK(load(SMTPD, text));
	CHECK(settings.clients == 40 && settings.autologout == 20 && settings.timeout == 50);
	CHECK(load(TFTPD, text));
	CHECK(settings.clients == 10);
}

static void check_overrides(void)
{
	static char seven[] = "clients=7", eight[] = "clients=8";
	static char no_domains[] = "domains=", name[] = "hostname=a=b";
	char *two[] = {seven, eight}, *empty[] = {no_domains, name};
	static const char *const rows[][2] = {
		{"clients", "\"clients\" is not name=value"},
		{"=5", "there is no setting \"\""},
		{"clients=", "clients: \"\" is not a number of clients from 1 to 100000"},
		{"clients =5", "there is no setting \"clients \""},
		{"autologout=5", "smtpd has no setting \"autologout\""},
		{"nosuch=5", "there is no setting \"nosuch\""},
	};
	CHECK(load_with(SMTPD, "clients 5\n[smtpd]\nclients 6\n", two, 2));
	CHECK(settings.clients == 8);
	CHECK(load_with(SMTPD, "domains x\n", empty, 2));
	CHECK_TEXT(settings.hostname, "a=b");
	CHECK_TEXT(settings.domains[0], "a=b");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *one[] = {(char *)(uintptr_t)rows[i][0]};
		CHECK(!load_with(SMTPD, "", one, 1));
		CHECK_TEXT(error, rows[i][1]);
	}
}

/* What settings_print() writes. */
static void print(enum program program, char *text, size_t room)
{
	int saved = dup(STDOUT_FILENO), fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	settings_print(program);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	ssize_t n = pread(fd, text, room - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
}

/* What is printed, loaded again, prints the same. */
static void check_print(void)
{
	static const enum program all[] = {POP3D, SMTPD, TFTPD, MAILUSER};
	static char first[8192], second[8192];
	const char *text = "hostname mail.example.org\nmail rel/%n/%d\nallow 192.0.2.0/24 ::1 ::/0 "
			   "0.0.0.0/0\nmessage-size 3M\numask 7\nsandbox off\ndomains a b c\n";
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		CHECK(load(all[i], text));
		print(all[i], first, sizeof first);
		CHECK(settings_load(all[i], file, NULL, 0, error));
		print(all[i], second, sizeof second);
		CHECK_TEXT(first, second);
		CHECK(strlen(first) > 50);
	}
	CHECK(load(SMTPD, text));
	print(SMTPD, first, sizeof first);
	CHECK(strstr(first, "message-size 3145728\n") && strstr(first, "domains a b c\n"));
	CHECK(strstr(first, "allow 192.0.2.0/24 ::1/128 ::/0 0.0.0.0/0\n"));
	CHECK(strstr(first, "sandbox off\n") && !strstr(first, "umask"));
}

/* By another reader, for one that cannot open files any more. */
static ssize_t reader(const char *name, char *text)
{
	if (strcmp(name, file) != 0) {
		errno = EACCES;
		return -1;
	}
	strcpy(text, "clients 77\n");
	return 11;
}

static void check_source(void)
{
	settings_source(reader);
	CHECK(settings_load(POP3D, file, NULL, 0, error) && settings.clients == 77);
	CHECK(!settings_load(POP3D, "/other", NULL, 0, error));
	CHECK_TEXT(error, "cannot read /other: Permission denied");
	CHECK(settings.clients == 77);
	settings_source(settings_read);
}

int main(void)
{
	folder_make();
	if (!getcwd(here, sizeof here))
		abort();
	snprintf(path, sizeof path, "%s", folder);
	snprintf(file, sizeof file, "%s/trivet.conf", folder);
	settings_start();
	check_defaults();
	check_kinds();
	check_accounts();
	check_days();
	check_program();
	check_faults();
	check_long();
	check_sections();
	check_overrides();
	check_print();
	check_source();
	folder_remove();
	return unit_end();
}
