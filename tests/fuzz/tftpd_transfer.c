/*
 * Fuzz target: a transfer whose client, network and clock are the input. What is sent to a client
 * that acknowledges anything, or stored of any blocks, is compared with what it has to be.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "../../tftpd/upload.h"
#include "io.h"

static int64_t clock_ms;
int fuzz_ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
ssize_t fuzz_recvfrom(int, void *, size_t, int, struct sockaddr *, socklen_t *);
#define now_ms() clock_ms
#define ppoll fuzz_ppoll
#define recvfrom fuzz_recvfrom
#define upload_write(u, octets, n) write_all((u)->fd, octets, n)
#include "../../tftpd/link.c"
#include "../../tftpd/netascii.c"
#include "../../tftpd/packet.c"
#include "../../tftpd/receive.c"
#include "../../tftpd/send.c"
#include "../../tftpd/timer.c"
#undef ECHO
#include "../../tftpd/transfer.c"
#include "../../tftpd/window.c"

enum { WHOLE = 600000, /* more than 65536 blocks of 8 */ TEXT_MOST = 3000, WAITS = 2000000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *at, *end; /* of the input that is left */
static bool quiet; /* until the deadline nothing comes */
static unsigned waits, honest; /* so many packets are what they should be */

static const unsigned char request[20] = {0, PACKET_RRQ}; /* what it says, is in `asked` */
static struct packet_request asked;
static struct transfer t;
static struct upload upload;
static char whole[WHOLE]; /* the file that is sent; files holds its octets */
static int files[2]; /* one that is read, one that is written */

static char wire[WHOLE + 65536]; /* the octets as they have to be on the network */
static struct model {
	size_t length; /* of `wire`; of an upload, of what came in its turn */
	uint64_t top; /* the last block that is sent, by us or, in its turn, by the client */
	uint64_t acked; /* by the client or by us */
	bool over; /* the last block of an upload came */
	bool spoke; /* the client has answered */
	bool broken, committed, failed, repeated;
} model;

static unsigned next(void)
{
	return at < end ? *at++ : 0;
}

static uint16_t number_of(uint64_t block)
{
	return packet_number(block, packet_rollover(&asked));
}

const struct root_refusal *root_refusal(int error)
{
	static const struct root_refusal full = {PACKET_DISK, "full", "full"};
	assert(error >= 0);
	return &full;
}

int upload_commit(struct upload *u)
{
	static char stored[sizeof wire], text[sizeof wire + 2];
	const char *expected = wire;
	size_t n = model.length;
	struct netascii state = {0};

	assert(model.over && !model.committed);
	if (model.broken)
		return -1;
	if (asked.netascii) {
		n = netascii_in(&state, wire, n, text);
		n += netascii_in_end(&state, text + n);
		expected = text;
	}
	assert(pread(u->fd, stored, sizeof stored, 0) == (ssize_t)n);
	assert(memcmp(stored, expected, n) == 0);
	model.committed = true;
	return 0;
}

/* A DATA: within the window, and what the file has there. */
static void see_data(const unsigned char *packet, size_t n)
{
	size_t blksize = packet_blksize(&asked);
	uint64_t block = packet_nth(model.acked + 1, packet_block(packet), packet_rollover(&asked));
	size_t from = (size_t)(block - 1) * blksize, left = model.length - from;

	assert(block <= model.acked + packet_window(&asked) && block <= model.top + 1);
	assert(from <= model.length && n - PACKET_HEADER == (left < blksize ? left : blksize));
	assert(memcmp(packet + PACKET_HEADER, wire + from, n - PACKET_HEADER) == 0);
	if (block > model.top)
		model.top = block;
}

/* An ACK: of the last block that came in its turn, which is stored. */
static void see_ack(const unsigned char *packet)
{
	struct stat status;

	assert(packet_block(packet) == number_of(model.top));
	assert(model.committed == model.over && !model.broken);
	assert(fstat(upload.fd, &status) == 0);
	assert(asked.netascii || (size_t)status.st_size == model.length);
	model.acked = model.top;
}

static void see(const unsigned char *packet, size_t n)
{
	if (packet_opcode(packet, n) == PACKET_DATA && asked.opcode == PACKET_RRQ) {
		see_data(packet, n);
	} else if (model.top == 0 && memcmp(packet, t.greeting, n) == 0) {
		assert(n == t.greeting_length);
	} else if (packet_opcode(packet, n) == PACKET_ACK && asked.opcode == PACKET_WRQ) {
		see_ack(packet);
	} else {
		assert(packet_opcode(packet, n) == PACKET_ERROR);
		model.failed = true;
	}
}

