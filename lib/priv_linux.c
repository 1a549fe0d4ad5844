/*
 * priv_linux: the system-call filter (seccomp), confinement to folders (Landlock) and close_range.
 * Runs before and after the drop; needs no rights. Each step is for good, also over exec.
 */
#include "priv.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "priv_calls.h"
#include "priv_own.h"

/* Before any confinement. */
static void seal(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		priv_fail("no new privileges");
}

/* After the change of ids, which takes it back. */
void priv_follow_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
}

bool priv_close_range(unsigned first, unsigned last)
{
	return syscall(CALL_CLOSE_RANGE, first, last, 0) == 0;
}

/* The filter: a program for the kernel's classic BPF machine. */

#define PROGRAM_MAX 256 /* as far as a jump of the machine goes */
#define ROWS_IN_LINE 4 /* more are searched by halves */
#define TO_ALLOW UINT8_MAX /* a jump to be set when it is known where to */
#define CALL_FIELD(field) (uint32_t) offsetof(struct seccomp_data, field)

struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned short len;
};

static void emit(struct program *p, int code, unsigned yes, unsigned no, uint32_t k)
{
	if (p->len == PROGRAM_MAX) {
		errno = E2BIG;
		priv_fail("system-call filter");
	}
	p->code[p->len++] = (struct sock_filter){
		.code = (uint16_t)code, .jt = (uint8_t)yes, .jf = (uint8_t)no, .k = k};
}

static void load(struct program *p, uint32_t field)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, field);
}

/* Goes on if the value loaded is k, else passes over so many instructions. */
static void expect(struct program *p, uint32_t k, unsigned otherwise)
{
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, otherwise, k);
}

static void conclude(struct program *p, uint32_t verdict)
{
	emit(p, BPF_RET | BPF_K, 0, 0, verdict);
}

static uint32_t fail_with(int error)
{
	return SECCOMP_RET_ERRNO | (uint32_t)error;
}

/* One row; the call's number is loaded before and after. A test takes 3 instructions. */
static void compile(struct program *p, const struct priv_call *call)
{
	unsigned tests = 0;
	while (call->only && tests < PRIV_TESTS && call->only[tests].mask)
		tests++;
	if (!tests && !call->error) {
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, TO_ALLOW, 0, (uint32_t)call->number);
		return;
	}
	expect(p, (uint32_t)call->number, tests ? 3 * tests + 2 : 1);
	for (unsigned i = 0; i < tests; i++) {
		load(p, CALL_FIELD(args) + 8 * call->only[i].arg);
		emit(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, call->only[i].mask);
		expect(p, call->only[i].value, 3 * (tests - 1 - i) + 1);
	}
	conclude(p, call->error ? fail_with(call->error) : SECCOMP_RET_ALLOW);
	if (tests)
		load(p, CALL_FIELD(nr));
}

struct rows {
	const struct priv_call *row[PROGRAM_MAX];
	size_t count;
};

/* By their numbers; those of one call stay in the order of the table. */
static void sort_in(struct rows *rows, const struct priv_call *call)
{
	size_t at = rows->count++;
	for (; at > 0 && (uint32_t)rows->row[at - 1]->number > (uint32_t)call->number; at--)
		rows->row[at] = rows->row[at - 1];
	rows->row[at] = call;
}

/*
 * The rows from `first` to `end`, sorted: a few one after the other, more by halves. The kernel
 * tries every system call that there is on each filter that it is given, once for each session: of
 * 36 rows in a line that took most of the time.
 */
static void compile_rows(struct program *p, const struct rows *rows, size_t first, size_t end)
{
	size_t middle = end;
	if (end - first > ROWS_IN_LINE)
		middle = first + (end - first) / 2;
	while (middle < end && rows->row[middle]->number == rows->row[middle - 1]->number)
		middle++;
	if (middle < end) {
		unsigned short jump = p->len;
		emit(p, BPF_JMP | BPF_JGE | BPF_K, 0, 0, (uint32_t)rows->row[middle]->number);
		compile_rows(p, rows, first, middle);
		p->code[jump].jt = (uint8_t)(p->len - jump - 1);
		compile_rows(p, rows, middle, end);
		return;
	}
	for (size_t i = first; i < end; i++)
		compile(p, rows->row[i]);
	conclude(p, SECCOMP_RET_KILL_PROCESS); /* what no row allows */
}

/* All rows that just allow have this one end. */
static void finish(struct program *p)
{
	for (unsigned i = 0; i < p->len; i++)
		if (p->code[i].jt == TO_ALLOW)
			p->code[i].jt = (uint8_t)(p->len - i - 1);
	conclude(p, SECCOMP_RET_ALLOW);
}

