/*
 * tftp: loads a TFTP server: transfers both ways, as many at once as wanted, which cost as little
 * as can be. Run as anybody. RFC 1350, RFC 7440.
 *
 * Blocks have to come in their turn and to be as many as the file has; what they hold is for the
 * tests to look at, not for a load. When nothing comes, what was sent last is sent again; what the
 * server should not have said ends the program with status 1.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/time.h>
#include <unistd.h>

#include "bursts.h"
#include "load.h"

static const char usage[] =
	"usage: tftp get PORT NAME OCTETS TIMES AT_ONCE [BLKSIZE WINDOWSIZE]  counts megabytes\n"
	"       tftp put ...                    the same, to NAME1, NAME2, ...\n"
	"       tftp files ...                  as get, but counts files\n"
	"       tftp miss PORT NAME 0 TIMES AT_ONCE                           counts answers\n";

enum { RRQ = 1, WRQ, DATA, ACK, ERROR, OACK };
enum {
	AT_ONCE = 1000,
	SMALL = 600, /* octets of a packet that is no DATA */
	RING = 4 << 20, /* octets of a window */
	LOOK = 250, /* ms between two looks at who waits for too long */
	RETRIES = 10
};
#define WAIT 1.0 /* seconds, before something is sent again */

struct transfer {
	int fd;
	bool met; /* the server's transfer identifier is known, and the socket connected */
	bool gap_told;
	unsigned blksize, window; /* as granted */
	unsigned silent;
	uint64_t blocks, acked; /* that have come or were sent */
	uint64_t octets;
	double deadline;
	unsigned char out[SMALL];
	size_t out_length;
};

static struct {
	unsigned blksize, window, at_once;
	unsigned long count;
	unsigned char opcode;
	bool miss;
	const char *name;
	uint64_t octets;
	struct sockaddr_in server;
} plan = {.blksize = 512, .window = 1, .opcode = RRQ};

static struct transfer transfers[AT_ONCE];
static struct pollfd ready[AT_ONCE];
static unsigned long begun, ended;
static unsigned char ring[RING];

/* Sending. */

static void transmit(struct transfer *t)
{
	t->deadline = load_clock() + WAIT;
	sendto(t->fd, t->out, t->out_length, 0, t->met ? NULL : (struct sockaddr *)&plan.server,
		t->met ? 0 : sizeof plan.server);
}

static void header(unsigned char *to, unsigned char opcode, uint64_t block)
{
	unsigned char octets[] = {0, opcode, (unsigned char)(block >> 8), (unsigned char)block};

	memcpy(to, octets, sizeof octets);
}

static void acknowledge(struct transfer *t)
{
	header(t->out, ACK, t->blocks);
	t->out_length = 4;
	t->acked = t->blocks;
	transmit(t);
}

static void put_word(struct transfer *t, const char *word)
{
	t->out_length += (size_t)sprintf((char *)t->out + t->out_length, "%.250s", word) + 1;
}

static void put_option(struct transfer *t, const char *name, unsigned value)
{
	char number[16];

	sprintf(number, "%u", value);
	put_word(t, name);
	put_word(t, number);
}

static void ask(struct transfer *t, unsigned long which)
{
	char name[256];

	snprintf(name, sizeof name, plan.opcode == WRQ ? "%s%lu" : "%s", plan.name, which);
	header(t->out, plan.opcode, 0);
	t->out_length = 2;
	put_word(t, name);
	put_word(t, "octet");
	if (plan.blksize != 512)
		put_option(t, "blksize", plan.blksize);
	if (plan.window > 1)
		put_option(t, "windowsize", plan.window);
	transmit(t);
}

static uint64_t last_block(const struct transfer *t)
{
	return plan.octets / t->blksize + 1;
}

/* The window behind the last block that was acknowledged. */
static void send_window(struct transfer *t)
{
	size_t each = 4 + t->blksize, fit = bursts_fit(each), n = 0, length = 0;
	uint64_t last = last_block(t), end = t->acked + t->window;

	end = end < last ? end : last;
	for (t->blocks = t->acked; t->blocks < end;) {
		header(ring + length, DATA, ++t->blocks);
		length += t->blocks < last ? each : 4 + plan.octets % t->blksize;
		if (++n < fit && t->blocks < end)
			continue;
		bursts_send(t->fd, ring, length, each);
		n = length = 0;
	}
	t->deadline = load_clock() + WAIT;
}

/* Receiving. */

/* The values that the server has granted; one that knows no windows grants none. */
static void take_options(struct transfer *t, const unsigned char *in, size_t n)
{
	char text[SMALL + 1] = "";
	const char *at = text, *value;

	memcpy(text, in, n < SMALL ? n : SMALL);
	for (; at < text + n && (value = at + strlen(at) + 1) < text + n;
		at = value + strlen(value) + 1) {
		if (strcasecmp(at, "blksize") == 0)
			t->blksize = (unsigned)atoi(value);
		else if (strcasecmp(at, "windowsize") == 0)
			t->window = (unsigned)atoi(value);
	}
	if (t->window < 1 || t->window > plan.window || t->blksize < 8 || t->blksize > plan.blksize)
		load_fail("more is granted than was asked for");
}

static unsigned number(const unsigned char *in)
{
	return (unsigned)in[2] << 8 | in[3];
}

