/*
 * walk: where a path below a folder leads. Runs in the loop, as the jailed user.
 */
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "str.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

#define DEPTH 32 /* folders */
#define LINKS 8
#define PATH 2048 /* a root, a name, and a link or two */

struct walk {
	int fd[DEPTH]; /* fd[0] is the root, the caller's */
	size_t depth; /* of the folder that we are in; 0: the root */
	const char *absolute;
	char todo[PATH]; /* the path still to go, and room to put a link's target before it */
	unsigned links;
	char *leaf;
};

static void leave(struct walk *w)
{
	close(w->fd[w->depth--]);
}

static int enter(struct walk *w, const char *name)
{
	if (w->depth + 1 == DEPTH)
		return ENAMETOOLONG;
	int fd = openat(w->fd[w->depth], name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno;
	w->fd[++w->depth] = fd;
	return 0;
}

/* The link's target, then what was left of the path, is what is left now. */
static int follow(struct walk *w, const char *target, const char *rest)
{
	size_t n, left = strlen(rest) + 1;

	if (++w->links > LINKS)
		return ELOOP;
	if (target[0] == '/') {
		n = strlen(w->absolute);
		if (strncmp(target, w->absolute, n) != 0 || (target[n] != '/' && target[n] != '\0'))
			return EXDEV;
		target += n;
		while (w->depth > 0)
			leave(w);
	}
	n = strlen(target);
	if (n + 1 + left > sizeof w->todo)
		return ENAMETOOLONG;
	memmove(w->todo + n + 1, rest, left); /* it may overlap */
	memcpy(w->todo, target, n);
	w->todo[n] = '/';
	return 0;
}

/* One name of the path; `rest` is what comes behind it. */
static int step(struct walk *w, const char *name, const char *rest)
{
	char target[PATH];

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		if (w->depth == 0)
			return EXDEV;
		leave(w);
		return 0;
	}
	if (str_begins(name, WALK_HIDDEN))
		return ENOENT;
	ssize_t n = readlinkat(w->fd[w->depth], name, target, sizeof target - 1);
	if (n >= 0) {
		target[n] = '\0';
		return follow(w, target, rest);
	}
	if (*rest != '\0')
		return enter(w, name);
	return str_copy(w->leaf, NAME_MAX + 1, name) ? 0 : ENAMETOOLONG;
}

static int steps(struct walk *w)
{
	int error = 0;

	while (!error) {
		char *name = w->todo + strspn(w->todo, "/");
		char *rest = name + strcspn(name, "/");
		if (*name == '\0')
			return *w->leaf ? 0 : EISDIR;
		if (*rest)
			*rest++ = '\0';
		rest += strspn(rest, "/");
		unsigned links = w->links;
		error = step(w, name, rest);
		if (!error && w->links == links) /* else follow() has set it anew */
			memmove(w->todo, rest, strlen(rest) + 1);
	}
	return error;
}

int walk(int root, const char *absolute, const char *path, struct walk_end *end)
{
	struct walk w = {.fd = {root}, .absolute = absolute, .leaf = end->leaf};
	int error = str_copy(w.todo, sizeof w.todo, path) ? 0 : ENAMETOOLONG;

	end->leaf[0] = '\0';
	end->folder = -1;
	if (!error)
		error = steps(&w);
	if (!error) {
		end->folder = w.depth > 0 ? w.fd[w.depth--] : fcntl(root, F_DUPFD_CLOEXEC, 0);
		error = end->folder < 0 ? errno : 0;
	}
	while (w.depth > 0)
		leave(&w);
	return error;
}
