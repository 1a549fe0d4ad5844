/*
 * daemon: becoming one. Runs at start, with the privileges of the start.
 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "io.h"
#include "log.h"
#include "memory.h"
#include "settings.h"

static OWN_PAGES char pid_file[DAEMON_PATH];
static struct priv_ids user;
static int ready_pipe = -1, manager = -1;

static void root_folder(const char *path)
{
	struct stat st;
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		die(EX_CONFIG, "cannot make the folder %s: %s", path, strerror(errno));
	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022))
		die(EX_CONFIG, "%s must be a folder that only root can write", path);
}

const char *daemon_empty(char path[DAEMON_PATH])
{
	snprintf(path, DAEMON_PATH, "%s/empty", settings.run);
	return path;
}

bool daemon_find_user(void)
{
	struct priv_ids ids = {0};
	if (priv_root() && (!priv_lookup(settings.user, &ids) || ids.uid == 0))
		return false;
	user = ids;
	return true;
}

struct priv_ids daemon_user(void)
{
	return user;
}

void daemon_folders(void)
{
	if (!daemon_find_user())
		die(EX_CONFIG,
			"there is no user \"%s\" to give up root for (setting user, option -u)",
			settings.user);
	if (!priv_root())
		return;
	char empty[DAEMON_PATH];
	mode_t mask = umask(022);
	root_folder(settings.run);
	root_folder(daemon_empty(empty));
	umask(mask);
}

bool daemon_first_time(const char *name)
{
	char path[DAEMON_PATH];
	snprintf(path, sizeof path, "%s/%s.warned", settings.run, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void daemon_pid_file(const char *name)
{
	char text[32];
	if (*settings.pid_file)
		snprintf(pid_file, sizeof pid_file, "%s", settings.pid_file);
	else
		snprintf(pid_file, sizeof pid_file, "%s/%s.pid", settings.run, name);
	snprintf(text, sizeof text, "%ld\n", (long)getpid());
	int fd = open(pid_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || write_all(fd, text, strlen(text)) < 0) {
		log_event(LOG_WARNING, "cannot write %s: %s", pid_file, strerror(errno));
		pid_file[0] = '\0';
	}
	if (fd >= 0)
		close(fd);
}

static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR);
	setsid();
	if (chdir("/") < 0 || null < 0)
		die(EX_OSERR, "cannot leave the terminal: %s", strerror(errno));
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

/* In the parent: the daemon is ready, or has ended with a status that becomes ours. */
_Noreturn static void await_child(pid_t pid, int fd)
{
	char ready;
	int status;
	if (read(fd, &ready, 1) == 1)
		_exit(EX_OK);
	waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EX_OSERR);
}

void daemon_detach(void)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		die(EX_OSERR, "pipe: %s", strerror(errno));
	pid_t pid = fork();
	if (pid < 0)
		die(EX_OSERR, "fork: %s", strerror(errno));
	if (pid > 0) {
		close(ends[1]);
		await_child(pid, ends[0]);
	}
	close(ends[0]);
	ready_pipe = ends[1];
	leave_terminal();
}

/* sd_notify(3)'s address; a name that begins with @ is in the abstract name space. */
void daemon_reach_manager(void)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	if (!name || strlen(name) >= sizeof sa.sun_path)
		return;
	strcpy(sa.sun_path, name);
	socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	if (name[0] == '@')
		sa.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (manager < 0 || connect(manager, (struct sockaddr *)&sa, n) < 0)
		log_event(LOG_WARNING, "cannot tell %s: %s", name, strerror(errno));
	unsetenv("NOTIFY_SOCKET");
}

static void tell(int *fd, const char *word)
{
	if (*fd < 0)
		return;
	if (write_all(*fd, word, strlen(word)) < 0)
		log_event(LOG_WARNING, "cannot say that it serves: %s", strerror(errno));
	close(*fd);
	*fd = -1;
}

void daemon_ready(void)
{
	tell(&manager, "READY=1");
	tell(&ready_pipe, "1");
}

void daemon_end(void)
{
	if (pid_file[0])
		unlink(pid_file);
}
