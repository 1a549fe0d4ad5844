/*
 * Unit test of lib/log_syslog.c: the datagram, and a log daemon that starts late or anew.
 */
#include "log_syslog.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "unit.h"

static const char path[] = "log";

static int listen_here(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	unlink(path);
	strcpy(at.sun_path, path);
	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
	return fd;
}

static void check_received(int fd, const char *line)
{
	char want[128], got[128] = "";
	snprintf(want, sizeof want, "<%d>unit[%ld]: %s", LOG_MAIL | LOG_NOTICE, (long)getpid(),
		line);
	CHECK(recv(fd, got, sizeof got - 1, MSG_DONTWAIT) == (ssize_t)strlen(want));
	CHECK_TEXT(got, want);
	CHECK(recv(fd, got, sizeof got, MSG_DONTWAIT) < 0);
}

int main(void)
{
	char folder[] = "log.XXXXXX";
	CHECK(mkdtemp(folder) && chdir(folder) == 0);
	log_syslog_open(path, "unit", LOG_MAIL);
	log_syslog_write(LOG_NOTICE, "nobody listens");
	int fd = listen_here();
	log_syslog_write(LOG_NOTICE, "started late");
	check_received(fd, "started late");
	log_syslog_write(LOG_NOTICE, "again");
	check_received(fd, "again");
	close(fd);
	fd = listen_here();
	log_syslog_write(LOG_NOTICE, "started anew");
	check_received(fd, "started anew");
	close(fd);
	unlink(path);
	CHECK(chdir("..") == 0 && rmdir(folder) == 0);
	return unit_end();
}
