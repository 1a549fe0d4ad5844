/*
 * Requests as clients send them and as they should not; and the packets that are built.
 */
#include "../../tftpd/packet.c"

#include <stdlib.h>

#include "unit.h"

/* Parses a copy of exactly n octets, so that a sanitizer sees a step too far. */
static const char *parse(const char *octets, size_t n, struct packet_request *r)
{
	unsigned char *copy = malloc(n);
	const char *fault;

	memcpy(copy, octets, n);
	fault = packet_request(copy, n, r);
	free(copy);
	return fault;
}

#define PARSE(text, r) parse(text, sizeof text - 1, r)

static void check_names(void)
{
	struct packet_request r;
	char longest[600] = "\0\1";

	CHECK(!PARSE("\0\1a\0octet\0", &r));
	CHECK(r.opcode == PACKET_RRQ && !r.netascii);
	CHECK_TEXT(r.name, "a");
	CHECK(!PARSE("\0\2dir/b c\0NetASCII\0", &r));
	CHECK(r.opcode == PACKET_WRQ && r.netascii);
	CHECK_TEXT(r.name, "dir/b c");

	CHECK_TEXT(PARSE("\0\1", &r), "Malformed request");
	CHECK_TEXT(PARSE("\0\1a", &r), "Malformed request");
	CHECK_TEXT(PARSE("\0\1a\0", &r), "Malformed request");
	CHECK_TEXT(PARSE("\0\1a\0octet", &r), "Malformed request");
	CHECK_TEXT(PARSE("\0\1\0octet\0", &r), "No file name");
	CHECK_TEXT(PARSE("\0\1a\0mail\0", &r), "Mode not supported");
	CHECK_TEXT(PARSE("\0\1a\0octe\0", &r), "Mode not supported");
	CHECK_TEXT(PARSE("\0\1a\0\0", &r), "Mode not supported");

	memset(longest + 2, 'x', 520);
	memcpy(longest + 2 + 511, "\0octet", 7);
	CHECK(!parse(longest, 2 + 511 + 7, &r));
	CHECK(strlen(r.name) == 511);
	memset(longest + 2, 'x', 520);
	memcpy(longest + 2 + 512, "\0octet", 7);
	CHECK_TEXT(parse(longest, 2 + 512 + 7, &r), "File name too long");
}

/* One option, as the client wrote it; what is granted, or NULL when it is passed over. */
static const struct {
	const char *name, *value;
	enum packet_option option;
	const char *granted;
} granted[] = {
	{"blksize", "8", OPTION_BLKSIZE, "8"},
	{"BlkSize", "1428", OPTION_BLKSIZE, "1428"},
	{"blksize", "7", OPTION_BLKSIZE, NULL},
	{"blksize", "0", OPTION_BLKSIZE, NULL},
	{"blksize", "-1", OPTION_BLKSIZE, NULL},
	{"blksize", "+512", OPTION_BLKSIZE, NULL},
	{"blksize", " 512", OPTION_BLKSIZE, NULL},
	{"blksize", "512 ", OPTION_BLKSIZE, NULL},
	{"blksize", "0x200", OPTION_BLKSIZE, NULL},
	{"blksize", "", OPTION_BLKSIZE, NULL},
	{"blksize", "65464", OPTION_BLKSIZE, "65464"},
	{"blksize", "65465", OPTION_BLKSIZE, "65464"},
	{"blksize", "4294967808", OPTION_BLKSIZE, "65464"},
	{"timeout", "1", OPTION_TIMEOUT, "1"},
	{"timeout", "255", OPTION_TIMEOUT, "255"},
	{"timeout", "0", OPTION_TIMEOUT, NULL},
	{"timeout", "256", OPTION_TIMEOUT, NULL},
	{"timeout", "1.5", OPTION_TIMEOUT, NULL},
	{"tsize", "0", OPTION_TSIZE, "0"},
	{"tsize", "5368709120", OPTION_TSIZE, "5368709120"},
	{"tsize", "18446744073709551615", OPTION_TSIZE, "18446744073709551615"},
	{"tsize", "18446744073709551616", OPTION_TSIZE, NULL},
	{"tsize", "-1", OPTION_TSIZE, NULL},
	{"tsizes", "1", OPTION_TSIZE, NULL},
	{"", "1", OPTION_TSIZE, NULL},
};

