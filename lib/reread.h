/*
 * reread: lets a process that has given up its rights read a few files again: the settings, and
 * what else it names before.
 */
#ifndef LIB_REREAD_H
#define LIB_REREAD_H

#include <sys/types.h>

#define REREAD_FILES 4

/*
 * Forks a helper that keeps today's rights, knows these files and no other (the list ends with
 * NULL, the names stay the caller's), and sends the text of one whenever it is asked; it ends with
 * this process. From now on settings_load() asks it, too.
 */
void reread_start(const char *const *files);

/* As settings_read(). */
ssize_t reread(const char *file, char *text);

/* In a child of this process, which has nothing to ask. */
void reread_forget(void);

#endif
