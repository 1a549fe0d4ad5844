/*
 * log_syslog: one line is one datagram. Runs in every process of every program, in jails too, where
 * a log daemon that was restarted cannot be found again.
 */
#include "log_syslog.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "str.h"

static int fd = -1;
static const char *socket_path, *log_name;
static int log_facility;

static bool attach(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	str_copy(to.sun_path, sizeof to.sun_path, socket_path);
	return connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
}

void log_syslog_open(const char *path, const char *name, int facility)
{
	socket_path = path;
	log_name = name;
	log_facility = facility;
	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	attach();
}

void log_syslog_compose(struct str *s, const char *name, const char *line)
{
	str_add(s, name);
	str_add(s, "[");
	str_add_number(s, (uint64_t)getpid());
	str_add(s, "]: ");
	str_add(s, line);
}

void log_syslog_write(int priority, const char *line)
{
	char datagram[LOG_LINE + 64];
	struct str s;
	str_init(&s, datagram, sizeof datagram);
	str_add(&s, "<");
	str_add_number(&s, (uint64_t)(log_facility | priority));
	str_add(&s, ">");
	log_syslog_compose(&s, log_name, line);
	if (send(fd, datagram, s.len, MSG_NOSIGNAL) < 0 && attach())
		send(fd, datagram, s.len, MSG_NOSIGNAL);
}