/* False: it was the last block. */
static bool take_data(struct transfer *t, const unsigned char *in, size_t n)
{
	if (number(in) != ((t->blocks + 1) & 65535)) {
		if (!t->gap_told && t->window > 1)
			acknowledge(t);
		t->gap_told = true;
		return true;
	}
	t->gap_told = false;
	t->silent = 0;
	t->blocks++;
	t->octets += n - 4;
	if (n - 4 < t->blksize || t->blocks - t->acked >= t->window)
		acknowledge(t);
	if (n - 4 < t->blksize && t->octets != plan.octets)
		load_fail("%llu octets came", (unsigned long long)t->octets);
	return n - 4 == t->blksize;
}

/* False: all is acknowledged. */
static bool take_ack(struct transfer *t, const unsigned char *in)
{
	uint64_t ahead = (number(in) - t->acked) & 65535;

	if ((ahead == 0 && t->blocks > 0) || ahead > t->blocks - t->acked)
		return true;
	t->silent = 0;
	t->acked += ahead;
	if (t->acked == last_block(t))
		return false;
	send_window(t);
	return true;
}

/* One packet. False: the transfer is over. */
static bool take(void *self, const unsigned char *in, size_t n)
{
	struct transfer *t = self;

	if (n < 4 || in[0] != 0)
		load_fail("%zu octets that are no packet", n);
	if (in[1] == ERROR && !plan.miss)
		load_fail("%.*s", (int)(n - 4), (const char *)in + 4);
	if (in[1] == ERROR)
		return false;
	if (in[1] == DATA && plan.opcode == RRQ)
		return take_data(t, in, n);
	if (in[1] == ACK && plan.opcode == WRQ)
		return take_ack(t, in);
	if (in[1] != OACK || t->blocks > 0)
		return true;
	take_options(t, in + 2, n - 2);
	if (plan.opcode == WRQ)
		send_window(t);
	else
		acknowledge(t);
	return true;
}

/* The first answer tells the server's transfer identifier. */
static bool meet(struct transfer *t)
{
	unsigned char in[BURSTS_OCTETS];
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	ssize_t n = recvfrom(t->fd, in, sizeof in, plan.at_once > 1 ? MSG_DONTWAIT : 0,
		(struct sockaddr *)&from, &size);

	if (n < 0)
		return true;
	if (connect(t->fd, (struct sockaddr *)&from, size) < 0)
		load_fail("connect: %s", strerror(errno));
	t->met = true;
	return take(t, in, (size_t)n);
}

/* One transfer after the other waits in the kernel, which costs less than a poll. */
static bool receive(struct transfer *t)
{
	unsigned most = t->window > 1 ? BURSTS_MESSAGES : 1;

	if (!t->met)
		return meet(t);
	return bursts_receive(
		t->fd, most, plan.at_once > 1 ? MSG_DONTWAIT : MSG_WAITFORONE, take, t);
}

/* All of them. */

static void begin(struct transfer *t)
{
	struct timeval wait = {.tv_usec = LOOK * 1000};

	*t = (struct transfer){.blksize = 512, .window = 1};
	t->fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (t->fd < 0)
		load_fail("socket: %s", strerror(errno));
	if (plan.window > 1 && plan.opcode == RRQ)
		bursts_prepare(t->fd, RING);
	if (plan.at_once == 1)
		setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	ready[t - transfers] = (struct pollfd){.fd = t->fd, .events = POLLIN};
	ask(t, ++begun);
}

static void end(struct transfer *t)
{
	close(t->fd);
	t->fd = ready[t - transfers].fd = -1;
	if (++ended && begun < plan.count)
		begin(t);
}

/* Nothing has come for too long. */
static void repeat(struct transfer *t, double now)
{
	if (t->fd < 0 || now < t->deadline)
		return;
	if (++t->silent > RETRIES)
		load_fail("the server is silent");
	t->gap_told = false;
	if (plan.opcode == WRQ && t->blocks > 0)
		send_window(t);
	else if (plan.opcode == RRQ && t->blocks > 0)
		acknowledge(t);
	else
		transmit(t);
}

static void run(void)
{
	unsigned slots = plan.at_once < plan.count ? plan.at_once : (unsigned)plan.count;
	double looked = load_clock();

	for (unsigned i = 0; i < slots; i++)
		begin(&transfers[i]);
	while (ended < plan.count) {
		if (plan.at_once > 1)
			poll(ready, slots, LOOK);
		for (unsigned i = 0; i < slots; i++)
			if ((plan.at_once == 1 || ready[i].revents) && !receive(&transfers[i]))
				end(&transfers[i]);
		double now = load_clock();
		if (now - looked < LOOK / 1e3)
			continue;
		looked = now;
		for (unsigned i = 0; i < slots; i++)
			repeat(&transfers[i], now);
	}
}

int main(int argc, char **argv)
{
	if (argc != 7 && argc != 9)
		return fputs(usage, stderr), 64;
	plan.opcode = strcmp(argv[1], "put") == 0 ? WRQ : RRQ;
	plan.miss = strcmp(argv[1], "miss") == 0;
	plan.server = (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)load_number(argv[2])),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	plan.name = argv[3];
	plan.octets = strtoull(argv[4], NULL, 10);
	plan.count = load_number(argv[5]);
	plan.at_once = (unsigned)load_number(argv[6]);
	if (argc == 9) {
		plan.blksize = (unsigned)load_number(argv[7]);
		plan.window = (unsigned)load_number(argv[8]);
	}
	if (plan.at_once > AT_ONCE || (4 + plan.blksize) * plan.window > RING)
		return fputs(usage, stderr), 64;
	bool megabytes = strcmp(argv[1], "get") == 0 || plan.opcode == WRQ;
	double start = load_clock();
	run();
	load_report((double)plan.count * (megabytes ? (double)plan.octets / 1e6 : 1),
		load_clock() - start);
	return 0;
}
