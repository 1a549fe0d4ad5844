/*
 * packet: the packets of TFTP as octets. RFC 1350 5, RFC 2347, RFC 2348, RFC 2349,
 * RFC 7440; blksize2, utimeout and rollover as tftp-hpa has them.
 *
 * Pure: no I/O, no state. Runs in the loop and in the children, both without root's rights.
 * Builders write into buffers of at least PACKET_SMALL octets and return the length.
 */
#ifndef TFTPD_PACKET_H
#define TFTPD_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_HEADER 4 /* of DATA: opcode and block number */
#define PACKET_BLKSIZE 512 /* without the option */
#define PACKET_BLKSIZE_MAX 65464 /* RFC 2348 */
#define PACKET_SMALL 512 /* room for any ACK, OACK or ERROR */
#define PACKET_NAME 512 /* room for a file name */

enum packet_opcode {
	PACKET_RRQ = 1,
	PACKET_WRQ,
	PACKET_DATA,
	PACKET_ACK,
	PACKET_ERROR,
	PACKET_OACK
};

enum packet_code {
	PACKET_UNDEFINED,
	PACKET_NOT_FOUND,
	PACKET_ACCESS,
	PACKET_DISK,
	PACKET_ILLEGAL,
	PACKET_TID,
	PACKET_EXISTS,
	PACKET_USER,
	PACKET_OPTION
};

enum packet_option {
	OPTION_BLKSIZE,
	OPTION_BLKSIZE2, /* a power of two */
	OPTION_TIMEOUT, /* seconds */
	OPTION_UTIMEOUT, /* microseconds */
	OPTION_TSIZE,
	OPTION_WINDOWSIZE,
	OPTION_ROLLOVER, /* what follows block 65535: 0 or 1 */
	OPTIONS
};

struct packet_request {
	enum packet_opcode opcode; /* PACKET_RRQ or PACKET_WRQ */
	char name[PACKET_NAME]; /* of the file, as the client wrote it; not empty */
	bool netascii; /* else octet */
	bool has[OPTIONS]; /* asked for, with a value that can be granted */
	uint64_t value[OPTIONS]; /* what is granted unless has[] is cleared */
};

/* What was agreed upon, by whichever option. */
size_t packet_blksize(const struct packet_request *request);
int64_t packet_timeout(const struct packet_request *request); /* ms; 0: nothing was */
uint64_t packet_window(const struct packet_request *request); /* blocks */
bool packet_rollover(const struct packet_request *request); /* 1 follows block 65535 */

/* Takes an option back, by its name. */
void packet_refuse(struct packet_request *request, const char *option);

/* Grants no larger blocks than of so many octets, and no more of them at a time. */
void packet_limit_blksize(struct packet_request *request, uint64_t most);
void packet_limit_window(struct packet_request *request, uint64_t most);

/* 0 when the datagram is too short to have one. */
unsigned packet_opcode(const unsigned char *packet, size_t n);

/* The block number of a DATA or ACK of at least PACKET_HEADER octets. */
uint16_t packet_block(const unsigned char *packet);

/* The n-th block's number on the way, and the first block from the `least`-th on that has it. */
uint16_t packet_number(uint64_t n, bool rollover);
uint64_t packet_nth(uint64_t least, uint16_t number, bool rollover);

/*
 * Reads a datagram whose opcode is PACKET_RRQ or PACKET_WRQ. NULL, or why it is no request. Options
 * that are not known, have no value or a bad one, or come again, also under their other name, are
 * passed over, and so is junk at the end.
 */
const char *packet_request(const unsigned char *packet, size_t n, struct packet_request *request);

/* The OACK for what has[] holds; 0 when that is nothing: no OACK is sent then. */
size_t packet_oack(unsigned char *to, const struct packet_request *request);

size_t packet_ack(unsigned char *to, uint16_t block);

/* The header of a DATA; its octets stand behind it. */
void packet_data(unsigned char *to, uint16_t block);

size_t packet_error(unsigned char *to, enum packet_code code, const char *message);

/* The message of an ERROR packet, cut at `cap`, its NUL included, and the code. Returns `to`. */
const char *packet_complaint(
	const unsigned char *packet, size_t n, char *to, size_t cap, unsigned *code);

#endif