/* To strangers goes nothing but an ERROR. The socket has not always room for all. */
size_t udp_send(
	int fd, const struct net_addr *to, const unsigned char *octets, size_t n, size_t each)
{
	size_t gone = n > each && next() % 16 == 15 ? each * (next() % (n / each)) : n;

	(void)fd;
	if (!net_same(to, &t.link.peer)) {
		assert(packet_opcode(octets, n) == PACKET_ERROR &&
			packet_block(octets) == PACKET_TID);
		return n;
	}
	assert(!model.failed && !model.repeated);
	assert(model.spoke || link_may_send(&t.link, n));
	for (size_t i = 0; i < gone; i += each)
		see(octets + i, gone - i < each ? gone - i : each);
	return gone;
}

int fuzz_ppoll(struct pollfd *ready, nfds_t n, const struct timespec *wait, const sigset_t *mask)
{
	assert(n == 1 && ++waits < WAITS);
	ready->revents = ready->events & POLLOUT;
	if (ready->revents || honest > 0)
		return 1;
	unsigned what = next();
	quiet = at == end || what % 8 == 0;
	clock_ms += quiet ? wait->tv_sec * 1000 + wait->tv_nsec / 1000000 : what / 8;
	errno = EINTR;
	return mask && what % 8 == 1 ? -1 : 1;
}

static size_t acknowledge_block(unsigned char *to, uint64_t block)
{
	uint16_t number = number_of(block);
	uint64_t means = packet_nth(model.acked, number, packet_rollover(&asked));

	model.repeated = means == model.acked && model.top > 0 && packet_window(&asked) == 1 &&
			 clock_ms < t.sent_at + t.timer.wait;
	model.spoke = model.spoke || means <= model.top;
	if (means > model.acked && means <= model.top)
		model.acked = means;
	return packet_ack(to, number);
}

/* One block of an upload; if it is the next one, its octets count. */
static size_t deliver(unsigned char *to, uint64_t block, size_t n)
{
	bool turn = number_of(block) == number_of(model.top + 1) && !model.over;

	if (model.length + n > sizeof wire)
		n = 0;
	model.spoke = true;
	packet_data(to, number_of(block));
	memcpy(to + PACKET_HEADER, whole + block * 100 % (WHOLE / 2), n);
	if (turn && n <= packet_blksize(&asked)) {
		memcpy(wire + model.length, to + PACKET_HEADER, n);
		model.length += n;
		model.top++;
		model.over = n < packet_blksize(&asked);
	}
	return PACKET_HEADER + n;
}

/* A block that is not far away. */
static uint64_t near(uint64_t block)
{
	uint64_t off = next();

	if (off % 8 == 7)
		off = packet_window(&asked) + off % 16;
	return off & 16 ? block + off % 16 : block > off % 16 ? block - off % 16 : 0;
}

static size_t compose(unsigned char *to)
{
	bool put = asked.opcode == PACKET_WRQ;
	size_t blksize = packet_blksize(&asked), n = blksize;
	uint64_t block = put ? model.top + 1 : model.top; /* as it should be */
	unsigned what = honest > 0 ? honest-- & 0 : next();

	switch (what % 8) {
	case 0:
		honest += what >= 248 ? (unsigned)(WHOLE / blksize) : what / 8;
		break;
	case 2:
		n = what / 8 % blksize;
		break;
	case 3:
		return packet_error(to, PACKET_USER, "no");
	case 4:
		for (size_t i = 0; i < what / 8; i++)
			to[i] = (unsigned char)(i == 1 ? "\5\6\1\2"[next() % 4] : 0);
		return what / 8; /* 20: the request again */
	case 5:
		n++;
		block += !put;
		break;
	default:
		block = near(put ? model.top : model.acked);
	}
	return put ? deliver(to, block, n) : acknowledge_block(to, block);
}

