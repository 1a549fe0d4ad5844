/*
 * log: one line an event, to syslog, standard error or a keeper. Used by every process of every
 * program; after a jail only through log_divert().
 */
#include "log.h"

#include <paths.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log_syslog.h"
#include "memory.h"
#include "str.h"

#define QUOTED 256 /* octets of one quoted value */
#define RING 8

static const char *log_name = "trivet";
static bool to_stderr = true, opened, verbose;
static void (*divert)(int priority, const char *line, size_t len);

void log_open(const char *name, int facility, bool standard_error)
{
	log_name = name;
	to_stderr = standard_error;
	opened = true;
	divert = NULL;
	if (!to_stderr)
		log_syslog_open(_PATH_LOG, name, facility);
}

void log_verbose(bool on)
{
	verbose = on;
}

bool log_is_verbose(void)
{
	return verbose;
}

void log_divert(void (*sink)(int priority, const char *line, size_t len))
{
	divert = sink;
}

/* A line for standard error is written by one write(), so that lines of several processes do not
 * mix. */
static void emit(int priority, const char *line)
{
	if (!to_stderr) {
		log_syslog_write(priority, line);
		return;
	}
	char buffer[LOG_LINE + 64];
	struct str s;
	str_init(&s, buffer, sizeof buffer);
	log_syslog_compose(&s, log_name, line);
	str_add(&s, "\n");
	if (write(STDERR_FILENO, buffer, s.len) < 0)
		return; /* nobody is left to tell */
}

/* With \xNN for what is not printable or in `odd`. */
static void add_escaped(struct str *s, const char *octets, size_t n, const char *odd)
{
	for (size_t i = 0; i < n && !s->cut; i++) {
		unsigned char c = (unsigned char)octets[i];
		if (c >= 0x20 && c < 0x7f && !strchr(odd, c))
			str_addn(s, octets + i, 1);
		else
			str_addf(s, "\\x%02x", c);
	}
}

static void make_clean(char clean[LOG_LINE], const char *line, size_t len)
{
	struct str s;
	str_init(&s, clean, LOG_LINE);
	add_escaped(&s, line, len, "");
}

void log_relay(int priority, const char *line, size_t len)
{
	char clean[LOG_LINE];
	make_clean(clean, line, len);
	emit(priority & LOG_PRIMASK, clean);
}

__attribute__((format(printf, 2, 0))) static void log_va(
	int priority, const char *format, va_list ap)
{
	char line[LOG_LINE];
	int n = vsnprintf(line, sizeof line, format, ap);
	if (n < 0)
		return;
	size_t len = (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
	if (divert)
		divert(priority, line, len);
	else
		log_relay(priority, line, len);
}

void log_event(int priority, const char *format, ...)
{
	if (priority == LOG_DEBUG && !verbose)
		return;
	va_list ap;
	va_start(ap, format);
	log_va(priority, format, ap);
	va_end(ap);
}

/* Into a buffer of QUOTED octets. What needs no quotes begins behind the place of the first. */
static const char *quote(char *buffer, const char *value)
{
	struct str s;
	str_init(&s, buffer + 1, QUOTED - 5); /* the ellipsis and the last quote always fit */
	add_escaped(&s, value, strlen(value), "\"\\");
	if (!s.cut && s.len > 0 && !strpbrk(s.at, " =\\"))
		return s.at;
	buffer[0] = '"';
	strcpy(s.at + s.len, s.cut ? "...\"" : "\"");
	return buffer;
}

const char *log_quote(const char *value)
{
	static OWN_PAGES char ring[RING][QUOTED];
	static unsigned next;
	return quote(ring[next++ % RING], value);
}

void log_add_quoted(struct str *line, const char *value)
{
	char buffer[QUOTED];
	str_add(line, quote(buffer, value));
}

__attribute__((format(printf, 1, 0))) static void complain(const char *format, va_list ap)
{
	char line[LOG_LINE], clean[LOG_LINE];
	vsnprintf(line, sizeof line, format, ap);
	make_clean(clean, line, strlen(line));
	if (opened && !to_stderr)
		emit(LOG_ERR, clean);
	fprintf(stderr, "%s: %s\n", log_name, clean);
}

void log_complain(const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	complain(format, ap);
	va_end(ap);
}

void die(int status, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	complain(format, ap);
	va_end(ap);
	exit(status);
}
