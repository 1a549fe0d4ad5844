/*
 * report: what the log is told. Runs in the loop and in its children, as the jailed user.
 *
 * The totals are in memory that all of them share: a child that was taken over could spoil them,
 * and nothing is decided by them.
 */
#include "report.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>

#include "log.h"
#include "str.h"

#define LINE (LOG_LINE + 512) /* room for more than what is kept of it */

static struct totals {
	atomic_ullong got, put, failed, refused; /* requests */
	atomic_ullong octets_out, octets_in, resent, repeated; /* packets, the last two */
} * totals;

void report_start(void)
{
	totals = mmap(
		NULL, sizeof *totals, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (totals == MAP_FAILED)
		die(EX_OSERR, "no memory for the totals");
}

static const char *verb(const struct packet_request *request)
{
	return request->opcode == PACKET_RRQ ? "get" : "put";
}

/* What was granted, as the OACK has it: "blksize:1408,tsize:42430". */
static void list_options(const struct packet_request *request, struct str *to)
{
	unsigned char oack[PACKET_SMALL];
	size_t n = packet_oack(oack, request);
	const char *at = (const char *)oack + 2, *end = (const char *)oack + n;

	while (n > 0 && at < end) {
		const char *value = at + strlen(at) + 1;
		str_add(to, at == (const char *)oack + 2 ? "" : ",");
		str_add(to, at);
		str_add(to, ":");
		str_add(to, value);
		at = value + strlen(value) + 1;
	}
}

static void add_up(const struct packet_request *request, const struct transfer *t, bool good)
{
	bool put = request->opcode == PACKET_WRQ;

	atomic_fetch_add(!good ? &totals->failed : put ? &totals->put : &totals->got, 1);
	atomic_fetch_add(put ? &totals->octets_in : &totals->octets_out, t->octets);
	atomic_fetch_add(&totals->resent, t->resent);
	atomic_fetch_add(&totals->repeated, t->repeated);
}

void report_asked(const struct peer *peer, const struct packet_request *request)
{
	char options[256];
	struct str s;

	if (!log_is_verbose())
		return;
	str_init(&s, options, sizeof options);
	list_options(request, &s);
	log_event(LOG_DEBUG, "asked %s file=%s ip=%s mode=%s options=%s", verb(request),
		log_quote(request->name), peer->ip, request->netascii ? "netascii" : "octet",
		*options ? options : "none");
}

static void add_number(struct str *line, const char *key, uint64_t n)
{
	str_add(line, key);
	str_add_number(line, n);
}

static void add_quoted(struct str *line, const char *key, const char *value)
{
	str_add(line, key);
	log_add_quoted(line, value);
}

static void add_seconds(struct str *line, int64_t ms)
{
	const char thousandths[] = {'.', (char)('0' + ms / 100 % 10), (char)('0' + ms / 10 % 10),
		(char)('0' + ms % 10)};

	add_number(line, " seconds=", (uint64_t)ms / 1000);
	str_addn(line, thousandths, sizeof thousandths);
}

/* The path, and the number that an upload has got behind its name. */
static void add_served(struct str *line, const struct root_file *file, const char *number)
{
	char served[ROOT_PATH + 8];
	struct str s;

	str_init(&s, served, sizeof served);
	str_add(&s, file->path);
	str_add(&s, number);
	add_quoted(line, " served=", served);
}

/* Each child of a small file's does this once: without printf(), whose pages of code and stack
 * would be a tenth of all that such a child costs. */
void report_transfer(const struct peer *peer, const struct packet_request *request,
	const struct root_file *file, const struct transfer *t, int64_t began, bool good)
{
	char text[LINE];
	struct str line;
	size_t before;
	const char *number =
		request->opcode == PACKET_WRQ ? t->upload->leaf + strlen(file->end.leaf) : "";

	add_up(request, t, good);
	str_init(&line, text, sizeof text);
	str_add(&line, verb(request));
	add_quoted(&line, " file=", request->name);
	str_add(&line, " ip=");
	str_add(&line, peer->ip);
	add_served(&line, file, number);
	str_add(&line, request->netascii ? " mode=netascii options=" : " mode=octet options=");
	before = line.len;
	list_options(request, &line);
	str_add(&line, line.len > before ? "" : "none");
	add_number(&line, " octets=", t->octets);
	add_number(&line, " blocks=", t->blocks);
	add_number(&line, " resent=", t->resent);
	add_number(&line, " repeated=", t->repeated);
	add_seconds(&line, now_ms() - began);
	add_quoted(&line, " result=", t->result);
	log_relay(LOG_INFO, line.at, line.len);
}

void report_refusal(const struct peer *peer, const struct packet_request *request,
	const char *tried, const char *why)
{
	atomic_fetch_add(&totals->refused, 1);
	log_event(LOG_NOTICE, "refused %s file=%s ip=%s tried=%s reason=%s", verb(request),
		log_quote(request->name), peer->ip, log_quote(tried), log_quote(why));
}

void report_fault(const struct peer *peer, const char *why)
{
	atomic_fetch_add(&totals->refused, 1);
	log_event(LOG_NOTICE, "refused ip=%s reason=%s", peer->ip, log_quote(why));
}

void report_totals(void)
{
	log_event(LOG_NOTICE,
		"totals get=%llu put=%llu failed=%llu refused=%llu octets-out=%llu octets-in=%llu "
		"resent=%llu repeated=%llu",
		atomic_load(&totals->got), atomic_load(&totals->put), atomic_load(&totals->failed),
		atomic_load(&totals->refused), atomic_load(&totals->octets_out),
		atomic_load(&totals->octets_in), atomic_load(&totals->resent),
		atomic_load(&totals->repeated));
}
