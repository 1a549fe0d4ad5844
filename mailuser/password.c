/*
 * password: reads a new password. Run by the administrator, with all his rights.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "mailuser.h"
#include "str.h"

/* One line, octet by octet: what follows it is left to whoever reads standard input next. */
static int read_line(char *line)
{
	size_t n = 0;
	char c;
	ssize_t got;
	while ((got = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n' && n <= PASSWORD_MAX)
		line[n++] = c;
	line[n] = '\0';
	if (got < 0)
		return complain(EX_IOERR, "standard input: %s", strerror(errno));
	if (n == 0)
		return complain(EX_DATAERR, "the password is empty");
	if (n > PASSWORD_MAX)
		return complain(EX_DATAERR, "the password is longer than %d octets", PASSWORD_MAX);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return complain(EX_DATAERR, "the password holds a control character");
	return EX_OK;
}

static struct termios before;

/* The signal is blocked here and ends us, by its default, on return. */
static void restore(int signal)
{
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	raise(signal);
}

static void echo_off(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = restore, .sa_flags = (int)SA_RESETHAND};
	struct termios quiet = before;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], &action, NULL);
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	quiet.c_cc[VSUSP] = _POSIX_VDISABLE; /* a shell would find its terminal silent */
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
}

static int ask(const char *prompt, const char *name, char *secret)
{
	fprintf(stderr, "%s %s: ", prompt, name);
	int status = read_line(secret);
	fputc('\n', stderr);
	return status;
}

static int ask_twice(const char *name, char *secret)
{
	char again[PASSWORD_ROOM] = "";
	int status = ask("New password for", name, secret);
	if (status == EX_OK)
		status = ask("Once more, for", name, again);
	if (status == EX_OK && strcmp(secret, again) != 0)
		status = complain(EX_DATAERR, "the two passwords differ");
	str_wipe(again, sizeof again);
	return status;
}

int password_read(const char *name, char secret[PASSWORD_ROOM])
{
	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return read_line(secret);
	echo_off();
	int status = ask_twice(name, secret);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	return status;
}
