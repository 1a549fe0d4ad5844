/*
 * udpsend: what a forking TFTP server of one file could reach. It forks for each request; the child
 * reads a window with one call and sends it: by segmentation offload, by sendmmsg(2) or by
 * sendto(2). It repeats nothing and looks at nothing. With -m it does not even read: the blocks
 * hold what the memory holds. Run as anybody.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limit.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

static const char usage[] = "usage: udpsend [-m] gso|mmsg|sendto FILE\n";

enum { DATA = 3, ACK, ERROR, OACK };
enum {
	SEGMENTS = 64,
	MESSAGES = 64,
	VECTORS = 64,
	UDP_MOST = 65507,
	RING = 4 << 20,
	REQUEST = 600
};

static unsigned char ring[RING + 1];
static struct {
	char how; /* its first letter */
	bool memory;
	int file;
	uint64_t octets;
} plan;

static void header(unsigned char *to, unsigned char opcode, uint64_t block)
{
	memcpy(to, (unsigned char[]){0, opcode, (unsigned char)(block >> 8), (unsigned char)block},
		4);
}

/* The value of an option of the request. */
static unsigned asked(const char *request, size_t n, const char *name, unsigned otherwise)
{
	const char *at = request + 2;

	for (; at < request + n; at += strlen(at) + 1)
		if (strcmp(at, name) == 0)
			return (unsigned)atoi(at + strlen(at) + 1);
	return otherwise;
}

static void send_many(int fd, unsigned char *at, size_t n, size_t each, size_t most)
{
	struct mmsghdr m[MESSAGES] = {0};
	struct iovec v[MESSAGES];
	unsigned count = 0;

	for (size_t done = 0; done < n && count < MESSAGES; done += most, count++) {
		v[count] = (struct iovec){at + done, n - done < most ? n - done : most};
		m[count].msg_hdr = (struct msghdr){.msg_iov = &v[count], .msg_iovlen = 1};
	}
	for (unsigned sent = 0; sent < count;) {
		int result = sendmmsg(fd, m + sent, count - sent, 0);
		if (result < 1)
			_exit(1);
		sent += (unsigned)result;
	}
	if (count * most < n)
		send_many(fd, at + count * most, n - count * most, each, most);
}

static void send_window(int fd, unsigned char *at, size_t n, size_t each)
{
	size_t fit = UDP_MOST / each < SEGMENTS ? UDP_MOST / each : SEGMENTS;

	if (plan.how == 'g' || plan.how == 'm') {
		send_many(fd, at, n, each, plan.how == 'g' ? fit * each : each);
		return;
	}
	for (size_t done = 0; done < n; done += each)
		if (send(fd, at + done, n - done < each ? n - done : each, 0) < 0)
			_exit(1);
}

/* So many blocks behind those that are acknowledged; how many octets their packets have. */
static size_t prepare(uint64_t acked, unsigned count, size_t blksize)
{
	struct iovec v[VECTORS];
	size_t packet = 4 + blksize, left = plan.octets - acked * blksize;

	for (unsigned i = 0; i < count; i++) {
		header(ring + i * packet, DATA, acked + i + 1);
		v[i % VECTORS] = (struct iovec){ring + i * packet + 4, blksize};
		if (!plan.memory && (i % VECTORS == VECTORS - 1 || i == count - 1) &&
			preadv(plan.file, v, (int)(i % VECTORS) + 1,
				(off_t)((acked + i - i % VECTORS) * blksize)) < 0)
			_exit(1);
	}
	return left < count * blksize ? left + count * 4 : count * packet;
}

static void transfer(int fd, size_t blksize, unsigned window)
{
	uint64_t last = plan.octets / blksize + 1, acked = 0;
	unsigned char in[REQUEST];

	while (acked < last) {
		unsigned count = last - acked < window ? (unsigned)(last - acked) : window;
		send_window(fd, ring, prepare(acked, count, blksize), 4 + blksize);
		acked += count;
		do {
			if (recv(fd, in, sizeof in, 0) < 4 || in[1] == ERROR)
				_exit(1);
		} while (((unsigned)in[2] << 8 | in[3]) != (acked & 65535));
	}
}

/* The options are granted as they were asked for, in the request's own words. */
static void serve(const struct sockaddr_in *peer, char *request, size_t n)
{
	unsigned blksize = asked(request, n, "blksize", 512);
	unsigned window = asked(request, n, "windowsize", 1);
	size_t names = 2 + strlen(request + 2) + 1;
	unsigned char in[REQUEST];
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1, room = RING;
	uint16_t each = (uint16_t)(4 + blksize);

	names += strlen(request + names) + 1;
	if (blksize < 8 || (uint64_t)window * each > RING)
		_exit(1);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
	if (connect(fd, (const struct sockaddr *)peer, sizeof *peer) < 0)
		_exit(1);
	if (plan.how == 'g' && window > 1)
		setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &(int){each}, sizeof on);
	if (names < n) {
		memcpy(request + names - 2, (char[]){0, OACK}, 2);
		if (send(fd, request + names - 2, n - names + 2, 0) < 0 ||
			recv(fd, in, sizeof in, 0) < 4)
			_exit(1);
	}
	transfer(fd, blksize, window);
}

static void open_file(const char *path)
{
	struct stat status;

	plan.file = open(path, O_RDONLY);
	if (plan.file < 0 || fstat(plan.file, &status) < 0)
		limit_fail("%s: %s", path, strerror(errno));
	plan.octets = (uint64_t)status.st_size;
}

static int open_service(void)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof own;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (bind(fd, (struct sockaddr *)&own, size) < 0 ||
		getsockname(fd, (struct sockaddr *)&own, &size) < 0)
		limit_fail("socket: %s", strerror(errno));
	fprintf(stderr, "listening on 127.0.0.1:%u\n", (unsigned)ntohs(own.sin_port));
	return fd;
}

int main(int argc, char **argv)
{
	int fd;

	plan.memory = argc == 4 && strcmp(argv[1], "-m") == 0;
	argv += plan.memory;
	if (argc - plan.memory != 3 || !strchr("gms", argv[1][0]))
		return fputs(usage, stderr), 64;
	plan.how = argv[1][0];
	open_file(argv[2]);
	fd = open_service();
	for (;;) {
		char request[REQUEST] = "";
		struct sockaddr_in peer;
		socklen_t size = sizeof peer;
		ssize_t n = recvfrom(
			fd, request, sizeof request - 1, 0, (struct sockaddr *)&peer, &size);

		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (n > 4 && fork() == 0) {
			close(fd);
			serve(&peer, request, (size_t)n);
			_exit(0);
		}
	}
}