static bool filter_works(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;
	return priv_call_arch && syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

void priv_filter(enum priv_filter filter)
{
	struct program p;
	struct rows rows;
	p.len = 0;
	rows.count = 0;
	seal();
	if (!filter_works())
		return;
	load(&p, CALL_FIELD(arch)); /* numbers mean another thing to another architecture */
	emit(&p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, priv_call_arch);
	conclude(&p, SECCOMP_RET_KILL_PROCESS);
	load(&p, CALL_FIELD(nr));
	for (size_t i = 0; i < priv_call_count; i++)
		if (priv_calls[i].filters & 1U << filter)
			sort_in(&rows, &priv_calls[i]);
	compile_rows(&p, &rows, 0, rows.count);
	finish(&p);

	/* Or a process of the same user could take it over by ptrace. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		priv_fail("not dumpable");
	struct sock_fprog program = {.len = p.len, .filter = p.code};
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		priv_fail("system-call filter");
}

/* Landlock: our own names, so that the kernel headers of the day do not matter. */

enum {
	RIGHT_WRITE_FILE = 1 << 1,
	RIGHT_READ_FILE = 1 << 2,
	RIGHT_READ_DIR = 1 << 3,
	RIGHT_REMOVE_FILE = 1 << 5,
	RIGHT_MAKE_DIR = 1 << 7,
	RIGHT_MAKE_REG = 1 << 8,
	RIGHT_REFER = 1 << 13, /* rename and link between folders */
	RIGHT_TRUNCATE = 1 << 14,
	OF_FILES = RIGHT_WRITE_FILE | RIGHT_READ_FILE | RIGHT_TRUNCATE,
	TO_READ = RIGHT_READ_FILE | RIGHT_READ_DIR,
	TO_WRITE = TO_READ | RIGHT_WRITE_FILE | RIGHT_REMOVE_FILE | RIGHT_MAKE_DIR |
		   RIGHT_MAKE_REG | RIGHT_REFER | RIGHT_TRUNCATE
};

struct ruleset {
	uint64_t files, tcp, scopes; /* what is denied unless a rule allows it */
};

struct rule {
	uint64_t rights;
	int32_t below; /* a descriptor */
};

/* What each version of Landlock can deny. */
static const struct ruleset deniable[] = {
	[2] = {.files = (1 << 14) - 1},
	[3] = {.files = (1 << 15) - 1},
	[4] = {.files = (1 << 15) - 1, .tcp = 3}, /* bind, connect */
	[5] = {.files = (1 << 16) - 1, .tcp = 3}, /* device ioctls */
	[6] = {.files = (1 << 16) - 1, .tcp = 3, .scopes = 3}, /* abstract sockets, signals */
};
#define VERSIONS (int)(sizeof deniable / sizeof *deniable)

/* The row to use; NULL for version 1 too, under which no file can move from one folder to another.
 */
static const struct ruleset *landlock(void)
{
	const unsigned ask_version = 1;
	long version = syscall(CALL_LANDLOCK_CREATE_RULESET, NULL, 0, ask_version);
	if (version < 2)
		return NULL;
	return &deniable[version < VERSIONS ? version : VERSIONS - 1];
}

static void allow(int rules, const struct ruleset *denied, const struct priv_path *path)
{
	const int beneath = 1;
	struct stat st;
	if (fstat(path->fd, &st) < 0)
		priv_fail("confinement to a folder");
	struct rule rule = {.below = path->fd};
	rule.rights = (path->write ? TO_WRITE : TO_READ) & denied->files;
	if (!S_ISDIR(st.st_mode))
		rule.rights &= OF_FILES;
	if (syscall(CALL_LANDLOCK_ADD_RULE, rules, beneath, &rule, 0) < 0)
		priv_fail("confinement to a folder");
}

void priv_confine(const struct priv_path *paths, size_t count)
{
	seal();
	const struct ruleset *denied = landlock();
	if (!denied)
		return;
	int rules = (int)syscall(CALL_LANDLOCK_CREATE_RULESET, denied, sizeof *denied, 0);
	if (rules < 0)
		priv_fail("Landlock");
	for (size_t i = 0; i < count; i++)
		allow(rules, denied, &paths[i]);
	if (syscall(CALL_LANDLOCK_RESTRICT_SELF, rules, 0) < 0)
		priv_fail("Landlock");
	close(rules);
}

int priv_expect_sender(int socket)
{
	int on = 1;
	return setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
}

ssize_t priv_receive_from(int socket, void *octets, size_t n, struct priv_ids *sender)
{
	struct ucred who;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof who)];
	} control;
	struct iovec v = {octets, n};
	struct msghdr m = {.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof control.room};
	ssize_t got = recvmsg(socket, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = got > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (got <= 0)
		return got;
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS) {
		errno = ENOTSUP;
		return -1;
	}
	memcpy(&who, CMSG_DATA(c), sizeof who);
	*sender = (struct priv_ids){.uid = who.uid, .gid = who.gid};
	return got;
}

const char *priv_missing(void)
{
	static const char *const missing[2][2] = {
		{NULL, "no Landlock (kernel)"},
		{"no system-call filter (kernel)", "no system-call filter, no Landlock (kernel)"},
	};
	return missing[!filter_works()][!landlock()];
}
