/*
 * tftpcopy: fetches or sends one file by TFTP, with windows (RFC 7440), and says what it took.
 *
 * It is the judge of transfers as a whole, so it shares no code with what it judges; a receiver and
 * a sender as the RFCs have them, with a timer that does not adapt. Run by the tests, as anybody.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
	"usage: tftpcopy [-b blksize] [-w windowsize] [-r rollover] get|put PORT NAME\n"
	"to standard output, or from standard input, which is a file\n";

enum { RRQ = 1, WRQ, DATA, ACK, ERROR, OACK };
enum { WAIT = 100 /* ms */, RETRIES = 100, PACKET = 65536 };

static unsigned blksize = 512, window = 1, rollover = 2; /* 2: not asked for */
static int fd;
static struct sockaddr_in server;
static bool met; /* the server's transfer identifier is known */
static unsigned char in[PACKET], out[PACKET];
static size_t in_length, out_length;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "tftpcopy: %s\n", what);
	exit(1);
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void transmit(void)
{
	sendto(fd, out, out_length, 0, (struct sockaddr *)&server, sizeof server);
}

static void put_word(const char *word)
{
	out_length += (size_t)sprintf((char *)out + out_length, "%s", word) + 1;
}

static void put_option(const char *name, unsigned value)
{
	char number[16];

	sprintf(number, "%u", value);
	put_word(name);
	put_word(number);
}

static void ask(unsigned char opcode, const char *name)
{
	memcpy(out, (unsigned char[]){0, opcode}, 2);
	out_length = 2;
	put_word(name);
	put_word("octet");
	if (blksize != 512)
		put_option("blksize", blksize);
	if (window > 1)
		put_option("windowsize", window);
	if (rollover < 2)
		put_option("rollover", rollover);
	transmit();
}

static unsigned opcode(void)
{
	return in[1];
}

static unsigned number(void)
{
	return (unsigned)in[2] << 8 | in[3];
}

/* The number of the n-th block. */
static unsigned number_of(uint64_t n)
{
	return (unsigned)(rollover == 1 && n > 0 ? (n - 1) % 65535 + 1 : n & 65535);
}

static void header(unsigned char code, uint64_t n)
{
	unsigned block = number_of(n);

	memcpy(out, (unsigned char[]){0, code, (unsigned char)(block >> 8), (unsigned char)block},
		4);
	out_length = 4;
}

/* The server's next packet before the deadline. */
static bool receive(int64_t deadline)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	int64_t left = deadline - now();

	if (poll(&ready, 1, left > 0 ? (int)left : 0) <= 0)
		return false;
	ssize_t n = recvfrom(fd, in, sizeof in, 0, (struct sockaddr *)&from, &size);
	if (n < 4 || (met && from.sin_port != server.sin_port)) {
		in[1] = 0;
		return true;
	}
	in_length = (size_t)n;
	met = true;
	server.sin_port = from.sin_port;
	if (opcode() == ERROR)
		fail((char *)in + 4);
	return true;
}

/* The values that the server has granted. */
static void take_options(void)
{
	const char *at = (char *)in + 2, *end = (char *)in + in_length;

	for (unsigned wanted = window, size = blksize; at < end;) {
		const char *value = at + strlen(at) + 1;
		unsigned n = (unsigned)atoi(value);
		if (strcmp(at, "blksize") == 0)
			blksize = n;
		else if (strcmp(at, "windowsize") == 0)
			window = n;
		if (window < 1 || window > wanted || blksize < 8 || blksize > size)
			fail("more is granted than was asked for");
		at = value + strlen(value) + 1;
	}
}

static bool wants_options(void)
{
	return blksize != 512 || window > 1 || rollover < 2;
}

/* The answer to the request, which is asked again until it is there. */
static void greet(void)
{
	bool options = wants_options();

	for (int i = 0; i < RETRIES; i++) {
		if (receive(now() + 12 * WAIT)) {
			if (options && opcode() == OACK) {
				take_options();
				return;
			}
			if (!options && opcode() != 0)
				return;
			continue;
		}
		transmit();
	}
	fail("no answer");
}

static bool take(uint64_t *have, uint64_t *acked, bool *gap)
{
	size_t n = in_length - 4;

	if (opcode() != DATA)
		return true;
	if (number() != number_of(*have + 1)) {
		if (!*gap && window > 1) {
			*gap = true;
			*acked = *have;
			header(ACK, *have);
			transmit();
		}
		return true;
	}
	*gap = false;
	++*have;
	if (fwrite(in + 4, 1, n, stdout) != n || n > blksize)
		fail("cannot write");
	if (n < blksize || *have - *acked == window) {
		*acked = *have;
		header(ACK, *have);
		transmit();
	}
	return n == blksize;
}

static uint64_t get(const char *name)
{
	uint64_t have = 0, acked = 0;
	bool gap = false;

	ask(RRQ, name);
	greet();
	if (opcode() == OACK) {
		header(ACK, 0);
		transmit();
	} else if (!take(&have, &acked, &gap)) {
		return have;
	}
	for (int silent = 0; silent < RETRIES;) {
		if (receive(now() + WAIT)) {
			uint64_t before = have;
			if (!take(&have, &acked, &gap))
				return have;
			silent = have > before ? 0 : silent;
			continue;
		}
		silent++;
		gap = false;
		acked = have;
		header(ACK, have);
		transmit();
	}
	fail("the server is silent");
}

/* Block n of standard input; true: it is the last. */
static bool send_block(uint64_t n)
{
	ssize_t got;

	header(DATA, n);
	got = pread(STDIN_FILENO, out + 4, blksize, (off_t)((n - 1) * blksize));
	if (got < 0)
		fail("cannot read");
	out_length = 4 + (size_t)got;
	transmit();
	return (size_t)got < blksize;
}

static uint64_t put(const char *name)
{
	uint64_t acked = 0, last = 0;

	ask(WRQ, name);
	greet();
	for (int silent = 0; silent < RETRIES;) {
		uint64_t n = acked;
		while (n < acked + window && (!last || n < last))
			if (send_block(++n))
				last = n;
		int64_t deadline = now() + WAIT;
		uint64_t before = acked;
		while (acked == before && receive(deadline))
			for (uint64_t block = acked + 1; opcode() == ACK && block <= n; block++)
				if (number() == number_of(block))
					acked = block;
		if (last && acked == last)
			return last;
		silent = acked > before ? 0 : silent + 1;
	}
	fail("the server is silent");
}

int main(int argc, char **argv)
{
	int letter;

	while ((letter = getopt(argc, argv, "b:w:r:")) != -1) {
		if (letter == '?')
			return fputs(usage, stderr), 64;
		*(letter == 'b'         ? &blksize
			: letter == 'w' ? &window
					: &rollover) = (unsigned)atoi(optarg);
	}
	argv += optind;
	if (argc - optind != 3)
		return fputs(usage, stderr), 64;
	server = (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(argv[1])),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		fail("no socket");
	int64_t began = now();
	uint64_t blocks = strcmp(argv[0], "get") == 0 ? get(argv[2]) : put(argv[2]);
	fprintf(stderr, "blocks=%llu blksize=%u windowsize=%u ms=%lld\n",
		(unsigned long long)blocks, blksize, window, (long long)(now() - began));
	return 0;
}
