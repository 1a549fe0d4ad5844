/*
 * rules: the rules of a remap file, in the format of tftp-hpa: a line each, of
 *
 *	operation  pattern  [replacement]     # comment
 *
 * Fields end at a blank or #, unless a backslash stands before it.
 */
#ifndef TFTPD_RULES_H
#define TFTPD_RULES_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RULES 512
#define RULES_ERROR 1024

/* The letters of an operation. */
enum rule_flag {
	REPLACE = 1 << 0, /* r */
	AGAIN = 1 << 1, /* g: until it does not fit any more */
	ONWARD = 1 << 2, /* gg: the same, behind what was replaced */
	FOLD = 1 << 3, /* i */
	END = 1 << 4, /* e */
	RESTART = 1 << 5, /* s */
	REFUSE = 1 << 6, /* a */
	GET = 1 << 7, /* G */
	PUT = 1 << 8, /* P */
	IPV4 = 1 << 9, /* 4 */
	IPV6 = 1 << 10, /* 6 */
	UNLESS = 1 << 11 /* ~ */
};

struct rule {
	unsigned line;
	int flags;
	regex_t pattern;
	const char *replacement; /* in the text that was read */
};

extern struct rule *rules; /* those in force */
extern size_t rule_count;

/* Instead of the rules in force, takes those that stand in `text`, which is changed and must stay.
 * False, the rules as they were and "line 3: why" in `error` (RULES_ERROR octets) when anything is
 * wrong. */
bool rules_read(char *text, char *error);

/* Takes those of the file, as `reader` (see settings_read()) has it; `error` names the file, too.
 */
bool rules_load(const char *file, ssize_t (*reader)(const char *file, char *text), char *error);

#endif
