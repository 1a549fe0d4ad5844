/*
 * settings: values by the table, from defaults, file and command line. Runs at start and on SIGHUP,
 * with the privileges of the start.
 */
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "settings_value.h"

#define DEFAULT_FILE "/etc/trivet.conf"

struct settings settings;

static OWN_PAGES char start_folder[4096];

static const struct {
	enum program program;
	const char *name;
} programs[] = {{POP3D, "pop3d"}, {SMTPD, "smtpd"}, {TFTPD, "tftpd"}, {MAILUSER, "mailuser"}};
#define PROGRAMS (sizeof programs / sizeof programs[0])

void settings_start(void)
{
	if (!getcwd(start_folder, sizeof start_folder))
		start_folder[0] = '\0';
}

const char *settings_program_name(enum program program)
{
	for (size_t i = 0; i < PROGRAMS; i++)
		if (programs[i].program == program)
			return programs[i].name;
	return "?";
}

static void forget(struct settings *s)
{
	while (s->memory) {
		struct settings_memory *m = s->memory;
		s->memory = m->next;
		free(m);
	}
}

/* `section` is the program whose section the line stands in, or 0 for lines that concern all. */
static bool put_named(
	struct settings_load *l, unsigned section, const char *name, const char *value)
{
	const struct setting *row = settings_table;
	while (row->name && strcmp(row->name, name) != 0)
		row++;
	if (!row->name) {
		str_addf(&l->error, "there is no setting \"%.60s\"", name);
		return false;
	}
	if (section && !(row->programs & section)) {
		str_addf(&l->error, "%s has no setting \"%s\"",
			settings_program_name((enum program)section), name);
		return false;
	}
	if (!section || section == l->program)
		return settings_put(l, row, value);
	/* Another program's section: its values are checked, and do not count here. */
	struct settings mine = l->s;
	bool good = settings_put(l, row, value);
	mine.memory = l->s.memory;
	l->s = mine;
	return good;
}

static bool read_section(struct settings_load *l, const char *line, unsigned *section)
{
	for (size_t i = 0; i < PROGRAMS; i++) {
		char heading[16];
		snprintf(heading, sizeof heading, "[%s]", programs[i].name);
		if (strcmp(line, heading) == 0) {
			*section = programs[i].program;
			return true;
		}
	}
	str_addf(&l->error, "there is no section %.60s", line);
	return false;
}

static bool read_line(struct settings_load *l, char *line, unsigned *section)
{
	line = str_trim(line);
	if (*line == '\0' || *line == '#')
		return true;
	if (*line == '[')
		return read_section(l, line, section);
	char *name = str_word(&line);
	return put_named(l, *section, name, str_trim(line));
}

static bool read_lines(struct settings_load *l, char *text)
{
	unsigned section = 0;
	for (char *next; text; text = next) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		l->line++;
		if (!read_line(l, text, &section))
			return false;
	}
	return true;
}

ssize_t settings_read(const char *file, char *text)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -1;
	size_t n = 0;
	ssize_t got;
	while ((got = read(fd, text + n, SETTINGS_FILE + 1 - n)) > 0)
		n += (size_t)got;
	int saved = errno;
	close(fd);
	errno = got < 0 ? saved : EFBIG;
	return got < 0 || n > SETTINGS_FILE ? -1 : (ssize_t)n;
}

static ssize_t (*source)(const char *file, char *text) = settings_read;

void settings_source(ssize_t (*reader)(const char *file, char *text))
{
	source = reader;
}

static bool read_text(struct settings_load *l, char *text, size_t n)
{
	text[n] = '\0';
	if (strlen(text) == n)
		return read_lines(l, text);
	str_add(&l->error, "holds a NUL");
	return false;
}

const char *settings_file(const char *named)
{
	static OWN_PAGES char path[sizeof start_folder + 1024];
	if (!named || named[0] == '/')
		return named ? named : DEFAULT_FILE;
	snprintf(path, sizeof path, "%s/%s", start_folder, named);
	return path;
}

/* A file that was not named need not exist. */
static bool read_file(struct settings_load *l, const char *named)
{
	const char *file = settings_file(named);
	char *text = malloc(SETTINGS_FILE + 1);
	ssize_t n = text ? source(file, text) : -1;
	bool good = n < 0 && errno == ENOENT && !named;
	if (n < 0 && !good)
		str_addf(&l->error, "cannot read %s: %s", file, strerror(errno));
	if (n >= 0) {
		l->file = file;
		good = read_text(l, text, (size_t)n);
	}
	free(text);
	return good;
}

static bool read_overrides(struct settings_load *l, char *const *overrides, size_t count)
{
	l->file = NULL;
	for (size_t i = 0; i < count; i++) {
		char name[64];
		const char *equals = strchr(overrides[i], '=');
		if (!equals || (size_t)(equals - overrides[i]) >= sizeof name) {
			str_addf(&l->error, "\"%.80s\" is not name=value", overrides[i]);
			return false;
		}
		memcpy(name, overrides[i], (size_t)(equals - overrides[i]));
		name[equals - overrides[i]] = '\0';
		if (!put_named(l, l->program, name, equals + 1))
			return false;
	}
	return true;
}

/* Defaults that other values or the system decide. */
static bool read_defaults(struct settings_load *l)
{
	char name[256] = "";
	if (!(l->program & (POP3D | SMTPD)))
		return true;
	if (l->s.hostname[0] == '\0') {
		if (gethostname(name, sizeof name - 1) < 0 || name[0] == '\0')
			strcpy(name, "localhost");
		if (!settings_text(l, &l->s.hostname, name))
			return false;
	}
	return l->s.domains[0] || settings_words(l, &l->s.domains, l->s.hostname);
}

bool settings_load(
	enum program program, const char *file, char *const *overrides, size_t count, char *error)
{
	char why[SETTINGS_ERROR];
	struct settings_load l = {.program = program, .folder = start_folder};
	str_init(&l.error, why, sizeof why);
	bool good = true;
	for (const struct setting *row = settings_table; good && row->name; row++)
		good = settings_put(&l, row, row->initial);
	good = good && read_file(&l, file) && read_overrides(&l, overrides, count) &&
	       read_defaults(&l);
	if (!good) {
		if (l.file)
			snprintf(error, SETTINGS_ERROR, "%s:%u: %.400s", l.file, l.line, why);
		else
			str_copy(error, SETTINGS_ERROR, why);
		forget(&l.s);
		return false;
	}
	forget(&settings);
	settings = l.s;
	return true;
}
