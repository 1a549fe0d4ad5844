/*
 * fetch: the TFTP client of the demonstration: fetches one file, and prints the packets as it goes.
 *
 * Run by tests/demo, as anybody. RFC 1350 4, RFC 2347, RFC 2348.
 */
#include "client.h"

#include <sys/time.h>

static const char usage[] = "usage: fetch PORT NAME OUTFILE\n"
			    "The port is on 127.0.0.1.\n";

enum { RRQ = 1, DATA = 3, ACK = 4, ERROR = 5, OACK = 6 };
#define BLOCK 1428

struct transfer {
	int fd;
	struct sockaddr_in to;
	unsigned char sent[512];
	unsigned char packet[4 + BLOCK + 2]; /* room to notice an octet too many, and for a NUL */
	size_t sent_len, len;
	unsigned long block; /* of the last DATA taken */
};

static void tftp_send(struct transfer *t)
{
	if (sendto(t->fd, t->sent, t->sent_len, 0, (struct sockaddr *)&t->to, sizeof t->to) < 0)
		fail("sendto: %s", strerror(errno));
}

/* The next packet; what was sent last is sent again after each second of silence. */
static unsigned tftp_receive(struct transfer *t)
{
	socklen_t size = sizeof t->to;

	for (int tries = 0; tries < 5; tries++) {
		ssize_t n = recvfrom(t->fd, t->packet, sizeof t->packet - 1, 0,
			(struct sockaddr *)&t->to, &size);

		t->len = n > 0 ? (size_t)n : 0;
		if (t->len >= 4)
			return t->packet[0] * 256U + t->packet[1];
		tftp_send(t);
	}
	fail("no answer");
}

static void tftp_ack(struct transfer *t)
{
	t->sent[0] = 0;
	t->sent[1] = ACK;
	t->sent[2] = (unsigned char)(t->block >> 8);
	t->sent[3] = (unsigned char)t->block;
	t->sent_len = 4;
	if (t->block < SHOWN)
		printf("C: ACK %lu\n", t->block);
	tftp_send(t);
}

static void tftp_ask(struct transfer *t, const char *name)
{
	const struct timeval second = {.tv_sec = 1};

	setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
	t->sent_len = (size_t)snprintf((char *)t->sent, sizeof t->sent,
		"%c%c%s%coctet%cblksize%c%d%c", 0, RRQ, name, 0, 0, 0, BLOCK, 0);
	printf("C: RRQ %s octet blksize=%d\n", name, BLOCK);
	tftp_send(t);
}

/* RFC 2348: the answer to our option must be here, and as we asked. */
static void tftp_oack(struct transfer *t)
{
	char wanted[32], *name = (char *)t->packet + 2;
	size_t len = (size_t)snprintf(wanted, sizeof wanted, "blksize%c%d", 0, BLOCK) + 1;

	if (t->len != len + 2 || strcasecmp(name, wanted) != 0 ||
		memcmp(name + 8, wanted + 8, len - 8) != 0)
		fail("an OACK that was not asked for");
	printf("S: OACK blksize=%s\n", name + 8);
	tftp_ack(t);
}

/* Takes a DATA packet if it is the next; true: it was the last one. */
static bool tftp_data(struct transfer *t, FILE *out)
{
	unsigned number = t->packet[2] * 256U + t->packet[3];

	if (number != ((t->block + 1) & 65535))
		return false;
	if (t->len > 4 + BLOCK)
		fail("DATA %u is too long", number);
	t->block++;
	if (t->block <= SHOWN)
		printf("S: DATA %lu (%zu octets)\n", t->block, t->len - 4);
	fwrite(t->packet + 4, 1, t->len - 4, out);
	tftp_ack(t);
	return t->len < 4 + BLOCK;
}

int main(int argc, char **argv)
{
	struct transfer t = {.fd = socket(AF_INET, SOCK_DGRAM, 0)};
	FILE *out;
	bool last = false;

	if (argc != 4) {
		fputs(usage, stderr);
		return 64;
	}
	alarm(30);
	t.to = loopback(argv[1]);
	out = file_open(argv[3], "w");
	tftp_ask(&t, argv[2]);
	while (!last) {
		unsigned kind = tftp_receive(&t);

		t.packet[t.len] = 0;
		if (kind == OACK && t.block == 0)
			tftp_oack(&t);
		else if (kind == DATA)
			last = tftp_data(&t, out);
		else
			fail("S: packet of kind %u: %s", kind,
				kind == ERROR ? (char *)t.packet + 4 : "");
	}
	printf("S: ... up to DATA %lu (%zu octets)\n", t.block, t.len - 4);
	close(t.fd);
	file_close(out, argv[3]);
	return 0;
}
