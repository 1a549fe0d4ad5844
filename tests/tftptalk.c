/*
 * tftptalk: plays a transcript of datagrams against a TFTP server and compares what comes back.
 *
 * It is the judge, so it shares no code with what it judges. Run by the tests, as anybody.
 *
 *   C: PACKET   send it                 S: PACKET   just this comes
 *   N:          begin anew, with        S: same     what came last comes again
 *               fresh sockets           S: nothing  nothing is there yet
 *   W: 500      wait milliseconds       T: 700      the next S comes within so many ms
 *   X: command  let the shell run it       R:          what came last may come again, up to an N
 *
 * C2: and S2: (up to 9) are other sockets, that is, other transfer identifiers of the client. '#'
 * begins a comment line. A PACKET is one of
 *
 *   RRQ "name" octet blksize 512 ...   (WRQ, OACK) strings, each with its NUL
 *   DATA 1 512                         so many octets, all alike; an S does not look at them
 *   DATA 1 "text"                      these
 *   ACK 1
 *   ERROR 5 "text"                     an S without the text takes any
 *   raw "\x00\x01a"                    just these octets
 *
 * Quotes are needed for what is empty or has spaces; \r \n \0 \xNN \\ \" stand for octets within.
 * Requests go to the server's port; all else goes where the answer to the last request came from,
 * if one came. It must come from another port than the request went to (-s: from that), and from
 * the same host; and all later ones from where the first came from. At the end nothing may be left.
 */
#include "tftppacket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage[] =
	"usage: tftptalk [-ks] [-l log] FILE HOW ...\n"
	"  -k    let a program that was started end by itself\n"
	"  -s    the answers come from the service's own port\n"
	"  -l F  its standard error goes to file F\n"
	"FILE is a transcript, or - for standard input. HOW is one of\n"
	"  connect HOST PORT      to a server that runs\n"
	"  inetd PROGRAM ...      start it with a bound socket as descriptors 0, 1 and 2\n"
	"  listener PROGRAM ...   as systemd does: the socket is 3\n";

enum { SOCKETS = 10, SECONDS = 10 };
union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static struct {
	const char *name;
	unsigned line;
} file;
static int sockets[SOCKETS];
static union address service, transfer; /* sa_family 0: not known yet */
static struct packet last[SOCKETS];
static int within = SECONDS * 1000;
static bool repeats;
static pid_t program;
static bool single;

__attribute__((format(printf, 1, 2))) static _Noreturn void fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%u: ", file.name, file.line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (program > 0)
		kill(program, SIGKILL);
	exit(1);
}

static int check(int result, const char *what)
{
	if (result < 0)
		fail("%s: %s", what, strerror(errno));
	return result;
}

/* Playing it. */

static socklen_t size_of(const union address *a)
{
	return a->sa.sa_family == AF_INET ? sizeof a->v4 : sizeof a->v6;
}

static bool same_host(const union address *a, const union address *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
}

static bool same(const union address *a, const union address *b)
{
	return same_host(a, b) && a->v4.sin_port == b->v4.sin_port; /* in the same place in v6 */
}

