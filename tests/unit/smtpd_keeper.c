/*
 * A front that was taken over: records out of season, of a wrong size, with lies in them. The
 * keeper must end the session, with nothing delivered and no draft left. And one that is sound, to
 * show that it is the lies that are refused.
 */
#include "child.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "../../smtpd/records.h"
#include "../../smtpd/session.h"
#include "log.h"
#include "sasl.h"
#include "settings.h"

static char accounts[256], mail[256], maildir[300];

static struct ask_mail good_mail = {
	.from = {.local = "a", .domain = "example.net"}, .helo = "client", .esmtp = 1};
static struct ask_rcpt good_rcpt = {.to = {.local = "alice", .domain = "example.org"}};
static struct ask_commit good_commit = {.wire = 7};
static struct ask_who good_who = {.to = {.local = "alice", .domain = "example.org"}};
static struct ask_reset good_reset = {.why = WITHDRAWN};

static struct ask_mail open_helo, open_path, line_in_path, to_terminal, no_way;
static struct ask_rcpt null_rcpt, literal_line;
static struct ask_commit none = {.wire = 0}, short_wire = {.wire = 5}, long_wire = {.wire = 13},
			 huge = {.wire = UINT64_MAX};
static struct sasl_question question = {.kind = SASL_PASSWORD, .user = "alice", .secret = "x"};
static struct ask_xclient claim = {.ip = "192.0.2.9", .port = 25, .login = "bob"},
			  no_claim = {.ip = "192.0.2.0/24"}, open_claim;
static struct ask_reset unknown_why = {.why = GIVE_UPS};

/* Records in one. */
static struct __attribute__((packed)) group {
	struct several m;
	struct ask_mail mail;
	struct several r;
	struct ask_rcpt rcpt;
	struct several s, more;
} whole, refused, mail_twice, long_body, group_within;

struct record_sent {
	unsigned char type;
	const void *body;
	size_t size;
};
#define SEND(type, body)                                                                           \
	{                                                                                          \
		type, &body, sizeof(body)                                                          \
	}
#define MAIL SEND(ASK_MAIL, good_mail)
#define RCPT SEND(ASK_RCPT, good_rcpt)
#define SPOOL                                                                                      \
	{                                                                                          \
		ASK_SPOOL, NULL, 0                                                                 \
	}
#define SEVERAL(body, size)                                                                        \
	{                                                                                          \
		ASK_SEVERAL, &body, size                                                           \
	}
#define TO_SPOOL offsetof(struct group, more)
#define TO_RCPT offsetof(struct group, s)
#define COMMIT SEND(ASK_COMMIT, good_commit)
#define RESET SEND(ASK_RESET, good_reset)
#define AUTH SEND(ASK_AUTH, question)

