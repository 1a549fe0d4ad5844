/*
 * reread: lets a process that has given up its rights read the settings file again.
 */
#ifndef LIB_REREAD_H
#define LIB_REREAD_H

/*
 * Forks a helper that keeps today's rights, knows the one file, and sends its text whenever
 * settings_load() asks; it ends with this process.
 */
void reread_start(const char *file);

/* In a child of this process, which has nothing to ask. */
void reread_forget(void);

#endif
