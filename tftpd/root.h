/*
 * root: from the name in a request to an open file, or why not. The only module that knows the
 * roots.
 */
#ifndef TFTPD_ROOT_H
#define TFTPD_ROOT_H

#include <stdint.h>
#include <sys/types.h>

#include "client.h"
#include "packet.h"
#include "priv.h"
#include "walk.h"

#define ROOTS 16
#define ROOT_PATH 1024 /* room for a path in the log */

/* Why a request is refused: for the client, and for the log. */
struct root_refusal {
	enum packet_code code;
	const char *message;
	const char *why;
};

struct root_file {
	char path[ROOT_PATH]; /* as far as the log goes: what was tried */
	int fd; /* to be read; -1: none */
	uint64_t size; /* of it */
	struct walk_end end; /* to be written: the folder (-1: none) and the name in it */
	mode_t mode; /* of what is written */
};

#define ROOT_NO_FILE                                                                               \
	(struct root_file)                                                                         \
	{                                                                                          \
		.fd = -1, .end.folder = -1                                                         \
	}

/* At start, with the privileges of the start: adds a folder, dies when it is none. */
void root_add(const char *path);
size_t root_count(void);

/* chroot to the first root. As root; dies when it fails. */
void root_enter(void);

/* All roots, for priv_confine(). Returns how many. */
size_t root_paths(struct priv_path paths[ROOTS]);

/* In a child: it has its file and needs the roots no more. */
void root_forget(void);

/*
 * Opens a file to be read: the first one of that name in the client's own folders (setting
 * `client-folders`) of each root, then in the roots themselves. NULL, or the refusal.
 */
const struct root_refusal *root_read(
	const char *name, const struct client *client, struct root_file *file);

/*
 * Finds where a file of `size` octets (0: not known) may be written: over one that everybody may
 * write, or, with the setting `create`, as a new one. Nothing is changed yet. NULL, or the refusal.
 */
const struct root_refusal *root_write(
	const char *name, uint64_t size, const struct client *client, struct root_file *file);

/* What the refusal for an errno is. */
const struct root_refusal *root_refusal(int error);

/* Closes what the two have opened; twice does no harm. */
void root_close(struct root_file *file);

#endif
