/*
 * transfer: one file over one socket, in lock step. Runs in the child, behind the filter.
 *
 *	RRQ                                  WRQ
 *	  <- OACK, or DATA 1                   <- OACK, or ACK 0
 *	ACK 0 ->     <- DATA 1               DATA 1 ->     <- ACK 1
 *	ACK 1 ->     <- DATA 2 ...           DATA 2 ->     <- ACK 2 ...
 *
 * What is sent stays in `out` until the peer's answer to it comes. Only the timer sends it again,
 * as it stands; an ACK that comes twice sends nothing (RFC 1123 4.2.3.1). The one exception is
 * safe: DATA that comes again means that our ACK was lost. Not if it comes at once: then the
 * network or the client has doubled it, and a client that answers both ACKs would double all that
 * follows.
 */
#include "transfer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "str.h"

#define RETRIES 6 /* of one packet */
#define DALLY 6000 /* ms: clients send again after 5 s at the most, unless they negotiate */
#define DALLY_MOST 30000
#define ECHO 20 /* ms: nobody has waited so short a time for our ACK */

/* What a packet of the peer means to us now. */
enum meaning {
	STALE, /* nothing: it is old, or makes no sense */
	ANSWER, /* what we waited for */
	REPEATED, /* our last packet was lost */
	EXPIRED, /* none came */
	OVER /* the transfer ends */
};
typedef enum meaning judge(struct transfer *t);

static void note_signal(int signal)
{
	(void)signal;
}

void transfer_prepare(void)
{
	struct sigaction act = {.sa_handler = note_signal};

	sigemptyset(&act.sa_mask);
	sigaction(SIGTERM, &act, NULL); /* it is blocked but for transfer_dally() */
}

/* A packet that cannot be sent is as good as one that gets lost: the timer sees to it. */
static void send_to(int socket, const struct net_addr *to, const unsigned char *packet, size_t n)
{
	ssize_t sent = sendto(socket, packet, n, MSG_DONTWAIT, &to->sa, net_size(to));

	(void)sent;
}

void transfer_error(int socket, const struct net_addr *to, enum packet_code code, const char *text)
{
	unsigned char packet[PACKET_SMALL];

	send_to(socket, to, packet, packet_error(packet, code, text));
}

static bool end_with(struct transfer *t, const char *result)
{
	str_copy(t->result, sizeof t->result, result);
	return false;
}

static bool give_up(struct transfer *t, enum packet_code code, const char *message, const char *why)
{
	transfer_error(t->socket, &t->peer, code, message);
	return end_with(t, why);
}

/* Another transfer identifier than our peer's (RFC 1350 4): told so once, and never in answer to an
 * ERROR. */
static void rebuff(struct transfer *t, const struct net_addr *stranger, size_t length)
{
	if (packet_opcode(t->in, length) == PACKET_ERROR || t->stranger_count == TRANSFER_STRANGERS)
		return;
	for (size_t i = 0; i < t->stranger_count; i++)
		if (net_same(&t->strangers[i], stranger))
			return;
	t->strangers[t->stranger_count++] = *stranger;
	transfer_error(t->socket, stranger, PACKET_TID, "Unknown transfer ID");
}

/* The peer's next packet into `in`; false: there is none. */
static bool receive(struct transfer *t)
{
	struct sockaddr_storage sa = {0};
	struct net_addr from;
	socklen_t n = sizeof sa;
	ssize_t got =
		recvfrom(t->socket, t->in, sizeof t->in, MSG_DONTWAIT, (struct sockaddr *)&sa, &n);

	if (got < PACKET_HEADER)
		return false;
	net_from((struct sockaddr *)&sa, &from);
	t->in_length = (size_t)got;
	if (net_same(&from, &t->peer))
		return true;
	rebuff(t, &from, t->in_length);
	return false;
}

static enum meaning judge_error(struct transfer *t)
{
	char text[96];
	unsigned code;

	packet_complaint(t->in, t->in_length, text, sizeof text, &code);
	snprintf(t->result, sizeof t->result, "client error %u %s", code, text);
	return OVER;
}

static enum meaning judge_ack(struct transfer *t)
{
	bool ack = packet_opcode(t->in, t->in_length) == PACKET_ACK;

	return ack && packet_block(t->in) == (uint16_t)t->blocks ? ANSWER : STALE;
}

static enum meaning judge_repeated(struct transfer *t)
{
	bool data = packet_opcode(t->in, t->in_length) == PACKET_DATA;

	return data && t->blocks > 0 && packet_block(t->in) == (uint16_t)t->blocks ? REPEATED
										   : STALE;
}

static enum meaning judge_data(struct transfer *t)
{
	if (packet_opcode(t->in, t->in_length) != PACKET_DATA)
		return STALE;
	if (packet_block(t->in) != (uint16_t)(t->blocks + 1))
		return judge_repeated(t);
	if (t->in_length - PACKET_HEADER <= t->request->value[OPTION_BLKSIZE])
		return ANSWER;
	give_up(t, PACKET_ILLEGAL, "DATA longer than blksize", "DATA longer than blksize");
	return OVER;
}

static void transmit(struct transfer *t, bool again)
{
	t->resent += again;
	t->sent_at = now_ms();
	send_to(t->socket, &t->peer, t->out, t->out_length);
}

/*
 * Waits for what matters until the deadline, which nothing that comes meanwhile moves. With `idle`,
 * a signal ends it as well.
 */