static int socket_of(unsigned i)
{
	if (sockets[i] < 0)
		sockets[i] =
			check(socket(service.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
	return sockets[i];
}

static void client(unsigned i, const char *at)
{
	static struct packet p;
	bool request;

	read_packet(&p, at);
	request = p.n > 1 && (p.at[1] == RRQ || p.at[1] == WRQ);
	if (request && i == 1)
		transfer.sa.sa_family = AF_UNSPEC;
	const union address *to =
		transfer.sa.sa_family == AF_UNSPEC || request ? &service : &transfer;
	check((int)sendto(socket_of(i), p.at, p.n, 0, &to->sa, size_of(to)), "sendto");
}

static void come_from(const union address *from)
{
	if (transfer.sa.sa_family == AF_UNSPEC) {
		if (!same_host(from, &service))
			fail("the answer comes from another host");
		if (same(from, &service) != single)
			fail("the answer comes from the wrong port");
		transfer = *from;
	}
	if (!same(from, &transfer))
		fail("a packet comes from another transfer identifier");
}

/* The next packet of socket i; false when there is none within `ms`. */
static bool receive(unsigned i, struct packet *p, int ms)
{
	struct pollfd ready = {.fd = socket_of(i), .events = POLLIN};
	union address from = {0};
	socklen_t size = sizeof from;
	ssize_t n;

	if (check(poll(&ready, 1, ms), "poll") == 0)
		return false;
	n = recvfrom(ready.fd, p->at, sizeof p->at, 0, &from.sa, &size);
	p->n = (size_t)check((int)n, "recvfrom");
	come_from(&from);
	return true;
}

/* The same, past what came last, where that may come again. */
static bool receive_next(unsigned i, const struct packet *want, struct packet *got, int ms)
{
	bool some;

	do
		some = receive(i, got, ms);
	while (some && repeats && !agrees(want, got) && agrees(&last[i], got));
	return some;
}

static void server(unsigned i, const char *at)
{
	static const struct packet none;
	static struct packet want, got;
	const char *word = at + strspn(at, " \t");
	int ms = within;

	within = SECONDS * 1000;
	if (strcmp(word, "nothing") == 0) {
		if (receive_next(i, &none, &got, 0)) {
			show("got   ", &got);
			fail("something came");
		}
		return;
	}
	if (strcmp(word, "same") == 0)
		want = last[i];
	else
		read_packet(&want, at);
	if (!receive_next(i, &want, &got, ms)) {
		show("wanted", &want);
		fail("nothing came for %d ms", ms);
	}
	if (!agrees(&want, &got)) {
		show("wanted", &want);
		show("got   ", &got);
		fail("another packet came");
	}
	last[i] = got;
}

/* Nothing is left, and a new client begins. */
static void begin_anew(void)
{
	for (unsigned i = 1; i < SOCKETS; i++) {
		if (sockets[i] < 0)
			continue;
		server(i, "nothing");
		close(sockets[i]);
		sockets[i] = -1;
	}
	transfer.sa.sa_family = AF_UNSPEC;
	repeats = false;
}

static void step(const char *line)
{
	char who = line[0];
	unsigned i = line[1] >= '1' && line[1] <= '9' ? (unsigned)(line[1] - '0') : 1;
	const char *at = strchr(line, ':');

	if (who == '\0' || who == '#')
		return;
	if (!at || !strchr("CSWTXNR", who))
		fail("not a step: %s", line);
	at++;
	if (who == 'C')
		client(i, at);
	else if (who == 'S')
		server(i, at);
	else if (who == 'R')
		repeats = true;
	else if (who == 'T')
		within = atoi(at);
	else if (who == 'W')
		poll(NULL, 0, atoi(at));
	else if (who == 'X')
		check(-system(at), at);
	else
		begin_anew();
}

static void play(FILE *script)
{
	char line[LINE];

	while (fgets(line, sizeof line, script)) {
		file.line++;
		line[strcspn(line, "\n")] = '\0';
		step(line);
	}
	begin_anew();
}

/* The server. */

static void find(const char *host, const char *port)
{
	service.v6 = (struct sockaddr_in6){
		.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
	if (inet_pton(AF_INET6, host, &service.v6.sin6_addr) == 1)
		return;
	service.v4 = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	if (inet_pton(AF_INET, host, &service.v4.sin_addr) != 1)
		fail("no address: %s", host);
}

static void become(int fd, bool inetd, bool logged, char **argv)
{
	char pid[16];

	for (int to = 0; inetd && to < (logged ? 2 : 3); to++)
		check(dup2(fd, to), "dup2");
	if (!inetd) {
		check(dup2(open("/dev/null", O_RDWR), 0), "dup2");
		check(dup2(fd, 3), "dup2");
		fcntl(3, F_SETFD, 0);
		snprintf(pid, sizeof pid, "%ld", (long)getpid());
		setenv("LISTEN_PID", pid, 1);
		setenv("LISTEN_FDS", "1", 1);
	}
	execvp(argv[0], argv);
	_exit(127);
}

static void start(bool inetd, char **argv, const char *log)
{
	socklen_t size = sizeof service.v4;
	int fd;

	find("127.0.0.1", "0");
	fd = check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
	check(bind(fd, &service.sa, size), "bind");
	check(getsockname(fd, &service.sa, &size), "getsockname");
	program = check(fork(), "fork");
	if (program == 0) {
		if (log)
			dup2(open(log, O_WRONLY | O_CREAT | O_APPEND, 0644), 2);
		become(fd, inetd, log != NULL, argv);
	}
	close(fd);
}

static void stop(bool keep)
{
	int status;

	if (program == 0)
		return;
	if (!keep)
		kill(program, SIGTERM);
	check(waitpid(program, &status, 0), "waitpid");
	program = 0;
	if (status != 0)
		fail("the program ends with status %#x", (unsigned)status);
}

int main(int argc, char **argv)
{
	const char *log = NULL;
	bool keep = false;
	FILE *script;
	int letter;

	while ((letter = getopt(argc, argv, "+ksl:")) != -1) {
		keep |= letter == 'k';
		single |= letter == 's';
		log = letter == 'l' ? optarg : log;
	}
	argv += optind;
	if (argc - optind < 3)
		return fputs(usage, stderr), 64;
	for (unsigned i = 0; i < SOCKETS; i++)
		sockets[i] = -1;
	file.name = argv[0];
	script = strcmp(argv[0], "-") == 0 ? stdin : fopen(argv[0], "r");
	if (!script)
		fail("%s", strerror(errno));
	if (strcmp(argv[1], "connect") == 0 && argv[3])
		find(argv[2], argv[3]);
	else
		start(strcmp(argv[1], "inetd") == 0, argv + 2, log);
	play(script);
	stop(keep);
	return 0;
}
