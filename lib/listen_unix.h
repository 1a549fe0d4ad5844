/*
 * listen_unix: a listening socket with a path, of AF_UNIX. Between serve.c, listen.c and
 * listen_unix.c only.
 */
#ifndef LIB_LISTEN_UNIX_H
#define LIB_LISTEN_UNIX_H

/*
 * Listens there, with the mode that the umask leaves. A socket that nobody listens on any more is
 * replaced; anything else in its place is left alone. -1 and errno: EADDRINUSE when somebody does.
 */
int listen_unix(const char *path);

/* The daemon ends: removes those that are still ours. */
void listen_unix_end(void);

#endif