/* A datagram, or none. What a stranger sends means nothing. */
ssize_t fuzz_recvfrom(int fd, void *to, size_t cap, int flags, struct sockaddr *from, socklen_t *n)
{
	struct net_addr who = t.link.peer;
	unsigned what = honest > 0 ? 0 : next();
	size_t length;

	(void)fd, (void)flags, (void)cap;
	model.repeated = false;
	if (quiet || (at == end && honest == 0) || what % 8 == 7) {
		quiet = false;
		errno = EAGAIN;
		return -1;
	}
	if (what % 8 == 6)
		net_set_port(&who, (uint16_t)(2 + what / 8));
	length = what % 8 < 6 ? compose(to)
		 : what < 128 ? packet_ack(to, number_of(model.top))
			      : packet_error(to, PACKET_USER, "mine");
	memcpy(from, &who.sa, *n = net_size(&who));
	return (ssize_t)length;
}

static void ask(unsigned flags)
{
	static const unsigned sizes[] = {0, 8, 9, 512, 1428, 8, 65464, 16};
	static const unsigned windows[] = {0, 1, 2, 3, 7, 64, 300, 1000};

	asked = (struct packet_request){
		.opcode = flags & 1 ? PACKET_RRQ : PACKET_WRQ, .netascii = (flags & 14) == 14};
	asked.value[OPTION_BLKSIZE] = sizes[next() % 8];
	asked.has[OPTION_BLKSIZE] = asked.value[OPTION_BLKSIZE] > 0; /* what fits depends on it */
	asked.value[OPTION_WINDOWSIZE] = window_fit(packet_blksize(&asked), windows[next() % 8]);
	asked.value[OPTION_ROLLOVER] = flags >> 4 & 1;
	asked.value[OPTION_TIMEOUT] = flags & 32 ? 1 + next() : 0;
	for (int i = 0; i < OPTIONS; i++)
		asked.has[i] = asked.value[i] > 0;
}

static size_t file_size(void)
{
	size_t blksize = packet_blksize(&asked), n = next();

	if (asked.netascii)
		return n * n % TEXT_MOST;
	n = n % 4 == 0 ? 65536 * 8 + n - 128 : n % 4 == 1 ? blksize * (n / 4) : n * next();
	return n < WHOLE ? n : WHOLE;
}

static void prepare(unsigned flags)
{
	struct netascii state = {0};
	const char *from = whole;

	clock_ms = 1000;
	waits = honest = 0;
	quiet = gap_told = ack_once = false;
	model = (struct model){.broken = (flags & 192) == 192};
	memset(&flight, 0, sizeof flight);
	memset(&store, 0, offsetof(__typeof__(store), octets));
	ask(flags);
	t = (struct transfer){.request = &asked, .upload = &upload, .file = files[0]};
	t.link.request = request;
	t.link.request_length = sizeof request;
	t.link.peer.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(1)};
	upload.fd = model.broken ? -1 : files[1];
	if (asked.opcode == PACKET_WRQ) {
		assert(ftruncate(files[1], 0) == 0 && lseek(files[1], 0, SEEK_SET) == 0);
		return;
	}
	t.size = file_size();
	if (t.size == WHOLE)
		t.size += next(); /* and it became shorter */
	model.length = (size_t)t.size;
	if (asked.netascii)
		model.length = netascii_out(&state, &from, whole + t.size, wire, sizeof wire);
	else
		memcpy(wire, whole, t.size < WHOLE ? (size_t)t.size : WHOLE);
}

static void open_files(void)
{
	unsigned x = 1;

	for (size_t i = 0; i < WHOLE; i++) {
		x = x * 1103515245 + 12345;
		whole[i] = x >> 30 ? (char)(x >> 20) : "\r\n\0a"[x >> 28 & 3];
	}
	for (int i = 0; i < 2; i++)
		files[i] = memfd_create("fuzz", MFD_CLOEXEC);
	assert(write(files[0], whole, WHOLE) == WHOLE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (files[1] == 0)
		open_files();
	at = data;
	end = data + size;
	prepare(next());
	bool good = asked.opcode == PACKET_RRQ ? transfer_send(&t) : transfer_receive(&t);
	assert(good == (strcmp(t.result, "ok") == 0) && (!good || !model.failed));
	if (good) {
		assert(t.octets == model.length && t.size <= WHOLE);
		assert(t.blocks == model.length / packet_blksize(&asked) + 1);
		assert(asked.opcode == PACKET_RRQ ? model.acked == t.blocks : model.committed);
	}
	if (good && asked.opcode == PACKET_WRQ)
		transfer_dally(&t);
	return 0;
}