static enum meaning await(struct transfer *t, judge *judge_it, int64_t deadline, bool idle)
{
	struct pollfd ready = {.fd = t->socket, .events = POLLIN};
	sigset_t none;
	int64_t left;

	sigemptyset(&none);
	while ((left = deadline - now_ms()) > 0) {
		struct timespec wait = {left / 1000, left % 1000 * 1000000};
		enum meaning meaning;
		if (ppoll(&ready, 1, &wait, idle ? &none : NULL) < 0 && idle)
			return OVER;
		if (!receive(t))
			continue;
		if (packet_opcode(t->in, t->in_length) == PACKET_ERROR)
			return judge_error(t);
		meaning = judge_it(t);
		if (meaning == REPEATED && (idle || now_ms() - t->sent_at >= ECHO))
			transmit(t, true);
		if (meaning == ANSWER || meaning == OVER)
			return meaning;
	}
	return EXPIRED;
}

/* Sends what stands in `out` until the answer is there, in `in`. */
static bool exchange(struct transfer *t, judge *judge_it)
{
	uint64_t resent = t->resent;

	for (int i = 0; i <= RETRIES; i++) {
		transmit(t, i > 0);
		int64_t sent = t->sent_at;
		enum meaning meaning = await(t, judge_it, sent + t->timer.wait, false);
		if (meaning == ANSWER)
			timer_answer(&t->timer, now_ms() - sent, t->resent == resent);
		if (meaning != EXPIRED)
			return meaning == ANSWER;
		timer_expire(&t->timer);
	}
	return end_with(t, "timeout");
}

static void begin(struct transfer *t)
{
	const struct packet_request *r = t->request;

	timer_start(&t->timer, r->has[OPTION_TIMEOUT] ? (unsigned)r->value[OPTION_TIMEOUT] : 0);
	t->out_length = packet_oack(t->out, r);
}

/* The file's next octets: fewer than n at its end only. -1: it ended before its time, or cannot be
 * read. */
static ssize_t read_file(struct transfer *t, char *to, size_t n)
{
	size_t got = 0;

	if (n > t->size - t->offset)
		n = (size_t)(t->size - t->offset);
	while (got < n) {
		ssize_t more = read(t->file, to + got, n - got);
		if (more <= 0) {
			const char *why = more == 0 ? "file became shorter" : strerror(errno);
			give_up(t, PACKET_UNDEFINED, "The file cannot be read", why);
			return -1;
		}
		got += (size_t)more;
	}
	t->offset += n;
	return (ssize_t)n;
}

/* The same as netascii. */
static ssize_t read_text(struct transfer *t, char *to, size_t n)
{
	size_t done = 0;

	for (;;) {
		done += netascii_out(&t->netascii, &t->from, t->end, to + done, n - done);
		if (done == n)
			return (ssize_t)done;
		ssize_t got = read_file(t, t->chunk, sizeof t->chunk);
		if (got <= 0)
			return got < 0 ? got : (ssize_t)done;
		t->from = t->chunk;
		t->end = t->chunk + got;
	}
}

bool transfer_send(struct transfer *t)
{
	size_t blksize = (size_t)t->request->value[OPTION_BLKSIZE];
	char *data = (char *)t->out + PACKET_HEADER;
	ssize_t n;

	begin(t);
	if (t->out_length > 0 && !exchange(t, judge_ack))
		return false;
	do {
		n = t->request->netascii ? read_text(t, data, blksize)
					 : read_file(t, data, blksize);
		if (n < 0)
			return false;
		packet_data(t->out, (uint16_t)++t->blocks);
		t->out_length = PACKET_HEADER + (size_t)n;
		if (!exchange(t, judge_ack))
			return false;
		t->octets += (uint64_t)n;
	} while ((size_t)n == blksize);
	end_with(t, "ok");
	return true;
}

/* The n octets of the DATA in `in`; after the last of them the file is finished. */
static bool store(struct transfer *t, size_t n, bool last)
{
	static char text[PACKET_BLKSIZE_MAX + 2];
	const char *data = (char *)t->in + PACKET_HEADER;

	if (t->request->netascii) {
		n = netascii_in(&t->netascii, data, n, text);
		n += last ? netascii_in_end(&t->netascii, text + n) : 0;
		data = text;
	}
	if (write_all(t->upload->fd, data, n) == 0 && (!last || upload_commit(t->upload) == 0))
		return true;
	const struct root_refusal *refusal = root_refusal(errno);
	return give_up(t, refusal->code, refusal->message, refusal->why);
}

bool transfer_receive(struct transfer *t)
{
	size_t blksize = (size_t)t->request->value[OPTION_BLKSIZE], n;

	begin(t);
	if (t->out_length == 0)
		t->out_length = packet_ack(t->out, 0);
	do {
		if (!exchange(t, judge_data))
			return false;
		n = t->in_length - PACKET_HEADER;
		if (!store(t, n, n < blksize))
			return false;
		t->octets += n;
		t->out_length = packet_ack(t->out, (uint16_t)++t->blocks);
	} while (n == blksize);
	transmit(t, false);
	end_with(t, "ok");
	return true;
}

void transfer_dally(struct transfer *t)
{
	const struct packet_request *r = t->request;
	int64_t wait = r->has[OPTION_TIMEOUT] ? (int64_t)r->value[OPTION_TIMEOUT] * 2000 : DALLY;

	await(t, judge_repeated, now_ms() + (wait < DALLY_MOST ? wait : DALLY_MOST), true);
}
