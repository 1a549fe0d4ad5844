/*
 * upload: a file that comes in under a temporary name of its folder, and appears under its own name
 * only when all of it is on disk. Functions that return int give -1 and errno.
 */
#ifndef TFTPD_UPLOAD_H
#define TFTPD_UPLOAD_H

#include "root.h"

struct upload {
	int fd, folder;
	char temporary[32];
	const char *leaf;
};

/* `file` is root_write()'s and stays the caller's. */
int upload_begin(struct upload *u, const struct root_file *file);

/* On disk, under its name, and the name on disk too. After an error: upload_discard(). */
int upload_commit(struct upload *u);

/* As if it had never been; after a successful commit, does nothing. */
void upload_discard(struct upload *u);

#endif