static void check_values(void)
{
	for (size_t i = 0; i < sizeof granted / sizeof granted[0]; i++) {
		char packet[64], value[32];
		struct packet_request r;
		int n = snprintf(packet, sizeof packet, "%c%cf%coctet%c%s%c%s", 0, 1, 0, 0,
			granted[i].name, 0, granted[i].value);

		CHECK(!parse(packet, (size_t)n + 1, &r));
		CHECK(r.has[granted[i].option] == (granted[i].granted != NULL));
		snprintf(value, sizeof value, "%" PRIu64, r.value[granted[i].option]);
		if (granted[i].granted)
			CHECK_TEXT(value, granted[i].granted);
	}
}

static void check_options(void)
{
	struct packet_request r;
	unsigned char oack[PACKET_SMALL];
	static const char whole[] = "\0\6blksize\0001024\0timeout\0002\0tsize\0000";

	CHECK(!PARSE("\0\1a\0octet\0tsize\0000\0blksize\0001024\0timeout\0002\0", &r));
	CHECK(packet_oack(oack, &r) == sizeof whole && memcmp(oack, whole, sizeof whole) == 0);

	/* Nothing taken: no OACK; and blocks are what they are without options. */
	CHECK(!PARSE("\0\1a\0octet\0multicast\0\0rollover\0001\0", &r));
	CHECK(packet_oack(oack, &r) == 0 && r.value[OPTION_BLKSIZE] == PACKET_BLKSIZE);

	/* Asked twice: the first counts, and is answered once. */
	CHECK(!PARSE("\0\1a\0octet\0blksize\000600\0BLKSIZE\000700\0", &r));
	CHECK(packet_oack(oack, &r) == 14 && memcmp(oack, "\0\6blksize\000600", 14) == 0);

	/* A name without a value, a value without its NUL, and junk. */
	CHECK(!PARSE("\0\1a\0octet\0blksize\0", &r) && !r.has[OPTION_BLKSIZE]);
	CHECK(!PARSE("\0\1a\0octet\0blksize\0001024", &r) && !r.has[OPTION_BLKSIZE]);
	CHECK(!PARSE("\0\1a\0octet\0\0\0\0\0\0\0", &r) && packet_oack(oack, &r) == 0);
	CHECK(!PARSE("\0\1a\0octet\0\xff\xfe\x80", &r) && packet_oack(oack, &r) == 0);
	CHECK(!PARSE("\0\1a\0octet\0x\0y\0tsize\0000\0\0", &r) && r.has[OPTION_TSIZE]);
}

static void check_many_options(void)
{
	static char packet[4096] = "\0\1a\0octet";
	struct packet_request r;
	size_t n = 10;

	for (int i = 0; i < 400; i++, n += 4)
		memcpy(packet + n, "o\0001", 4);
	CHECK(!parse(packet, n, &r) && r.has[OPTION_TSIZE] == false);
	memcpy(packet + n, "tsize\0000", 8);
	CHECK(!parse(packet, n + 8, &r) && r.has[OPTION_TSIZE]);
}

static void check_built(void)
{
	unsigned char packet[PACKET_SMALL];
	char text[16], wordy[2 * PACKET_SMALL];
	unsigned code;

	CHECK(packet_ack(packet, 65535) == 4 && memcmp(packet, "\0\4\xff\xff", 4) == 0);
	CHECK(packet_block(packet) == 65535);
	packet_data(packet, 258);
	CHECK(memcmp(packet, "\0\3\1\2", 4) == 0);
	CHECK(packet_error(packet, PACKET_TID, "No") == 7 && memcmp(packet, "\0\5\0\5No", 7) == 0);
	CHECK_TEXT(packet_complaint(packet, 7, text, sizeof text, &code), "No");
	CHECK(code == PACKET_TID);
	CHECK_TEXT(packet_complaint(packet, 6, text, sizeof text, &code), "No");
	CHECK_TEXT(packet_complaint(packet, 5, text, sizeof text, &code), "N");
	CHECK_TEXT(packet_complaint(packet, 4, text, sizeof text, &code), "");
	CHECK_TEXT(packet_complaint(packet, 2, text, sizeof text, &code), "");
	CHECK(code == PACKET_UNDEFINED);

	memset(wordy, 'w', sizeof wordy - 1);
	wordy[sizeof wordy - 1] = '\0';
	size_t n = packet_error(packet, PACKET_UNDEFINED, wordy);
	CHECK(n <= PACKET_SMALL && packet[n - 1] == '\0');
	CHECK(packet_opcode(packet, 1) == 0 && packet_opcode(packet, 0) == 0);
}

int main(void)
{
	check_names();
	check_values();
	check_options();
	check_many_options();
	check_built();
	return unit_end();
}
