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
		str_addf(to, "%s%s:%s", to->len > 0 ? "," : "", at, value);
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

	str_init(&s, options, sizeof options);
	list_options(request, &s);
	log_event(LOG_DEBUG, "asked %s file=%s ip=%s mode=%s options=%s", verb(request),
		log_quote(request->name), peer->ip, request->netascii ? "netascii" : "octet",
		*options ? options : "none");
}

void report_transfer(const struct peer *peer, const struct packet_request *request,
	const struct root_file *file, const struct transfer *t, int64_t began, bool good)
{
	int64_t took = now_ms() - began;
	char options[256], served[ROOT_PATH + 8];
	struct str s;
	const char *number =
		request->opcode == PACKET_WRQ ? t->upload->leaf + strlen(file->end.leaf) : "";

	str_init(&s, served, sizeof served);
	str_addf(&s, "%s%s", file->path, number);
	str_init(&s, options, sizeof options);
	list_options(request, &s);
	add_up(request, t, good);
	log_event(LOG_INFO,
		"%s file=%s ip=%s served=%s mode=%s options=%s octets=%llu blocks=%llu "
		"resent=%llu repeated=%llu seconds=%lld.%03lld result=%s",
		verb(request), log_quote(request->name), peer->ip, log_quote(served),
		request->netascii ? "netascii" : "octet", *options ? options : "none",
		(unsigned long long)t->octets, (unsigned long long)t->blocks,
		(unsigned long long)t->resent, (unsigned long long)t->repeated,
		(long long)(took / 1000), (long long)(took % 1000), log_quote(t->result));
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
