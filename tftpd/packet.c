/*
 * packet: the packets of TFTP as octets. Pure; the loop calls it, as the jailed user, on whatever
 * the network brings. RFC 1350 5, RFC 2347, RFC 2348, RFC 2349.
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
} options[OPTIONS] = {
	[OPTION_BLKSIZE] = {"blksize", 8, PACKET_BLKSIZE_MAX, true},
	[OPTION_TIMEOUT] = {"timeout", 1, 255, false},
	[OPTION_TSIZE] = {"tsize", 0, UINT64_MAX, false},
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

/* The next string of [*at, end), and *at moved behind its NUL; NULL when no NUL ends it. */
static const char *next_string(const char **at, const char *end)
{
	const char *text = *at;
	const char *nul = memchr(text, '\0', (size_t)(end - text));

	if (nul)
		*at = nul + 1;
	return nul ? text : NULL;
}

static void take_option(struct packet_request *request, const char *name, const char *value)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct option *o = &options[i];
		uint64_t number;

		if (!str_same(name, o->name))
			continue;
		if (request->has[i] || !str_number(value, UINT64_MAX, &number) ||
			number < o->least || (number > o->most && !o->lower))
			return;
		request->has[i] = true;
		request->value[i] = number > o->most ? o->most : number;
	}
}

const char *packet_request(const unsigned char *packet, size_t n, struct packet_request *request)
{
	const char *at = (const char *)packet + 2, *end = (const char *)packet + n;
	const char *name = next_string(&at, end);
	const char *mode = name ? next_string(&at, end) : NULL;
	const char *option, *value;

	*request = (struct packet_request){.opcode = packet_opcode(packet, n)};
	request->value[OPTION_BLKSIZE] = PACKET_BLKSIZE;
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

static size_t put_string(unsigned char *to, size_t cap, const char *text)
{
	struct str s;

	str_init(&s, (char *)to, cap);
	str_add(&s, text);
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
	return PACKET_HEADER +
	       put_string(to + PACKET_HEADER, PACKET_SMALL - PACKET_HEADER, message);
}

const char *packet_complaint(
	const unsigned char *packet, size_t n, char *to, size_t cap, unsigned *code)
{
	struct str s;
	const char *text = (const char *)packet + PACKET_HEADER;

	str_init(&s, to, cap);
	*code = n < PACKET_HEADER ? PACKET_UNDEFINED : packet_block(packet);
	if (n > PACKET_HEADER)
		str_addn(&s, text, strnlen(text, n - PACKET_HEADER));
	return to;
}
