/*
 * fault: what goes wrong on demand. Read at the start, with the privileges of the start; happens in
 * the front, in the jail. RFC 5321 4.2, 3463.
 */
#include "fault.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>

#include "account_sink.h"
#include "session.h"

#define FAULTS 32
#define DELAY_MAX 600000 /* ms */
#define MINUTE 60 /* seconds */

static const char *const stage_names[FAULT_STAGES] = {[FAULT_CONNECT] = "connect",
	[FAULT_HELO] = "helo",
	[FAULT_AUTH] = "auth",
	[FAULT_MAIL] = "mail",
	[FAULT_RCPT] = "rcpt",
	[FAULT_DATA] = "data",
	[FAULT_DOT] = "dot"};

static const char want_fault[] =
	"fail=STAGE:CODE[:every=N], drop=STAGE[:at=OCTETS], delay=STAGE:MS, rate=N/m or keep=N";
static const char want_stage[] = "a STAGE: connect, helo, auth, mail, rcpt, data or dot";
static const char want_code[] = "a CODE from 400 to 559: fail=STAGE:CODE[:every=N]";
static const char want_every[] = "every=N, and N at least 1: fail=STAGE:CODE[:every=N]";
static const char want_at[] = "at=OCTETS of the message: drop=data[:at=OCTETS]";
static const char want_ms[] = "milliseconds, up to 600000: delay=STAGE:MS";
static const char want_rate[] = "messages a minute: rate=N/m";
static const char too_many[] = "no more than 32 faults";

enum kind { FAIL, DROP, DELAY };

static struct fault {
	enum kind kind;
	enum fault_stage stage;
	unsigned code;
	uint64_t every, at, ms;
} faults[FAULTS];
static size_t fault_count;
static uint64_t rate; /* messages a minute; 0: any number */

/* Written by every session. */
static struct counts {
	atomic_uint met[FAULTS];
	atomic_uint minute; /* second of its begin; 0: none has begun */
	atomic_uint messages; /* in it */
} * counts;

/* What is said for a code; the last row that fits. */
static const struct reply {
	unsigned code, stages; /* bits; 0: all */
	const char *enhanced, *words;
} replies[] = {
	{421, 0, "4.3.2", "service not available"},
	{450, 0, "4.2.1", "mailbox busy"},
	{450, 1 << FAULT_MAIL, "4.1.8", "sender not known yet"},
	{451, 0, "4.3.0", "error in processing"},
	{452, 0, "4.3.1", "insufficient storage"},
	{452, 1 << FAULT_RCPT, "4.2.2", "mailbox full"},
	{454, 0, "4.7.0", "temporary authentication failure"},
	{455, 0, "4.5.4", "parameters not possible"},
	{500, 0, "5.5.2", "command unknown"},
	{501, 0, "5.5.4", "wrong arguments"},
	{502, 0, "5.5.1", "command not offered"},
	{503, 0, "5.5.1", "wrong order of commands"},
	{504, 0, "5.5.4", "parameter not offered"},
	{521, 0, "5.3.2", "no mail accepted here"},
	{530, 0, "5.7.0", "authentication required"},
	{534, 0, "5.7.9", "mechanism too weak"},
	{535, 0, "5.7.8", "wrong credentials"},
	{538, 0, "5.7.11", "encryption required"},
	{550, 0, "5.7.1", "refused by policy"},
	{550, 1 << FAULT_RCPT, "5.1.1", "no such mailbox"},
	{551, 0, "5.1.6", "mailbox has moved"},
	{552, 0, "5.3.4", "message too large"},
	{552, 1 << FAULT_RCPT, "5.2.2", "mailbox full"},
	{553, 0, "5.1.3", "mailbox name not allowed"},
	{553, 1 << FAULT_MAIL, "5.1.7", "sender's address not allowed"},
	{554, 0, "5.0.0", "transaction failed"},
	{554, 1 << FAULT_CONNECT, "5.3.2", "no service here"},
	{555, 0, "5.5.4", "parameter unknown"},
	{556, 0, "5.1.10", "domain accepts no mail"},
};

static bool read_stage(const char *word, enum fault_stage *stage)
{
	for (unsigned i = 0; word && i < FAULT_STAGES; i++) {
		if (strcmp(word, stage_names[i]) == 0) {
			*stage = (enum fault_stage)i;
			return true;
		}
	}
	return false;
}

/* RFC 5321 4.2: the second digit is 0 to 5. */
static bool read_code(const char *word, unsigned *code)
{
	uint64_t number;
	if (!word || strlen(word) != 3 || !str_number(word, 559, &number) || number < 400 ||
		(number > 459 && number < 500))
		return false;
	*code = (unsigned)number;
	return true;
}

/* "every=3"; it may be missing. */
static bool read_every(const char *word, uint64_t *every)
{
	return !word ||
	       (str_begins(word, "every=") &&
		       str_number(word + strlen("every="), UINT32_MAX, every) && *every > 0);
}

/* The next part of *at, up to a colon; NULL: no more. */
static char *part(char **at)
{
	char *word = *at;
	if (!word)
		return NULL;
	*at = strchr(word, ':');
	if (*at)
		*(*at)++ = '\0';
	return word;
}

static const char *read_fail(struct fault *f, char *rest)
{
	f->every = 1;
	if (!read_code(part(&rest), &f->code))
		return want_code;
	return read_every(part(&rest), &f->every) && !rest ? NULL : want_every;
}

static const char *read_drop(struct fault *f, char *rest)
{
	if (!rest)
		return NULL;
	bool good = f->stage == FAULT_DATA && str_begins(rest, "at=") &&
		    str_octets(rest + strlen("at="), INT64_MAX, &f->at) && f->at > 0;
	return good ? NULL : want_at;
}

