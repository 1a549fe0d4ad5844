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
	str_addf(&s, "%s[%ld]: %s\n", log_name, (long)getpid(), line);
	if (write(STDERR_FILENO, buffer, s.len) < 0)
		return; /* nobody is left to tell */
}

void log_relay(int priority, const char *line, size_t len)
{
	char clean[LOG_LINE];
	struct str s;
	str_init(&s, clean, sizeof clean);
	for (size_t i = 0; i < len && !s.cut; i++) {
		unsigned char c = (unsigned char)line[i];
		if (c >= 0x20 && c < 0x7f)
			str_addn(&s, line + i, 1);
		else
			str_addf(&s, "\\x%02x", c);
	}
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

static bool plain(const char *value)
{
	const char *odd = value;
	while (*odd > 0x20 && *odd < 0x7f && *odd != '"' && *odd != '\\' && *odd != '=')
		odd++;
	return *odd == '\0' && odd != value && odd - value < QUOTED;
}

const char *log_quote(const char *value)
{
	static OWN_PAGES char ring[RING][QUOTED];
	static unsigned next;
	char *buffer = ring[next++ % RING];
	struct str s;

	if (plain(value)) {
		str_copy(buffer, QUOTED, value);
		return buffer;
	}
	str_init(&s, buffer, QUOTED - 4); /* the ellipsis and the last quote always fit */
	str_add(&s, "\"");
	for (; *value && !s.cut; value++) {
		unsigned char c = (unsigned char)*value;
		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			str_addf(&s, "\\x%02x", c);
		else
			str_addn(&s, value, 1);
	}
	strcpy(s.at + s.len, s.cut ? "...\"" : "\"");
	return buffer;
}

__attribute__((format(printf, 1, 0))) static void complain(const char *format, va_list ap)
{
	char line[LOG_LINE];
	vsnprintf(line, sizeof line, format, ap);
	if (opened && !to_stderr)
		log_relay(LOG_ERR, line, strlen(line));
	fprintf(stderr, "%s: %s\n", log_name, line);
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