static const struct sequence {
	const char *name;
	int status;
	int delivered;
	struct record_sent sent[6]; /* ends with type 0 */
} sequences[] = {
	{"nothing", 0, 0, {{0}}},
	{"a message", 0, 1, {MAIL, RCPT, SPOOL, COMMIT}},
	{"two of two", 0, 0, {MAIL, RESET, MAIL, RESET}},
	{"a third of two", EX_SOFTWARE, 0, {MAIL, RESET, MAIL, RESET, MAIL}},
	{"given up", 0, 0, {MAIL, RCPT, SPOOL, RESET}},
	{"gone in the middle", 0, 0, {MAIL, RCPT, SPOOL}},
	{"given up, and again", 0, 0, {MAIL, RCPT, RESET, MAIL, RCPT}},
	{"RCPT first", EX_SOFTWARE, 0, {RCPT}},
	{"SPOOL first", EX_SOFTWARE, 0, {SPOOL}},
	{"COMMIT first", EX_SOFTWARE, 0, {COMMIT}},
	{"SPOOL without a recipient", EX_SOFTWARE, 0, {MAIL, SPOOL}},
	{"COMMIT without a spool", EX_SOFTWARE, 0, {MAIL, RCPT, COMMIT}},
	{"MAIL twice", EX_SOFTWARE, 0, {MAIL, MAIL}},
	{"MAIL in the middle", EX_SOFTWARE, 0, {MAIL, RCPT, MAIL}},
	{"RCPT behind SPOOL", EX_SOFTWARE, 0, {MAIL, RCPT, SPOOL, RCPT}},
	{"SPOOL twice", EX_SOFTWARE, 0, {MAIL, RCPT, SPOOL, SPOOL}},
	{"COMMIT twice", EX_SOFTWARE, 1, {MAIL, RCPT, SPOOL, COMMIT, COMMIT}},
	{"VRFY by somebody who is not trusted", EX_SOFTWARE, 0, {SEND(ASK_WHO, good_who)}},
	{"a short VRFY", EX_SOFTWARE, 0, {{ASK_WHO, &good_who, sizeof good_who - 1}}},
	{"an unknown record", EX_SOFTWARE, 0, {{'z', NULL, 0}}},
	{"an answer", EX_SOFTWARE, 0, {{ANSWER, &good_mail, sizeof(struct answer)}}},
	{"a short MAIL", EX_SOFTWARE, 0, {{ASK_MAIL, &good_mail, sizeof good_mail - 1}}},
	{"an empty MAIL", EX_SOFTWARE, 0, {{ASK_MAIL, NULL, 0}}},
	{"a SPOOL with a body", EX_SOFTWARE, 0, {MAIL, RCPT, {ASK_SPOOL, "x", 1}}},
	{"a helo without end", EX_SOFTWARE, 0, {SEND(ASK_MAIL, open_helo)}},
	{"a path without end", EX_SOFTWARE, 0, {SEND(ASK_MAIL, open_path)}},
	{"a line end in a path", EX_SOFTWARE, 0, {SEND(ASK_MAIL, line_in_path)}},
	{"SEND, which is not offered", EX_SOFTWARE, 0, {SEND(ASK_MAIL, to_terminal)}},
	{"no command", EX_SOFTWARE, 0, {SEND(ASK_MAIL, no_way)}},
	{"no recipient", EX_SOFTWARE, 0, {MAIL, SEND(ASK_RCPT, null_rcpt)}},
	{"a line end in a domain", EX_SOFTWARE, 0, {MAIL, SEND(ASK_RCPT, literal_line)}},
	{"a count of 0", EX_SOFTWARE, 0, {MAIL, RCPT, SPOOL, SEND(ASK_COMMIT, none)}},
	{"a count too small", EX_SOFTWARE, 0, {MAIL, RCPT, SPOOL, SEND(ASK_COMMIT, short_wire)}},
	{"a count too large", EX_SOFTWARE, 0, {MAIL, RCPT, SPOOL, SEND(ASK_COMMIT, long_wire)}},
	{"a count that overflows", EX_SOFTWARE, 0, {MAIL, RCPT, SPOOL, SEND(ASK_COMMIT, huge)}},
	{"AUTH within a message", EX_SOFTWARE, 0, {MAIL, AUTH}},
	{"a short AUTH", EX_SOFTWARE, 0, {{ASK_AUTH, &question, sizeof question - 1}}},
	{"XCLIENT of nobody's proxy", EX_SOFTWARE, 0, {SEND(ASK_XCLIENT, claim)}},
	{"an unknown reason", EX_SOFTWARE, 0, {MAIL, SEND(ASK_RESET, unknown_why)}},
	{"several", 0, 1, {SEVERAL(whole, TO_SPOOL), COMMIT}},
	{"several without a spool", 0, 1, {SEVERAL(whole, TO_RCPT), SPOOL, COMMIT}},
	{"a spool for nobody", 0, 1, {SEVERAL(refused, TO_SPOOL), RCPT, SPOOL, COMMIT}},
	{"a spool for nobody, and more", EX_SOFTWARE, 0, {SEVERAL(refused, TO_SPOOL), COMMIT}},
	{"several of nothing", EX_SOFTWARE, 0, {SEVERAL(whole, 0)}},
	{"several cut off", EX_SOFTWARE, 0, {SEVERAL(whole, TO_RCPT - 1)}},
	{"several cut off in a head", EX_SOFTWARE, 0, {SEVERAL(whole, TO_SPOOL - 1)}},
	{"MAIL twice in one", EX_SOFTWARE, 0, {SEVERAL(mail_twice, TO_SPOOL)}},
	{"a size beyond the end", EX_SOFTWARE, 0, {SEVERAL(long_body, TO_SPOOL)}},
	{"several within several", EX_SOFTWARE, 0, {SEVERAL(group_within, sizeof group_within)}},
};

