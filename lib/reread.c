/*
 * reread: a helper that reads the settings file, and others, for a confined accept loop. It runs
 * with the rights of the start and takes no word from the loop but which of its files.
 */
#include "reread.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "io.h"
#include "log.h"
#include "memory.h"
#include "priv.h"
#include "settings.h"

static int channel = -1;
static const char *names[REREAD_FILES];
static unsigned char count;

struct answer {
	ssize_t length; /* of the text that follows, or -1 */
	int error;
};

static int read_all(int fd, void *to, size_t n)
{
	for (char *at = to; n > 0;) {
		ssize_t got = read(fd, at, n);
		if (got == 0)
			errno = EPIPE;
		if (got <= 0)
			return -1;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

_Noreturn static void help(int fd)
{
	static OWN_PAGES char text[SETTINGS_FILE + 1];
	unsigned char which;
	signal(SIGINT, SIG_IGN); /* a terminal's signals are for the loop, whose end is ours */
	signal(SIGHUP, SIG_IGN);
	priv_close_from(0, fd);
	while (read_all(fd, &which, 1) == 0 && which < count) {
		struct answer answer = {.length = settings_read(names[which], text)};
		answer.error = errno;
		if (write_all(fd, &answer, sizeof answer) < 0)
			break;
		if (answer.length > 0 && write_all(fd, text, (size_t)answer.length) < 0)
			break;
	}
	_exit(EX_OK);
}

ssize_t reread(const char *file, char *text)
{
	struct answer answer;
	unsigned char which = 0;
	while (which < count && strcmp(names[which], file) != 0)
		which++;
	if (which == count) {
		errno = ENOENT;
		return -1;
	}
	if (write_all(channel, &which, 1) < 0 || read_all(channel, &answer, sizeof answer) < 0)
		return -1;
	if (answer.length > 0 && read_all(channel, text, (size_t)answer.length) < 0)
		return -1;
	errno = answer.error;
	return answer.length;
}

void reread_forget(void)
{
	if (channel >= 0)
		close(channel); /* and not noted: the page is the loop's, and would be copied */
}

void reread_start(const char *const *files)
{
	int ends[2];
	for (count = 0; count < REREAD_FILES && files[count]; count++)
		names[count] = files[count];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		die(EX_OSERR, "socketpair: %s", strerror(errno));
	pid_t pid = fork();
	if (pid < 0)
		die(EX_OSERR, "fork: %s", strerror(errno));
	if (pid == 0)
		help(ends[1]);
	close(ends[1]);
	channel = ends[0];
	settings_source(reread);
}
