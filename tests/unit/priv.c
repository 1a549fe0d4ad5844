/*
 * Unit test of lib/priv: a front's jail: what can be done in it, and what /proc tells of one who
 * lives there (as root also ids, root folder and descriptors). What kills it is in priv_filter.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <time.h>

#include "child.h"

#define KEEP 7 /* where the channel stands, with holes around it */
#define FILE_SIZE 4096

static int client[2], channel[2];
static struct priv_jail jail = {
	.ids = {.uid = NOBODY, .gid = NOBODY}, .file_size = FILE_SIZE, .sandbox = true};

/* The client on 0 and 1, the channel on KEEP, and descriptors that somebody forgot. */
static int enter(bool sandbox)
{
	WANT(dup2(client[1], 0) == 0 && dup2(client[1], 1) == 1 && dup2(channel[1], KEEP) == KEEP);
	WANT(dup2(0, 3) == 3 && dup2(0, 30) == 30);
	jail.sandbox = sandbox;
	priv_jail(&jail, KEEP);
	return 0;
}

/* What a front can do. */

static int pass(int socket, int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof fd)];
	} control = {.room = {0}};
	char octet = 0;
	struct iovec v = {&octet, 1};
	struct msghdr m = {.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control};
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
	return sendmsg(socket, &m, 0) == 1;
}

static int take(int socket)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char octet;
	int fd;
	struct iovec v = {&octet, 1};
	struct msghdr m = {.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control};
	if (recvmsg(socket, &m, 0) != 1 || m.msg_controllen < sizeof control.head)
		return -1;
	memcpy(&fd, CMSG_DATA(&control.head), sizeof fd);
	return fd;
}

static int holds_only(const char *expected)
{
	for (int fd = 0; fd < 1024; fd++) {
		struct pollfd p = {.fd = fd};
		WANT(poll(&p, 1, 0) >= 0);
		bool is_held = !(p.revents & POLLNVAL);
		WANT(is_held == (fd < 10 && strchr(expected, '0' + fd) != NULL));
	}
	return 0;
}

/* Up to the limit, then EFBIG and no signal. */
static int spools(int spool)
{
	char block[FILE_SIZE] = {0};
	WANT(spool >= 3 && spool <= 8);
	WANT(write(spool, block, sizeof block) == sizeof block);
	WANT(write(spool, block, 1) < 0 && errno == EFBIG);
	WANT(close(spool) == 0);
	return 0;
}

static int waits(void)
{
	struct pollfd three[] = {{.fd = 0, .events = POLLIN}, {.fd = 1, .events = POLLOUT},
		{.fd = KEEP, .events = POLLIN}};
	struct timespec soon = {.tv_nsec = 1};
	sigset_t none;
	sigemptyset(&none);
	WANT(poll(three, 3, 0) == 2 && three[0].revents == POLLIN);
	WANT(ppoll(three, 3, &soon, &none) == 2);
	WANT(signal(SIGTERM, SIG_IGN) != SIG_ERR && sigprocmask(SIG_BLOCK, &none, NULL) == 0);
	return 0;
}

