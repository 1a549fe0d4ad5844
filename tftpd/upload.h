/*
 * upload: a file that comes in under a temporary name of its folder, and appears under its own name
 * only when all of it is on disk. Functions that return int give -1 and errno.
 */
#ifndef TFTPD_UPLOAD_H
#define TFTPD_UPLOAD_H

#include "root.h"
#include "writeback.h"

struct upload {
	int fd, folder;
	mode_t mode;
	struct writeback writeback;
	char temporary[32];
	char leaf[NAME_MAX + 1]; /* after upload_commit(), the name that it got */
};

/* `file` is root_write()'s and stays the caller's. */
int upload_begin(struct upload *u, const struct root_file *file);

/* Never more than the setting `max-upload` (EFBIG). */
int upload_write(struct upload *u, const char *octets, size_t n);

/*
 * On disk, under its name, and the name on disk too. By the setting `overwrite`, a file of that
 * name, perhaps one that has come meanwhile, is replaced, or stays (EEXIST), or this one gets
 * another name. After an error: upload_discard().
 */
int upload_commit(struct upload *u);

/* As if it had never been; after a successful commit, does nothing. */
void upload_discard(struct upload *u);

/* A lock that says that a temporary file is somebody's; it ends with the process. */
int upload_lock(int fd, bool wait);

#endif