/* The same from an address that the setting xclient names. */
static const struct sequence of_proxies[] = {
	{"XCLIENT", 0, 1, {SEND(ASK_XCLIENT, claim), MAIL, RCPT, SPOOL, COMMIT}},
	{"XCLIENT twice", 0, 0, {SEND(ASK_XCLIENT, claim), SEND(ASK_XCLIENT, claim), MAIL}},
	{"AUTH behind XCLIENT's", EX_SOFTWARE, 0, {SEND(ASK_XCLIENT, claim), AUTH}},
	{"XCLIENT within a message", EX_SOFTWARE, 0, {MAIL, SEND(ASK_XCLIENT, claim)}},
	{"XCLIENT of no address", EX_SOFTWARE, 0, {SEND(ASK_XCLIENT, no_claim)}},
	{"XCLIENT without end", EX_SOFTWARE, 0, {SEND(ASK_XCLIENT, open_claim)}},
};

static void groups(void)
{
	whole = (struct group){.m = {ASK_MAIL, sizeof good_mail},
		.mail = good_mail,
		.r = {ASK_RCPT, sizeof good_rcpt},
		.rcpt = good_rcpt,
		.s = {ASK_SPOOL, 0},
		.more = {ASK_SEVERAL, 0}};
	refused = mail_twice = long_body = group_within = whole;
	strcpy(refused.rcpt.to.local, "nobody");
	mail_twice.s.type = ASK_MAIL;
	long_body.s.size = 1;
	group_within.s = (struct several){ASK_SEVERAL, sizeof(struct several)};
}

static void lies(void)
{
	open_helo = open_path = line_in_path = to_terminal = no_way = good_mail;
	to_terminal.way = WAY_SEND;
	no_way.way = WAYS;
	open_claim = claim;
	memset(open_claim.login, 'x', sizeof open_claim.login);
	memset(open_helo.helo, 'x', sizeof open_helo.helo);
	memset(open_path.from.local, 'x', sizeof open_path.from.local);
	strcpy(line_in_path.from.local, "a\nX-Evil: yes");
	strcpy(literal_line.to.local, "alice");
	strcpy(literal_line.to.domain, "example.org>\n");
}

static void prepare_house(void)
{
	static char organisation[] = "example.org";
	static char *domains[] = {organisation, NULL}, *no_hook[] = {NULL};
	char path[400];
	folder_make();
	snprintf(accounts, sizeof accounts, "%.200s/accounts", folder);
	snprintf(mail, sizeof mail, "%.200s/mail", folder);
	snprintf(maildir, sizeof maildir, "%s/alice", mail);
	CHECK(mkdir(accounts, 0755) == 0 && mkdir(mail, 0755) == 0);
	if (geteuid() == 0)
		CHECK(chown(mail, 4242, 4242) == 0);
	snprintf(path, sizeof path, "%s/alice", accounts);
	FILE *f = fopen(path, "w");
	CHECK(f && fputs("name Alice\n", f) >= 0 && fclose(f) == 0);
	settings = (struct settings){.hostname = "mail.example.org",
		.domains = domains,
		.virtual_domains = domains + 1,
		.aliases = "/nonexistent/aliases",
		.accounts = accounts,
		.mail = mail,
		.user = "nobody",
		.first_uid = 1000,
		.rcpt_hook = no_hook,
		.data_hook = no_hook,
		.recipients = 100};
}

