/*
 * Any line as the argument of MAIL: no fault; what is accepted is valid, and reads back as the
 * same.
 */
#include <assert.h>
#include <stdlib.h>

#include "../../smtpd/path.c"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void write_path(const struct path *p, char text[PATH_TEXT + 2])
{
	struct str s;
	str_init(&s, text, PATH_TEXT + 2);
	str_add(&s, "<");
	path_write(p, &s);
	str_add(&s, ">");
	assert(!s.cut);
}

static void read_line(const char *line)
{
	struct path p, again;
	char text[PATH_TEXT + 2];
	if (path_read(&line, &p) != PATH_OK)
		return;
	assert(path_valid(&p));
	write_path(&p, text);
	line = text;
	assert(path_read(&line, &again) == PATH_OK && *line == '\0');
	assert(memcmp(&p, &again, sizeof again) == 0);
}

/* As it may come from a front that was taken over. */
static void record(const unsigned char *data, size_t size)
{
	struct path p;
	char text[PATH_TEXT + 2];
	if (size < sizeof p)
		return;
	memcpy(&p, data, sizeof p);
	if (path_valid(&p))
		write_path(&p, text);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *line = malloc(size + 1), *keyword, *value; /* of this size: a step too far is found */
	if (!line)
		return 0;
	memcpy(line, data, size);
	line[size] = '\0';
	read_line(line);
	for (char *rest = line; path_parameter(&rest, &keyword, &value);)
		assert(*keyword != '\0' && (!value || *value != '\0'));
	record(data, size);
	free(line);
	return 0;
}
