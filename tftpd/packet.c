/*
 * packet: the packets of TFTP as octets. Pure; the loop calls it, as the jailed user, on whatever
 * the network brings. RFC 1350 5, RFC 2347, RFC 2348, RFC 2349, RFC 7440.
 *
 *	RRQ, WRQ   opcode  name 0  mode 0  [option 0  value 0] ...
 *	DATA       opcode  block   octets
 *	ACK        opcode  block
 *	ERROR      opcode  code    message 0
 *	OACK       opcode  [option 0  value 0] ...
 */
#include "packet.h"

#include <inttypes.h>
#include <string.h>

#include "str.h"

static const struct option {
	const char *name;
	uint64_t least, most;
	bool lower; /* a value above `most` is granted as `most`, not passed over */
	enum packet_option other; /* that means the same: only one of them is granted */
} options[OPTIONS] = {
	[OPTION_BLKSIZE] = {"blksize", 8, PACKET_BLKSIZE_MAX, true, OPTION_BLKSIZE2},
	[OPTION_BLKSIZE2] = {"blksize2", 8, PACKET_BLKSIZE_MAX, true, OPTION_BLKSIZE},
	[OPTION_TIMEOUT] = {"timeout", 1, 255, false, OPTION_UTIMEOUT},
	[OPTION_UTIMEOUT] = {"utimeout", 10000, 255000000, false, OPTION_TIMEOUT},
	[OPTION_TSIZE] = {"tsize", 0, UINT64_MAX, false, OPTION_TSIZE},
	[OPTION_WINDOWSIZE] = {"windowsize", 1, 65535, false, OPTION_WINDOWSIZE},
	[OPTION_ROLLOVER] = {"rollover", 0, 1, false, OPTION_ROLLOVER},
};

static uint16_t get16(const unsigned char *from)
{
	return (uint16_t)(from[0] << 8 | from[1]);
}

static void put16(unsigned char *to, unsigned value)
{
	to[0] = (unsigned char)(value >> 8);
	to[1] = (unsigned char)value;
}

unsigned packet_opcode(const unsigned char *packet, size_t n)
{
	return n < 2 ? 0 : get16(packet);
}

uint16_t packet_block(const unsigned char *packet)
{
	return get16(packet + 2);
}

/* Without `rollover` numbers are all 16 bits; with it, those from 1 on, and 0 is only the first. */
uint16_t packet_number(uint64_t n, bool rollover)
{
	return (uint16_t)(rollover && n > 0 ? (n - 1) % 65535 + 1 : n);
}

uint64_t packet_nth(uint64_t least, uint16_t number, bool rollover)
{
	uint16_t first = packet_number(least, rollover);

	if (!rollover || least == 0)
		return least + (uint16_t)(number - first);
	if (number == 0)
		return UINT64_MAX;
	return least + (unsigned)(number - first + 65535) % 65535;
}

/* The next string of [*at, end), and *at moved behind its NUL; NULL when no NUL ends it. */
static const char *next_string(const char **at, const char *end)
{
	const char *text = *at;
	const char *nul = memchr(text, '\0', (size_t)(end - text));

	if (nul)
		*at = nul + 1;
	return nul ? text : NULL;
}

static uint64_t power_of_two(uint64_t most)
{
	uint64_t power = 1;

	while (2 * power <= most)
		power *= 2;
	return power;
}

static void take_option(struct packet_request *request, const char *name, const char *value)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct option *o = &options[i];
		uint64_t number;

		if (!str_same(name, o->name))
			continue;
		if (request->has[i] || request->has[o->other] ||
			!str_number(value, UINT64_MAX, &number) || number < o->least ||
			(number > o->most && !o->lower))
			return;
		request->has[i] = true;
		request->value[i] = number > o->most ? o->most : number;
	}
	packet_limit_blksize(request, PACKET_BLKSIZE_MAX);
}

size_t packet_blksize(const struct packet_request *r)
{
	return (size_t)(r->has[OPTION_BLKSIZE]    ? r->value[OPTION_BLKSIZE]
			: r->has[OPTION_BLKSIZE2] ? r->value[OPTION_BLKSIZE2]
						  : PACKET_BLKSIZE);
}

