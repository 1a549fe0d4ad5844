/*
 * priv_calls_linux: every system call that a confined process may make, and why. It runs nothing:
 * an auditor reads it as a list. What is not here kills the process that tries it.
 */
#include "priv_calls.h"

#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "priv.h"

/* A transfer is forked by the loop and lives under both filters. The one for sending is put up for
 * each file that is fetched, and what that costs grows with its rows: it has few. */
enum {
	FRONT = 1 << PRIV_FRONT,
	LOOP = 1 << PRIV_LOOP,
	RECEIVE = LOOP | 1 << PRIV_RECEIVE,
	TRANSFER = RECEIVE | 1 << PRIV_SEND,
	BUT_SEND = FRONT | RECEIVE,
	ALL = FRONT | TRANSFER
};

#define CALL(name, who)                                                                            \
	{                                                                                          \
		.number = SYS_##name, .filters = (who)                                             \
	}
#define NEWER(code, who)                                                                           \
	{                                                                                          \
		.number = (code), .filters = (who)                                                 \
	}
#define FAIL(code, who, errnum)                                                                    \
	{                                                                                          \
		.number = (code), .filters = (who), .error = (errnum)                              \
	}
#define ONLY(name, who, ...)                                                                       \
	{                                                                                          \
		.number = SYS_##name, .filters = (who),                                            \
		.only = (const struct priv_test[PRIV_TESTS])                                       \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

#define SOCKET_FLAGS (uint32_t)(SOCK_CLOEXEC | SOCK_NONBLOCK)
#define FORK_FLAGS (uint32_t)(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)
#define WHOLE UINT32_MAX

const struct priv_call priv_calls[] = {
	/* Talking on what is held. */
	CALL(read, BUT_SEND),
	CALL(readv, BUT_SEND),
	CALL(write, ALL),
	CALL(writev, BUT_SEND),
	CALL(recvfrom, ALL),
	CALL(recvmsg, BUT_SEND),
	CALL(sendto, ALL),
	CALL(sendmsg, ALL),
	CALL(recvmmsg, RECEIVE),
	CALL(sendmmsg, TRANSFER),
	CALL(close, BUT_SEND),
	ONLY(getsockopt, FRONT, {2, WHOLE, SO_TYPE}), /* io_open() asks: a socket? */
	ONLY(madvise, FRONT,
		{2, WHOLE, MADV_DONTNEED}), /* memory given back while the client waits */
	/* Waiting, and SIGTERM heeded meanwhile. */
	CALL(ppoll, ALL),
	CALL(rt_sigaction, BUT_SEND),
	CALL(rt_sigprocmask, BUT_SEND),
	CALL(rt_sigreturn, BUT_SEND),
	CALL(restart_syscall, ALL), /* after SIGSTOP and SIGCONT */
	CALL(nanosleep, LOOP), /* a pause when accept or fork fails */
	/* The end. */
	CALL(exit, BUT_SEND),
	CALL(exit_group, ALL),
	/* What a tracer puts in place of a call to make it fail. */
	FAIL(-1, ALL, ENOSYS),

	/* Memory, never executable: malloc. */
	CALL(brk, RECEIVE),
	ONLY(mprotect, RECEIVE, {2, PROT_EXEC, 0}),
	CALL(munmap, RECEIVE),
	CALL(mremap, RECEIVE),
	CALL(madvise, RECEIVE),
	CALL(getrandom, RECEIVE), /* malloc's and the transfer's own */
	/* Who am I: the log, and fork() in the C library. */
	CALL(getpid, TRANSFER),
	CALL(gettid, RECEIVE),
	CALL(set_tid_address, LOOP),
	CALL(set_robust_list, LOOP),
	CALL(rseq, LOOP),

/* What is written begins to go to the disk. */
#ifdef SYS_sync_file_range
	CALL(sync_file_range, FRONT | RECEIVE),
#endif
#ifdef SYS_sync_file_range2
	CALL(sync_file_range2, FRONT | RECEIVE),
#endif

	/* The file of a transfer. */
	CALL(pread64, TRANSFER),
	CALL(preadv, TRANSFER),
	CALL(pwrite64, RECEIVE),
	CALL(lseek, RECEIVE),
	CALL(fsync, RECEIVE),
	CALL(fdatasync, RECEIVE),
	CALL(fchmod, RECEIVE),
	CALL(ftruncate, RECEIVE),
	CALL(fstatfs, RECEIVE), /* room for an upload */
	CALL(statx, RECEIVE), /* fstat() in its several shapes */
	/* Publishing or removing an upload; Landlock limits where. */
	CALL(linkat, RECEIVE),
	CALL(renameat2, RECEIVE),
	CALL(unlinkat, RECEIVE),
	/* Opening it; Landlock limits where. */
	CALL(openat, LOOP),
	NEWER(CALL_OPENAT2, LOOP),
	CALL(readlinkat, LOOP),
	CALL(getdents64, LOOP), /* looking for what killed uploads have left */
	CALL(fcntl, LOOP),
	CALL(umask, LOOP),
	CALL(uname, LOOP), /* the host's name, when settings are read again */

	/* UDP sockets and no others. The log may try to connect anew: to fail, not to kill. */
	ONLY(socket, LOOP, {0, WHOLE, AF_INET}, {1, ~SOCKET_FLAGS, SOCK_DGRAM}),
	ONLY(socket, LOOP, {0, WHOLE, AF_INET6}, {1, ~SOCKET_FLAGS, SOCK_DGRAM}),
	FAIL(SYS_socket, RECEIVE, EACCES),
	CALL(bind, LOOP),
	CALL(connect, LOOP),
	FAIL(SYS_connect, TRANSFER, EACCES),
	CALL(setsockopt, LOOP),
	CALL(getsockopt, LOOP),
	CALL(getsockname, LOOP),
	CALL(getpeername, LOOP),

	/* fork() and nothing else that clone() can do. clone3 hides its flags from a filter. */
	ONLY(clone, LOOP, {0, ~FORK_FLAGS, SIGCHLD}),
	FAIL(CALL_CLONE3, LOOP, ENOSYS),
	CALL(wait4, LOOP),
	CALL(kill, LOOP), /* SIGTERM to its children at the end */
	/* A child on its way to its own filter. */
	ONLY(prctl, LOOP, {0, WHOLE, PR_SET_NO_NEW_PRIVS}),
	ONLY(prctl, LOOP, {0, WHOLE, PR_SET_DUMPABLE}, {1, WHOLE, 0}),
	CALL(capset, LOOP), /* gives up what is left */
	CALL(seccomp, LOOP),
	NEWER(CALL_CLOSE_RANGE, LOOP),
	NEWER(CALL_LANDLOCK_CREATE_RULESET, LOOP),
	NEWER(CALL_LANDLOCK_ADD_RULE, LOOP),
	NEWER(CALL_LANDLOCK_RESTRICT_SELF, LOOP),
	ONLY(prlimit64, LOOP, {0, WHOLE, 0}), /* its own limits; not those of another process */

/* What exists on some architectures only: the older or wider shapes of the calls above. */
#ifdef SYS_poll
	CALL(poll, BUT_SEND),
#endif
#ifdef SYS_recv
	CALL(recv, ALL),
	CALL(send, ALL),
#endif
#ifdef SYS_sigreturn
	CALL(sigreturn, BUT_SEND),
#endif
/* The time, where the vdso cannot tell it without the kernel. */
#ifdef SYS_clock_gettime
	CALL(clock_gettime, ALL),
	CALL(gettimeofday, BUT_SEND),
	CALL(clock_nanosleep, LOOP),
#endif
#ifdef SYS_time
	CALL(time, BUT_SEND),
#endif
#ifdef SYS_ppoll_time64
	CALL(ppoll_time64, ALL),
	CALL(clock_gettime64, ALL),
	CALL(recvmmsg_time64, RECEIVE),
	CALL(clock_nanosleep_time64, LOOP),
#endif
/* Where there are two, the old mmap hides its arguments in memory. */
#ifdef SYS_mmap2
	ONLY(mmap2, RECEIVE, {2, PROT_EXEC, 0}),
#else
	ONLY(mmap, RECEIVE, {2, PROT_EXEC, 0}),
#endif
#ifdef SYS__llseek
	CALL(_llseek, RECEIVE),
	CALL(fcntl64, LOOP),
	CALL(ftruncate64, RECEIVE),
	CALL(fstatfs64, RECEIVE),
	CALL(fstat64, RECEIVE),
	CALL(fstatat64, RECEIVE),
#endif
#ifdef SYS_fstat
	CALL(fstat, RECEIVE),
#endif
#ifdef SYS_newfstatat
	CALL(newfstatat, RECEIVE),
#endif
#ifdef SYS_renameat
	CALL(renameat, RECEIVE),
#endif
#ifdef SYS_open
	CALL(open, LOOP),
	CALL(stat, LOOP),
	CALL(lstat, LOOP),
	CALL(unlink, LOOP), /* the pid file: refused, but tried */
#endif
#ifdef SYS_fork
	CALL(fork, LOOP),
#endif
};

const size_t priv_call_count = sizeof priv_calls / sizeof *priv_calls;

/* Little-endian ones: the tests look at the first half of an argument. */
#if defined __x86_64__
const uint32_t priv_call_arch = AUDIT_ARCH_X86_64;
#elif defined __aarch64__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
const uint32_t priv_call_arch = AUDIT_ARCH_AARCH64;
#elif defined __riscv && __riscv_xlen == 64
const uint32_t priv_call_arch = AUDIT_ARCH_RISCV64;
#elif defined __i386__
const uint32_t priv_call_arch = AUDIT_ARCH_I386;
#elif defined __arm__ && defined __ARM_EABI__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
const uint32_t priv_call_arch = AUDIT_ARCH_ARM;
#else
const uint32_t priv_call_arch = 0;
#endif
