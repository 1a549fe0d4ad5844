/*
 * Fuzz target: a datagram, as a request and as an ERROR; and netascii there and back. For
 * libFuzzer, or with a main() that reads files.
 */
#include "../../tftpd/netascii.c"
#include "../../tftpd/packet.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void try_request(const uint8_t *data, size_t size)
{
	struct packet_request request;
	unsigned char oack[PACKET_SMALL];

	if (size < 2 || packet_request(data, size, &request))
		return;
	must(request.name[0] && strlen(request.name) < PACKET_NAME);
	must(packet_blksize(&request) >= 8 && packet_blksize(&request) <= PACKET_BLKSIZE_MAX);
	must(packet_timeout(&request) >= 0 && packet_timeout(&request) <= 255000);
	must(packet_window(&request) >= 1 && packet_window(&request) <= 65535);
	must(packet_oack(oack, &request) <= PACKET_SMALL);
}

static void try_error(const uint8_t *data, size_t size)
{
	char text[32];
	unsigned code;

	must(strlen(packet_complaint(data, size, text, sizeof text, &code)) < sizeof text);
}

static void try_netascii(const uint8_t *data, size_t size)
{
	static char wire[8192], back[8193];
	struct netascii out = {0}, in = {0};
	const char *from = (const char *)data;
	size_t n, m;

	if (size > sizeof wire / 2)
		return;
	n = netascii_out(&out, &from, (const char *)data + size, wire, sizeof wire);
	n += netascii_out(&out, &from, from, wire + n, sizeof wire - n);
	m = netascii_in(&in, wire, n, back);
	m += netascii_in_end(&in, back + m);
	must(m == size && memcmp(back, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_request(data, size);
	try_error(data, size);
	try_netascii(data, size);
	return 0;
}