int64_t packet_timeout(const struct packet_request *r)
{
	return (int64_t)(r->has[OPTION_TIMEOUT]    ? 1000 * r->value[OPTION_TIMEOUT]
			 : r->has[OPTION_UTIMEOUT] ? r->value[OPTION_UTIMEOUT] / 1000
						   : 0);
}

uint64_t packet_window(const struct packet_request *r)
{
	return r->has[OPTION_WINDOWSIZE] ? r->value[OPTION_WINDOWSIZE] : 1;
}

bool packet_rollover(const struct packet_request *r)
{
	return r->has[OPTION_ROLLOVER] && r->value[OPTION_ROLLOVER] == 1;
}

void packet_refuse(struct packet_request *request, const char *option)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (str_same(option, options[i].name))
			request->has[i] = false;
}

void packet_limit_blksize(struct packet_request *r, uint64_t most)
{
	if (r->value[OPTION_BLKSIZE] > most)
		r->value[OPTION_BLKSIZE] = most;
	if (r->value[OPTION_BLKSIZE2] > most)
		r->value[OPTION_BLKSIZE2] = most;
	r->value[OPTION_BLKSIZE2] = power_of_two(r->value[OPTION_BLKSIZE2]);
}

const char *packet_request(const unsigned char *packet, size_t n, struct packet_request *request)
{
	const char *at = (const char *)packet + 2, *end = (const char *)packet + n;
	const char *name = next_string(&at, end);
	const char *mode = name ? next_string(&at, end) : NULL;
	const char *option, *value;

	*request = (struct packet_request){.opcode = packet_opcode(packet, n)};
	if (!mode)
		return "Malformed request";
	if (!*name)
		return "No file name";
	if (!str_copy(request->name, sizeof request->name, name))
		return "File name too long";
	request->netascii = str_same(mode, "netascii");
	if (!request->netascii && !str_same(mode, "octet"))
		return "Mode not supported";
	while ((option = next_string(&at, end)) && (value = next_string(&at, end)))
		take_option(request, option, value);
	return NULL;
}

void packet_limit_window(struct packet_request *r, uint64_t most)
{
	if (r->value[OPTION_WINDOWSIZE] > most)
		r->value[OPTION_WINDOWSIZE] = most;
}

/* With a NUL, and cut at `cap`. */
static size_t put_string(char *to, size_t cap, const char *text, size_t n)
{
	struct str s;

	str_init(&s, to, cap);
	str_addn(&s, text, n < cap ? n : cap - 1);
	return s.len + 1;
}

size_t packet_oack(unsigned char *to, const struct packet_request *request)
{
	struct str s;

	put16(to, PACKET_OACK);
	str_init(&s, (char *)to + 2, PACKET_SMALL - 2);
	for (size_t i = 0; i < OPTIONS; i++)
		if (request->has[i]) {
			str_addf(&s, "%s", options[i].name);
			str_addn(&s, "", 1);
			str_addf(&s, "%" PRIu64, request->value[i]);
			str_addn(&s, "", 1);
		}
	return s.len ? 2 + s.len : 0;
}

size_t packet_ack(unsigned char *to, uint16_t block)
{
	put16(to, PACKET_ACK);
	put16(to + 2, block);
	return PACKET_HEADER;
}

void packet_data(unsigned char *to, uint16_t block)
{
	put16(to, PACKET_DATA);
	put16(to + 2, block);
}

size_t packet_error(unsigned char *to, enum packet_code code, const char *message)
{
	put16(to, PACKET_ERROR);
	put16(to + 2, code);
	return PACKET_HEADER + put_string((char *)to + PACKET_HEADER, PACKET_SMALL - PACKET_HEADER,
				       message, strlen(message));
}

const char *packet_complaint(
	const unsigned char *packet, size_t n, char *to, size_t cap, unsigned *code)
{
	const char *text = (const char *)packet + PACKET_HEADER;

	put_string(to, cap, "", 0);
	*code = n < PACKET_HEADER ? PACKET_UNDEFINED : packet_block(packet);
	if (n > PACKET_HEADER)
		put_string(to, cap, text, strnlen(text, n - PACKET_HEADER));
	return to;
}