/* Counts the files of a folder of alice's Maildir, and removes them. */
static int sweep(const char *name)
{
	char path[400];
	int n = 0;
	snprintf(path, sizeof path, "%s/%s", maildir, name);
	DIR *dir = opendir(path);
	for (struct dirent *e; dir && (e = readdir(dir)) != NULL;)
		if (e->d_name[0] != '.') {
			unlinkat(dirfd(dir), e->d_name, 0);
			n++;
		}
	if (dir)
		closedir(dir);
	return n;
}

/* A process that stands for the front: the keeper ends it. */
static pid_t stand_in(void)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	for (;;)
		pause();
}

static _Noreturn void be_keeper(int channel)
{
	struct peer peer = {.ip = "192.0.2.7"};
	CHECK(net_parse(peer.ip, 25, &peer.remote));
	struct split split = {.channel = channel, .front = stand_in()};
	log_open("keeper", LOG_MAIL, true);
	CHECK(freopen("/dev/null", "w", stderr) != NULL);
	_exit(keeper(&split, &peer));
}

static void send_all(struct split *split, const struct record_sent *sent)
{
	for (; sent->type; sent++) {
		char body[SPLIT_MAX];
		size_t size;
		int fd = -1;
		bool asks = sent->type != ASK_MAIL && sent->type != ASK_RESET &&
			    sent->type != ASK_XCLIENT;
		if (!split_send(split, sent->type, sent->body, sent->size, -1))
			return;
		if (asks && split_receive(split, body, &size, &fd) == 0)
			return;
		if (fd >= 0) {
			CHECK(write(fd, "a\nbcd\n", 6) == 6);
			close(fd);
		}
	}
}

static int play(const struct record_sent *sent)
{
	int ends[2], end = -1;
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		be_keeper(ends[1]);
	}
	close(ends[1]);
	struct split split = {.channel = ends[0]};
	send_all(&split, sent);
	close(ends[0]);
	CHECK(waitpid(pid, &end, 0) == pid);
	return WIFEXITED(end) ? WEXITSTATUS(end) : -1;
}

static void play_all(const struct sequence *all, size_t count)
{
	for (const struct sequence *s = all; s < all + count; s++) {
		int end = play(s->sent), drafts = sweep("tmp"), delivered = sweep("new");
		if (end != s->status || delivered != s->delivered || drafts != 0)
			fprintf(stderr, "%s: status %d, %d drafts, %d delivered\n", s->name, end,
				drafts, delivered);
		CHECK(end == s->status && delivered == s->delivered && drafts == 0);
	}
}

/* Recipients that are refused, without end: the front is told when it is enough, and one that asks
 * on is no sound one. */
static void check_asking(void)
{
	static struct ask_rcpt elsewhere = {.to = {.local = "alice", .domain = "example.com"}};
	static struct record_sent sent[1004] = {MAIL};
	for (int i = 1; i <= 1001; i++)
		sent[i] = (struct record_sent)SEND(ASK_RCPT, elsewhere);
	sent[1002] = (struct record_sent)RESET;
	CHECK(play(sent) == EX_OK);
	sent[1002] = sent[1001];
	CHECK(play(sent) == EX_SOFTWARE);
}

int main(void)
{
	struct net_block own;
	lies();
	groups();
	prepare_house();
	settings.transactions = 2;
	play_all(sequences, sizeof sequences / sizeof sequences[0]);
	check_asking();
	CHECK(net_block_parse("192.0.2.7", &own));
	settings.xclient = (struct net_blocks){&own, 1};
	play_all(of_proxies, sizeof of_proxies / sizeof of_proxies[0]);
	folder_remove();
	return unit_end();
}
