/*
 * walk() against the kernel: openat2(2) with RESOLVE_BENEATH, on many paths made of names, links,
 * "." and "..". Works in a folder of its own below the current one.
 */
#include "../../tftpd/walk.c"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "unit.h"

#define CALL_OPENAT2 437
#define BENEATH 8
#define PATHS 20000

static int root;

static void make_tree(void)
{
	char name[] = "tftpd-XXXXXX";
	int fd;

	CHECK(mkdtemp(name) && chdir(name) == 0);
	CHECK(mkdir("root", 0755) == 0 && mkdir("root/a", 0755) == 0);
	CHECK(mkdir("root/a/b", 0755) == 0 && mkdir("outside", 0755) == 0);
	for (const char *const *f = (const char *const[]){"root/f", "root/a/f", "root/a/b/f",
		     "outside/f", NULL};
		*f; f++) {
		fd = open(*f, O_WRONLY | O_CREAT, 0644);
		CHECK(fd >= 0);
		close(fd);
	}
	CHECK(symlink("..", "root/a/up") == 0 && symlink("a/b", "root/deep") == 0);
	CHECK(symlink("../../outside", "root/a/out") == 0 && symlink("/etc", "root/etc") == 0);
	CHECK(symlink("f", "root/a/b/link") == 0 && symlink("../f", "root/a/link") == 0);
	CHECK(symlink("loop", "root/loop") == 0 && symlink("../root/f", "root/again") == 0);
	CHECK(symlink("nowhere", "root/dangling") == 0);
	root = open("root", O_PATH | O_DIRECTORY);
	CHECK(root >= 0);
}

static void make_path(char *path, size_t cap)
{
	static const char *const names[] = {"a", "b", "f", ".", "..", "up", "deep", "out", "etc",
		"link", "loop", "again", "dangling", "nowhere", "a", "b", "..", "f"};
	struct str s;

	str_init(&s, path, cap);
	for (int n = 1 + rand() % 6; n > 0; n--)
		str_addf(&s, "%s%s", names[(size_t)rand() % (sizeof names / sizeof names[0])],
			n > 1 ? "/" : "");
}

/*
 * An errno, or 0 and what was found. The kernel gives up at ".." (EAGAIN) where something, anywhere
 * on the machine, is renamed at that moment: it is asked again.
 */
static int by_kernel(const char *path, struct stat *status)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = {O_PATH | O_CLOEXEC, 0, BENEATH};
	int fd = -1;

	for (int n = 0; n < 10000; n++) {
		fd = (int)syscall(CALL_OPENAT2, root, path, &how, sizeof how);
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	if (fd < 0)
		return errno;
	CHECK(fstat(fd, status) == 0);
	close(fd);
	return 0;
}

/* A path that ends in a folder itself is EISDIR to the one, and found by the other. */
static int by_walk(const char *path, struct stat *status)
{
	struct walk_end end;
	int error = walk(root, "/no/such", path, &end);

	if (!error && fstatat(end.folder, end.leaf, status, AT_SYMLINK_NOFOLLOW) < 0)
		error = errno;
	if (end.folder >= 0)
		close(end.folder);
	return error;
}

static void compare(const char *path)
{
	struct stat kernel, own;
	int wanted = by_kernel(path, &kernel), got = by_walk(path, &own);
	bool same = wanted == got || (wanted == 0 && got == EISDIR && S_ISDIR(kernel.st_mode));

	if (wanted == 0 && got == 0)
		same = kernel.st_dev == own.st_dev && kernel.st_ino == own.st_ino;
	if (!same)
		fprintf(stderr, "%s: openat2 %s, walk %s\n", path, strerror(wanted), strerror(got));
	CHECK(same);
}

int main(void)
{
	char path[256];
	struct stat status;

	make_tree();
	if (by_kernel("f", &status) == ENOSYS)
		return unit_end(); /* an old kernel: nothing to compare with */
	srand(1);
	for (int i = 0; i < PATHS; i++) {
		make_path(path, sizeof path);
		compare(path);
	}
	return unit_end();
}
