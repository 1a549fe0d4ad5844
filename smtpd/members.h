/*
 * members: the list of recipients that an alias, an included file or an account's `forward` holds.
 * Pure: no I/O, no allocation. trivet-aliases(5) describes the format.
 */
#ifndef SMTPD_MEMBERS_H
#define SMTPD_MEMBERS_H

#include "path.h"

#define MEMBER_TEXT 512

enum member_kind {
	MEMBER_END, /* no more of them */
	MEMBER_FAULT, /* what stands there is none: text says why */
	MEMBER_ADDRESS, /* an address, or the name of an alias or account */
	MEMBER_ACCOUNT, /* the same, but no alias: "\name" */
	MEMBER_NOTHING, /* "/dev/null": mail is thrown away */
	MEMBER_FOLDER, /* text is the path of a Maildir, without a slash at its end */
	MEMBER_PROGRAM, /* text is a command line */
	MEMBER_INCLUDE, /* text is the path of a file with more of them */
	MEMBER_ERROR /* text is a whole reply without its line end */
};

struct member {
	enum member_kind kind;
	struct path address; /* of MEMBER_ADDRESS and MEMBER_ACCOUNT */
	char text[MEMBER_TEXT];
	unsigned line; /* where it begins, from 0 */
};

struct members {
	const char *at; /* the rest of the list */
	bool lines; /* an included file: a line end separates, and '#' begins a comment line */
	unsigned line;
};

/* The next one; returns its kind. Behind one that is MEMBER_FAULT the list goes on. */
enum member_kind members_next(struct members *list, struct member *m);

/* Why a list will not do as a whole, or NULL; *line is where. */
const char *members_fault(const char *list, unsigned *line);

#endif
