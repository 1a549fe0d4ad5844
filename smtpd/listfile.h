/*
 * listfile: files of recipients: the alias file, and those that it includes. Whose word such a file
 * is decides what it may say.
 */
#ifndef SMTPD_LISTFILE_H
#define SMTPD_LISTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct listfile {
	char *text; /* the caller's to free; its octets, with room for one more */
	size_t size;
	struct stat st; /* as it was read */
	bool trusted; /* root's word, or our own user's: programs and folders count */
};

enum listfile_result {
	LISTFILE_OK,
	LISTFILE_NONE, /* there is none */
	LISTFILE_TROUBLE /* logged; `text` is NULL */
};

/*
 * The alias file. A file that group or others may write is not believed: trouble.
 */
enum listfile_result listfile_read(const char *path, size_t most, struct listfile *f);

/*
 * The same for a file that another one names, which anybody may own and put in a folder of his.
 * Not through links; and it is trusted only if every folder above it can be, too. Else it is opened
 * with the rights of its owner.
 */
enum listfile_result listfile_include(const char *path, struct listfile *f);

/* Whether a file is still the one that was read. */
bool listfile_same(const struct stat *a, const struct stat *b);

#endif
