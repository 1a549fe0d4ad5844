/*
 * Unit test of lib/priv: under each filter, the calls that must kill do, and those that the work
 * needs succeed. A transfer is tried as it lives: forked by the loop, under both filters.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <poll.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <syslog.h>
#include <time.h>

#include "child.h"
#include "log_syslog.h"

static int dir = -1; /* the test's folder */

static int enter(enum priv_filter filter)
{
	const struct priv_jail jail = {
		.ids = {.uid = NOBODY, .gid = NOBODY}, .file_size = 4096, .sandbox = true};
	if (filter == PRIV_FRONT)
		priv_jail(&jail, dir);
	else
		priv_filter(PRIV_LOOP);
	if (filter == PRIV_TRANSFER)
		priv_filter(PRIV_TRANSFER);
	return 0;
}

/* What an intruder would try first. */

static void try_open(void)
{
	open("/etc/passwd", O_RDONLY);
}

static void try_socket(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

static void try_fork(void)
{
	if (fork() == 0)
		_exit(0);
}

static void try_exec(void)
{
	char *const nothing[] = {NULL};
	execve("/bin/true", nothing, nothing);
}

static void try_kill(void)
{
	kill(1, 0);
}

static void try_ptrace(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void try_user_namespace(void)
{
	syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
}

static void try_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void try_make_code(void)
{
	mprotect(&dir, 1, PROT_READ | PROT_EXEC);
}

static void try_limits_of_another(void)
{
	syscall(SYS_prlimit64, getpid(), RLIMIT_CORE, NULL, NULL);
}

static void try_to_be_dumpable(void)
{
	syscall(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1, 0, 0, 0);
}

/* The filters that it kills under. */
enum {
	FRONT = 1 << PRIV_FRONT,
	LOOP = 1 << PRIV_LOOP,
	TRANSFER = 1 << PRIV_TRANSFER,
	CHILD = FRONT | TRANSFER,
	ALL = CHILD | LOOP
};

static const struct trial {
	const char *name;
	unsigned kills;
	void (*call)(void);
	long number; /* where there is no `call`: with all arguments 0 */
} trials[] = {
	{"open()", CHILD, try_open, 0},
	{"socket()", FRONT, try_socket, 0},
	{"fork()", CHILD, try_fork, 0},
	{"execve()", ALL, try_exec, 0},
	{"kill()", CHILD, try_kill, 0},
	{"ptrace()", ALL, try_ptrace, 0},
	{"a user namespace", ALL, try_user_namespace, 0},
	{"executable memory", ALL, try_code, 0},
	{"data made executable", ALL, try_make_code, 0},
	{"limits of another process", ALL, try_limits_of_another, 0},
	{"dumpable again", ALL, try_to_be_dumpable, 0},
	{"openat", CHILD, NULL, SYS_openat},
	{"openat2", CHILD, NULL, 437},
	{"open_by_handle_at", ALL, NULL, SYS_open_by_handle_at},
	{"memfd_create", ALL, NULL, SYS_memfd_create},
	{"socketpair", ALL, NULL, SYS_socketpair},
	{"connect", FRONT, NULL, SYS_connect},
	{"bind", CHILD, NULL, SYS_bind},
	{"listen", ALL, NULL, SYS_listen},
	{"setsockopt", CHILD, NULL, SYS_setsockopt},
	{"getsockopt but SO_TYPE", CHILD, NULL, SYS_getsockopt},
	{"clone", ALL, NULL, SYS_clone},
	{"clone3", CHILD, NULL, 435},
	{"unshare", ALL, NULL, SYS_unshare},
	{"execveat", ALL, NULL, SYS_execveat},
	{"tgkill", ALL, NULL, SYS_tgkill},
	{"dup", ALL, NULL, SYS_dup},
	{"dup3", ALL, NULL, SYS_dup3},
	{"fcntl", CHILD, NULL, SYS_fcntl},
	{"ioctl", ALL, NULL, SYS_ioctl},
	{"brk", FRONT, NULL, SYS_brk},
	{"setuid", ALL, NULL, SYS_setuid},
	{"capset", CHILD, NULL, SYS_capset},
	{"chroot", ALL, NULL, SYS_chroot},
	{"chdir", ALL, NULL, SYS_chdir},
	{"mount", ALL, NULL, SYS_mount},
	{"unlinkat", FRONT, NULL, SYS_unlinkat},
	{"linkat", FRONT, NULL, SYS_linkat},
	{"symlinkat", ALL, NULL, SYS_symlinkat},
	{"mkdirat", ALL, NULL, SYS_mkdirat},
	{"fchmodat", ALL, NULL, SYS_fchmodat},
	{"fchownat", ALL, NULL, SYS_fchownat},
	{"prctl", ALL, NULL, SYS_prctl},
	{"seccomp", CHILD, NULL, SYS_seccomp},
	{"process_vm_readv", ALL, NULL, SYS_process_vm_readv},
	{"bpf", ALL, NULL, SYS_bpf},
	{"userfaultfd", ALL, NULL, SYS_userfaultfd},
	{"perf_event_open", ALL, NULL, SYS_perf_event_open},
	{"io_uring_setup", ALL, NULL, 425},
	{"pidfd_getfd", ALL, NULL, 438},
	{"no call of this kernel", ALL, NULL, 4000},
#ifdef __x86_64__
	{"the x32 way to read", ALL, NULL, 0x40000000},
#endif
};

struct dare {
	const struct trial *trial;
	enum priv_filter filter;
};

static int dare(void *context)
{
	const struct dare *d = context;
	WANT(enter(d->filter) == 0);
	if (d->trial->call)
		d->trial->call();
	else
		syscall(d->trial->number, 0, 0, 0, 0, 0, 0);
	return 0;
}

static void all_else_kills(void)
{
	static const char *const name[] = {"front", "loop", "transfer"};
	for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
		for (unsigned f = PRIV_FRONT; f <= PRIV_TRANSFER; f++) {
			struct dare d = {&trials[i], (enum priv_filter)f};
			bool kills = trials[i].kills & 1U << f;
			bool as_it_should = child_shot(child_run(dare, &d)) == kills;
			if (!as_it_should)
				fprintf(stderr, "%s: %s\n", name[f], trials[i].name);
			CHECK(as_it_should);
		}
}

#ifdef __x86_64__
/* getpid of the 32-bit call table: 20, which is writev in the table of the filter. */
static int dare_32_bit(void *context)
{
	long result = 20;
	(void)context;
	WANT(enter(PRIV_FRONT) == 0);
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	return 0;
}

static void another_architecture_kills(void)
{
	int status = child_run(dare_32_bit, NULL);
	/* A kernel without 32-bit calls answers with SIGSEGV. */
	CHECK(WIFSIGNALED(status) && (WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV));
}
#else
static void another_architecture_kills(void)
{
}
#endif

/* What both of tftpd's processes need. `peer` is where the datagram goes. */

static int has_no_sockets(void)
{
	WANT(socket(AF_UNIX, SOCK_DGRAM, 0) < 0 && errno == EACCES);
	WANT(socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EACCES);
	WANT(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0 && errno == EACCES);
	WANT(socket(AF_NETLINK, SOCK_DGRAM, 0) < 0 && errno == EACCES);
	WANT(syscall(-1L) == -1 && errno == ENOSYS);
	return 0;
}

static int has_memory(void)
{
	char *p = NULL;
	for (size_t n = 16; n < 16 << 20; n *= 4) {
		char *more = realloc(p, n);
		if (!more)
			break;
		p = more;
		memset(p, 1, n);
	}
	bool good = p && p[16] == 1;
	free(p);
	WANT(good);
	return 0;
}

static int transfers(int socket, const struct sockaddr_in *peer, int file)
{
	char text[4] = "";
	struct stat st;
	struct statfs fs;
	struct mmsghdr m = {.msg_hdr = {.msg_iov = &(struct iovec){text, 3}, .msg_iovlen = 1}};
	WANT(write(file, "abc", 3) == 3 && pwrite(file, "d", 1, 3) == 1 && fsync(file) == 0);
	WANT(fdatasync(file) == 0 && fchmod(file, 0640) == 0 && ftruncate(file, 3) == 0);
	WANT(fstat(file, &st) == 0 && st.st_size == 3 && fstatfs(file, &fs) == 0);
	WANT(lseek(file, 0, SEEK_SET) == 0 && read(file, text, 3) == 3);
	WANT(pread(file, text, 3, 0) == 3 && memcmp(text, "abc", 3) == 0);
	WANT(preadv(file, &(struct iovec){text, 3}, 1, 0) == 3);
	WANT(sendto(socket, text, 3, 0, (const struct sockaddr *)peer, sizeof *peer) == 3);
	WANT(recv(socket, text, sizeof text, MSG_DONTWAIT) == 3);
	WANT(sendmmsg(socket, &m, 1, 0) < 0 && errno == EDESTADDRREQ);
	WANT(renameat(dir, "draft", dir, "file") == 0 && linkat(dir, "file", dir, "two", 0) == 0);
	WANT(unlinkat(dir, "two", 0) == 0 && unlinkat(dir, "file", 0) == 0);
	WANT(fsync(dir) == 0 && close(file) == 0);
	log_syslog_write(LOG_DEBUG, "a unit test of trivet runs");
	return 0;
}

static int transfer_child(int socket, const struct sockaddr_in *peer)
{
	priv_close_from(socket + 1, dir);
	WANT(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) == 0);
	int file = openat(dir, "draft", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	WANT(file >= 0);
	priv_filter(PRIV_TRANSFER);
	WANT(has_no_sockets() == 0 && has_memory() == 0);
	WANT(connect(socket, (const struct sockaddr *)peer, sizeof *peer) < 0 && errno == EACCES);
	return transfers(socket, peer, file);
}

/* As tftpd's parent does for one request; and a child that it ends. */
static int loops(void *context)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof here;
	int status;
	(void)context;
	WANT(enter(PRIV_LOOP) == 0);
	WANT(has_no_sockets() == 0 && has_memory() == 0);
	WANT(syscall(435L /* clone3 */, 0, 0) < 0 && errno == ENOSYS);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	WANT(fd >= 0 && bind(fd, (struct sockaddr *)&here, sizeof here) == 0);
	WANT(getsockname(fd, (struct sockaddr *)&here, &n) == 0 && here.sin_port != 0);
	WANT(socket(AF_INET6, SOCK_DGRAM, 0) >= 0 || errno == EAFNOSUPPORT);
	FILE *f = fopen("/nowhere/at/all", "r");
	WANT(!f && errno == ENOENT && unlink("/nowhere/at/all") < 0 && errno == ENOENT);

	pid_t pid = fork();
	if (pid == 0)
		_exit(transfer_child(fd, &here));
	WANT(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	pid = fork();
	if (pid == 0)
		_exit(poll(NULL, 0, -1));
	WANT(kill(pid, SIGTERM) == 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	WANT(WTERMSIG(status) == SIGTERM && waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD);
	return 0;
}

int main(void)
{
	if (!can_filter()) {
		puts("no system-call filter in this build or kernel: its checks are left out");
		CHECK(true);
		return unit_end();
	}
	folder_make();
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	CHECK(dir >= 3);
	all_else_kills();
	another_architecture_kills();
	log_syslog_open(_PATH_LOG, "unit", LOG_DAEMON);
	CHECK(child_good(child_run(loops, NULL)));
	close(dir);
	folder_remove();
	return unit_end();
}
