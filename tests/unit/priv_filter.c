/*
 * Unit test of lib/priv: under each filter, the calls that must kill do. A transfer is tried as it
 * lives: under the loop's filter as well. What the work needs: priv_transfer.c, priv_confine.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "child.h"

static int dir = -1; /* the test's folder */

static int enter(enum priv_filter filter)
{
	const struct priv_jail jail = {
		.ids = {.uid = NOBODY, .gid = NOBODY}, .file_size = 4096, .sandbox = true};
	if (filter == PRIV_FRONT)
		priv_jail(&jail, dir);
	else
		priv_filter(PRIV_LOOP);
	if (filter == PRIV_SEND || filter == PRIV_RECEIVE)
		priv_filter(filter);
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
	SEND = 1 << PRIV_SEND,
	TRANSFER = SEND | 1 << PRIV_RECEIVE,
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
	{"socket()", FRONT | SEND, try_socket, 0},
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
	{"brk", FRONT | SEND, NULL, SYS_brk},
	{"setuid", ALL, NULL, SYS_setuid},
	{"capset", CHILD, NULL, SYS_capset},
	{"chroot", ALL, NULL, SYS_chroot},
	{"chdir", ALL, NULL, SYS_chdir},
	{"mount", ALL, NULL, SYS_mount},
	{"unlinkat", FRONT | SEND, NULL, SYS_unlinkat},
	{"linkat", FRONT | SEND, NULL, SYS_linkat},
	{"symlinkat", ALL, NULL, SYS_symlinkat},
	{"mkdirat", ALL, NULL, SYS_mkdirat},
	{"fchmodat", ALL, NULL, SYS_fchmodat},
	{"fchownat", ALL, NULL, SYS_fchownat},
	{"prctl", ALL, NULL, SYS_prctl},
	{"seccomp", CHILD, NULL, SYS_seccomp},
	{"read", SEND, NULL, SYS_read},
	{"close", SEND, NULL, SYS_close},
	{"mmap", FRONT | SEND, NULL, SYS_mmap},
	{"pwrite64", FRONT | SEND, NULL, SYS_pwrite64},
	{"fchmod", FRONT | SEND, NULL, SYS_fchmod},
	{"ftruncate", FRONT | SEND, NULL, SYS_ftruncate},
	{"renameat2", FRONT | SEND, NULL, SYS_renameat2},
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
	else /* of no descriptor: what is allowed here does nothing to our standard input */
		syscall(d->trial->number, -1L, 0, 0, 0, 0, 0);
	return 0;
}

static void all_else_kills(void)
{
	static const char *const name[] = {"front", "loop", "send", "receive"};
	for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
		for (unsigned f = PRIV_FRONT; f <= PRIV_RECEIVE; f++) {
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

static void checks(int open_folder)
{
	dir = open_folder;
	all_else_kills();
	another_architecture_kills();
}

int main(void)
{
	return filter_test(checks);
}
