/*
 * data: DATA and BDAT, from the command to the reply behind the message. Runs in the front, in the
 * jail. RFC 5321 4.1.1.4; RFC 3030 2; RFC 2033 4.3.
 */
#include "intake.h"
#include "settings.h"

#define RENEW (32 * 1024) /* octets that earn another timeout: who drips gains nothing */

static const char go_on[] = "354 End with a line that is one dot\r\n";
static const char bad_size[] = "501 5.5.4 Syntax: BDAT octets [LAST]\r\n";
static const char out_of_order[] = "503 5.5.1 MAIL and an accepted RCPT come first\r\n";
static const char has_failed[] = "503 5.5.1 The message has failed: RSET comes first\r\n";

static size_t drop(const char *octets, size_t n)
{
	(void)octets;
	return n;
}

/* Gives `take` what comes, until that is `n` octets or the message ends. */
static enum io_result receive(
	struct session *s, uint64_t n, size_t (*take)(const char *octets, size_t n))
{
	uint64_t renewed = s->io.received;
	io_deadline(&s->io, s->timeout);
	while (n > 0 && !(take == intake_take && intake_ended())) {
		char *at;
		size_t there;
		enum io_result r = io_span(&s->io, &at, &there);
		if (r != IO_OK)
			return r;
		size_t used = take(at, there < n ? there : (size_t)n);
		io_take(&s->io, used);
		n -= used;
		if (take == intake_take && fault_drops(s, intake_octets()))
			return IO_EOF;
		if (s->io.received - renewed >= RENEW) {
			renewed = s->io.received;
			io_deadline(&s->io, s->timeout);
		}
	}
	return IO_OK;
}

const char *data_run(void *session, struct cmd_call *call)
{
	struct session *s = session;
	(void)call;
	if (fault_at(s, FAULT_DATA, NULL))
		return NULL;
	const char *bad = intake_begin(s, false);
	if (bad || s->state != STATE_RCPT)
		return bad;
	io_put(&s->io, go_on);
	enum io_result r = receive(s, UINT64_MAX, intake_take);
	return r == IO_OK ? intake_end(s) : intake_lose(s, r);
}

/* "octets [LAST]". Where that is not understood nobody knows where the next command begins. */
static bool read_size(char *words, uint64_t *size, bool *last)
{
	const char *number = str_word(&words), *word = str_word(&words);
	*last = word != NULL;
	return number && str_number(number, INT64_MAX, size) && (!word || str_same(word, "LAST")) &&
	       !str_word(&words);
}

/* A chunk that is not wanted: it is read all the same, and so many replies follow. */
static const char *pass_over(struct session *s, uint64_t size, const char *reply, uint64_t replies)
{
	enum io_result r = receive(s, size, drop);
	if (r != IO_OK)
		return session_lose(s, r);
	for (uint64_t i = 1; reply && i < replies; i++)
		io_put(&s->io, reply);
	return replies > 0 ? reply : NULL;
}

/* A fault has had its say. */
static const char *fail_chunk(struct session *s, uint64_t size, bool last)
{
	if (s->state == 0)
		return NULL;
	if (!session_reset(s, WITHDRAWN, 0))
		return session_failed;
	s->state = last ? STATE_READY : STATE_FAILED;
	return pass_over(s, size, NULL, 1);
}

static const char *take_chunk(struct session *s, uint64_t size, bool last)
{
	enum io_result r = receive(s, size, intake_take);
	if (r != IO_OK)
		return intake_lose(s, r);
	if (last)
		return intake_end(s);
	const char *bad = intake_refuse(s);
	if (bad) {
		s->state = s->state ? STATE_FAILED : 0;
		return bad;
	}
	s->state = STATE_BDAT;
	io_putf(&s->io, "250 2.0.0 %llu octets taken\r\n", (unsigned long long)size);
	return NULL;
}

const char *data_bdat(void *session, struct cmd_call *call)
{
	struct session *s = session;
	uint64_t size;
	bool last;
	if (!read_size(call->argv[0], &size, &last)) {
		s->state = 0;
		s->end = cmd_end_name(CMD_ERRORS);
		return bad_size;
	}
	/* LMTP's client waits for one for each recipient, which may be none: RFC 2033 4.3. */
	uint64_t replies = settings.lmtp && last ? s->recipients : 1;
	if (s->state == STATE_FAILED)
		return pass_over(s, size, has_failed, replies);
	if (s->state != STATE_RCPT && s->state != STATE_BDAT)
		return pass_over(s, size, out_of_order, s->state == STATE_MAIL ? replies : 1);
	if (s->state == STATE_RCPT && fault_at(s, FAULT_DATA, NULL))
		return fail_chunk(s, size, last);
	const char *bad = s->state == STATE_RCPT ? intake_begin(s, true) : NULL;
	if (s->state == STATE_READY) {
		s->state = last ? STATE_READY : STATE_FAILED;
		return pass_over(s, size, bad, replies);
	}
	return bad || s->state == 0 ? bad : take_chunk(s, size, last);
}