static int works_in_jail(void *context)
{
	char text[8];
	int type;
	socklen_t n = sizeof type;
	struct timespec now;
	(void)context;
	WANT(enter(true) == 0);
	WANT(syscall(-1L) == -1 && errno == ENOSYS);
	WANT(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0);
	WANT(getsockopt(0, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_STREAM);
	int spool = take(KEEP);
	WANT(spools(spool) == 0);
	WANT(waits() == 0);
	WANT(recv(0, text, 2, 0) == 2 && read(0, text + 2, sizeof text - 2) == 3);
	WANT(memcmp(text, "hello", 5) == 0);
	WANT(send(1, "hal", 3, MSG_NOSIGNAL) == 3 && write(1, "lo", 2) == 2);
	WANT(holds_only((char[]){'0', '1', '2', '0' + KEEP, '\0'}) == 0);
	return 0;
}

static void a_front_can_work(void)
{
	char path[sizeof folder + 8], text[8];
	snprintf(path, sizeof path, "%s/spool", folder);
	int spool = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(spool >= 0 && pass(channel[0], spool));
	CHECK(write(client[0], "hello", 5) == 5);
	CHECK(child_good(child_run(works_in_jail, NULL)));
	CHECK(recv(client[0], text, 5, MSG_DONTWAIT) == 5 && memcmp(text, "hallo", 5) == 0);
	close(spool);
}

/* A live front, as the system sees it. */

/* The rest of a line of /proc/PID/status, without its name and first blank; "" if there is none. */
static const char *status_of(pid_t pid, const char *name)
{
	static char line[256];
	char path[64];
	size_t n = strlen(name);
	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	FILE *f = fopen(path, "r");
	bool found = false;
	while (f && !found && fgets(line, sizeof line, f))
		found = strncmp(line, name, n) == 0 && line[n] == ':';
	if (f)
		fclose(f);
	if (!found)
		return "";
	line[strcspn(line, "\n")] = '\0';
	return line + n + 2;
}

static void check_descriptors(pid_t pid)
{
	char path[64], held[16] = "";
	size_t n = 0;
	snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
	DIR *d = opendir(path);
	CHECK(d);
	for (struct dirent *e; d && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.' && n < sizeof held - 1)
			held[n++] = e->d_name[1] ? '+' : e->d_name[0];
	if (d)
		closedir(d);
	CHECK_TEXT(held, ((char[]){'0', '1', '2', '0' + KEEP, '\0'}));
}

static void check_as_root(pid_t pid)
{
	char path[64];
	struct stat root, empty;
	CHECK_TEXT(status_of(pid, "Uid"), "65534\t65534\t65534\t65534");
	CHECK_TEXT(status_of(pid, "Gid"), "65534\t65534\t65534\t65534");
	CHECK(strtol(status_of(pid, "Groups"), NULL, 10) == NOBODY);
	CHECK(strspn(status_of(pid, "Groups"), "65534 ") == strlen(status_of(pid, "Groups")));
	CHECK_TEXT(status_of(pid, "CapPrm"), "0000000000000000");
	CHECK_TEXT(status_of(pid, "CapEff"), "0000000000000000");
	snprintf(path, sizeof path, "/proc/%ld/root/", (long)pid);
	CHECK(stat(path, &root) == 0 && stat(jail.empty, &empty) == 0);
	CHECK(root.st_dev == empty.st_dev && root.st_ino == empty.st_ino);
	snprintf(path, sizeof path, "/proc/%ld/cwd/", (long)pid);
	CHECK(stat(path, &root) == 0 && root.st_ino == empty.st_ino);
	check_descriptors(pid);
}

static int live_in_jail(void)
{
	char octet;
	WANT(enter(true) == 0 && write(1, "r", 1) == 1);
	WANT(read(0, &octet, 1) == 1);
	return 0;
}

static void a_live_front_is_bare(void)
{
	char octet;
	pid_t pid = fork();
	if (pid == 0)
		_exit(live_in_jail());
	CHECK(read(client[0], &octet, 1) == 1 && octet == 'r');
	CHECK_TEXT(status_of(pid, "Seccomp"), "2");
	CHECK_TEXT(status_of(pid, "NoNewPrivs"), "1");
	if (priv_root())
		check_as_root(pid);
	else
		puts("11 checks not run: needs root"); /* /proc of one who is not dumpable, too */
	int status = -1;
	CHECK(write(client[0], "q", 1) == 1);
	CHECK(waitpid(pid, &status, 0) == pid && child_good(status));
}

/* Without the sandbox: the same but for the filter and descriptor 2. */
static int debugged_jail(void *context)
{
	struct stat before, after;
	(void)context;
	WANT(fstat(2, &before) == 0);
	WANT(enter(false) == 0);
	WANT(fstat(2, &after) == 0 && before.st_ino == after.st_ino);
	WANT(holds_only((char[]){'0', '1', '2', '0' + KEEP, '\0'}) == 0);
	int fd = open("/", O_RDONLY);
	WANT(fd >= 0 && close(fd) == 0);
	WANT(getuid() == (priv_root() ? jail.ids.uid : geteuid()));
	if (priv_root())
		WANT(stat("/", &after) == 0 && *(ino_t *)context == after.st_ino);
	WANT(fork() < 0);
	return 0;
}

static int no_such_folder(void *context)
{
	(void)context;
	jail.empty = "/nowhere/at/all";
	return enter(false);
}

int main(void)
{
	char empty[sizeof folder + 8];
	struct stat st;
	folder_make();
	snprintf(empty, sizeof empty, "%s/empty", folder);
	CHECK(mkdir(empty, 0755) == 0 && stat(empty, &st) == 0);
	jail.empty = empty;
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, client) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel) == 0);

	CHECK(child_good(child_run(debugged_jail, &st.st_ino)));
	if (priv_root()) {
		int status = child_run(no_such_folder, NULL);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EX_OSERR);
	} else
		puts("1 check not run: needs root");
	if (can_filter()) {
		a_front_can_work();
		a_live_front_is_bare();
	} else
		puts("no system-call filter in this build or kernel: its checks are left out");
	folder_remove();
	return unit_end();
}