static const char *read_delay(struct fault *f, char *rest)
{
	return rest && str_number(rest, DELAY_MAX, &f->ms) ? NULL : want_ms;
}

static const char *read_rate(const char *text)
{
	char number[24];
	size_t n = strlen(text);
	if (n < 3 || n - 2 >= sizeof number || strcmp(text + n - 2, "/m") != 0)
		return want_rate;
	memcpy(number, text, n - 2);
	number[n - 2] = '\0';
	return str_number(number, UINT32_MAX, &rate) && rate > 0 ? NULL : want_rate;
}

static bool share_counts(void)
{
	void *shared = counts;
	if (!counts)
		shared = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return false;
	counts = shared;
	return true;
}

const char *fault_read(const char *operand)
{
	static const struct {
		const char *name;
		const char *(*read)(struct fault *f, char *rest);
	} kinds[] = {[FAIL] = {"fail=", read_fail},
		[DROP] = {"drop=", read_drop},
		[DELAY] = {"delay=", read_delay}};
	char text[128], *rest = text;
	if (!str_copy(text, sizeof text, operand))
		return want_fault;
	if (!share_counts())
		return "memory for counting";
	if (str_begins(text, "rate="))
		return read_rate(text + strlen("rate="));
	size_t kind = 0;
	while (kind < 3 && strncmp(text, kinds[kind].name, strlen(kinds[kind].name)) != 0)
		kind++;
	if (kind == 3)
		return want_fault;
	if (fault_count == FAULTS)
		return too_many;
	struct fault *f = &faults[fault_count++];
	f->kind = (enum kind)kind;
	rest += strlen(kinds[kind].name);
	if (!read_stage(part(&rest), &f->stage))
		return want_stage;
	return kinds[kind].read(f, rest);
}

/* Not as a handler's reply, which might be one error too many. */
static bool fail(struct session *s, enum fault_stage stage, unsigned code)
{
	const struct reply *found = NULL;
	for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++)
		if (replies[i].code == code &&
			(!replies[i].stages || (replies[i].stages & 1u << stage)))
			found = &replies[i];
	if (found)
		io_putf(&s->io, "%u %s Fault: %s\r\n", code, found->enhanced, found->words);
	else
		io_putf(&s->io, "%u %u.0.0 Fault: as it was asked for\r\n", code, code / 100);
	if (code == 421 || stage == FAULT_CONNECT)
		s->state = 0;
	return true;
}

static bool drop(struct session *s)
{
	s->end = "closed";
	s->state = 0;
	return true;
}

static const char asking[] = "fail-"; /* as an address begins */

/* "fail-452-data": DATA of this message will get 452. The code of this very stage, or 0. */
static unsigned heed_address(struct session *s, enum fault_stage now, const struct path *p)
{
	char text[PATH_LOCAL], code[4] = "";
	enum fault_stage stage;
	unsigned number = 0;
	str_copy(text, sizeof text, p->local);
	str_fold(text);
	if (!str_begins(text, asking) || strlen(text) < strlen("fail-452-") || text[8] != '-')
		return 0;
	memcpy(code, text + strlen(asking), 3);
	if (!read_stage(text + strlen("fail-452-"), &stage) || !read_code(code, &number))
		return 0;
	if (stage == now)
		return number;
	s->fault.code[stage] = number;
	return 0;
}

/* More messages in this minute, which began with the first one, than there may be. */
static bool too_fast(void)
{
	unsigned now = (unsigned)(now_ms() / 1000) + 1, began = counts->minute;
	if ((began == 0 || now - began >= MINUTE) &&
		atomic_compare_exchange_strong(&counts->minute, &began, now))
		counts->messages = 0;
	return atomic_fetch_add(&counts->messages, 1) >= rate;
}

static bool meet(struct session *s, size_t i)
{
	const struct fault *f = &faults[i];
	switch (f->kind) {
	case FAIL:
		return (atomic_fetch_add(&counts->met[i], 1) + 1) % f->every == 0 &&
		       fail(s, f->stage, f->code);
	case DROP:
		if (f->at == 0)
			return drop(s);
		s->fault.drop_at = f->at;
		return false;
	case DELAY:
		io_pause(&s->io, (int)f->ms);
		return false;
	}
	return false;
}

bool fault_at(struct session *s, enum fault_stage stage, const struct path *p)
{
	if (!account_sink())
		return false;
	if (stage == FAULT_MAIL)
		memset(&s->fault, 0, sizeof s->fault);
	unsigned code = p ? heed_address(s, stage, p) : 0;
	if (code == 0)
		code = s->fault.code[stage];
	if (code != 0)
		return fail(s, stage, code);
	for (size_t i = 0; i < fault_count; i++)
		if (faults[i].stage == stage && meet(s, i))
			return true;
	if (stage != FAULT_MAIL || rate == 0 || !too_fast())
		return false;
	io_put(&s->io, "421 4.7.0 Fault: too many messages in this minute\r\n");
	s->state = 0;
	return true;
}

bool fault_expected(const struct session *s, const struct path *to)
{
	if (!account_sink())
		return false;
	for (size_t i = 0; i < FAULT_STAGES; i++)
		if (s->fault.code[i] != 0)
			return true;
	return fault_count > 0 || (to && strncasecmp(to->local, asking, strlen(asking)) == 0);
}

bool fault_drops(const struct session *s, uint64_t wire)
{
	return s->fault.drop_at > 0 && wire >= s->fault.drop_at;
}
