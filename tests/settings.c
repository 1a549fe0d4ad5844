/*
 * settings: prints the table of trivet.conf(5) from the table that the programs read their settings
 * by. `make man` puts it into the page; a test sees that it is there.
 */
#include <stdio.h>
#include <string.h>

#include "settings.h"

static void print_programs(unsigned programs)
{
	const char *separator = "";
	for (unsigned bit = 1; bit <= programs; bit <<= 1) {
		if (!(programs & bit))
			continue;
		printf("%s%s", separator, settings_program_name((enum program)bit));
		separator = ", ";
	}
}

/* In lines of the page's width; a word never begins a line with a dot. */
static void print_text(const char *text)
{
	size_t column = 0;
	while (*text) {
		size_t word = strcspn(text, " ");
		if (column + 1 + word > 76)
			column = 0;
		printf("%s%.*s", column > 0 ? " " : "\n", (int)word, text);
		column += 1 + word;
		text += word + (text[word] == ' ');
	}
}

#define SETTING(name, programs, kind, field, initial, unit, least, most, meaning) meaning,

static const char *const meanings[] = {
#include "settings_rows.h"
};

int main(void)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
		const struct setting *row = &settings_table[i];
		printf(".It Ic %s", row->name);
		print_text(meanings[i]);
		printf("\n.br\nDefault: %s%s%s.\nPrograms: ",
			row->initial[0] ? row->initial : "empty", row->unit[0] ? "; unit: " : "",
			row->unit);
		print_programs(row->programs);
		printf(".\n");
	}
	return 0;
}
