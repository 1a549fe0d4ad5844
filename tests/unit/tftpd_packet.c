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
	{"blksize2", "1468", OPTION_BLKSIZE2, "1024"},
	{"blksize2", "1024", OPTION_BLKSIZE2, "1024"},
	{"blksize2", "8", OPTION_BLKSIZE2, "8"},
	{"blksize2", "7", OPTION_BLKSIZE2, NULL},
	{"blksize2", "65535", OPTION_BLKSIZE2, "32768"},
	{"utimeout", "10000", OPTION_UTIMEOUT, "10000"},
	{"utimeout", "255000000", OPTION_UTIMEOUT, "255000000"},
	{"utimeout", "9999", OPTION_UTIMEOUT, NULL},
	{"utimeout", "255000001", OPTION_UTIMEOUT, NULL},
	{"windowsize", "1", OPTION_WINDOWSIZE, "1"},
	{"WindowSize", "65535", OPTION_WINDOWSIZE, "65535"},
	{"windowsize", "0", OPTION_WINDOWSIZE, NULL},
	{"windowsize", "65536", OPTION_WINDOWSIZE, NULL},
	{"windowsize", "-1", OPTION_WINDOWSIZE, NULL},
	{"rollover", "0", OPTION_ROLLOVER, "0"},
	{"rollover", "1", OPTION_ROLLOVER, "1"},
	{"rollover", "2", OPTION_ROLLOVER, NULL},
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
	CHECK(!PARSE("\0\1a\0octet\0multicast\0\0interval\0001\0", &r));
	CHECK(packet_oack(oack, &r) == 0 && packet_blksize(&r) == PACKET_BLKSIZE);
	CHECK(packet_window(&r) == 1 && packet_timeout(&r) == 0 && !packet_rollover(&r));

	/* Asked twice: the first counts, and is answered once. */
	CHECK(!PARSE("\0\1a\0octet\0blksize\000600\0BLKSIZE\000700\0", &r));
	CHECK(packet_oack(oack, &r) == 14 && memcmp(oack, "\0\6blksize\000600", 14) == 0);

	/* By two names: the first counts. */
	CHECK(!PARSE("\0\1a\0octet\0blksize2\000600\0blksize\000700\0", &r));
	CHECK(packet_oack(oack, &r) == 15 && packet_blksize(&r) == 512);
	CHECK(!PARSE("\0\1a\0octet\0utimeout\00020000\0timeout\0003\0", &r));
	CHECK(packet_oack(oack, &r) == 17 && packet_timeout(&r) == 20);

	/* A name without a value, a value without its NUL, and junk. */
	CHECK(!PARSE("\0\1a\0octet\0blksize\0", &r) && !r.has[OPTION_BLKSIZE]);
	CHECK(!PARSE("\0\1a\0octet\0blksize\0001024", &r) && !r.has[OPTION_BLKSIZE]);
	CHECK(!PARSE("\0\1a\0octet\0\0\0\0\0\0\0", &r) && packet_oack(oack, &r) == 0);
	CHECK(!PARSE("\0\1a\0octet\0\xff\xfe\x80", &r) && packet_oack(oack, &r) == 0);
	CHECK(!PARSE("\0\1a\0octet\0x\0y\0tsize\0000\0\0", &r) && r.has[OPTION_TSIZE]);
}

/* What is refused or lowered is so in the OACK, too. */
static void check_limits(void)
{
	struct packet_request r;
	unsigned char oack[PACKET_SMALL];

	CHECK(!PARSE("\0\1a\0octet\0windowsize\000900\0blksize2\0004000\0", &r));
	packet_limit_blksize(&r, 1468);
	packet_limit_window(&r, 64);
	CHECK(packet_blksize(&r) == 1024 && packet_window(&r) == 64);
	CHECK(packet_oack(oack, &r) == 30 &&
		memcmp(oack, "\0\6blksize2\0001024\0windowsize\00064", 30) == 0);
	packet_refuse(&r, "BLKSIZE2");
	packet_refuse(&r, "windowsize");
	packet_refuse(&r, "nonsense");
	CHECK(packet_oack(oack, &r) == 0 && packet_window(&r) == 1);
	CHECK(packet_blksize(&r) == PACKET_BLKSIZE);
}

/* Of each block the number, and from the number and what came before it, the block. */
static void check_numbers(void)
{
	static const struct {
		uint64_t block;
		uint16_t plain, rolled;
	} numbers[] = {{0, 0, 0}, {1, 1, 1}, {65535, 65535, 65535}, {65536, 0, 1}, {65537, 1, 2},
		{131070, 65534, 65535}, {131071, 65535, 1}, {131072, 0, 2},
		{(uint64_t)1 << 40, 0, 256}};

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		for (uint64_t behind = 0; behind <= 40000; behind += 8000) {
			uint64_t n = numbers[i].block, least = n > behind ? n - behind : 0;
			CHECK(packet_number(n, false) == numbers[i].plain);
			CHECK(packet_number(n, true) == numbers[i].rolled);
			CHECK(packet_nth(least, numbers[i].plain, false) == n || least == 0);
			CHECK(packet_nth(least, numbers[i].rolled, true) == n || least == 0);
		}
	CHECK(packet_nth(0, 0, true) == 0 && packet_nth(0, 65535, true) == 65535);
	CHECK(packet_nth(7, 0, true) == UINT64_MAX);
	CHECK(packet_nth(7, 6, false) == 65542 && packet_nth(7, 6, true) == 65541);
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
	CHECK_TEXT(packet_complaint(packet, 7, text, 2, &code), "N");
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
	check_limits();
	check_numbers();
	check_many_options();
	check_built();
	return unit_end();
}
