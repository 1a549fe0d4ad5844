/*
 * root: from the name in a request to an open file. root_add() and root_enter() run with the
 * privileges of the start, the rest in the loop and its children as the jailed user.
 */
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <unistd.h>

#include "log.h"
#include "memory.h"
#include "settings.h"
#include "str.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

static struct root {
	const char *path; /* absolute, without slashes at its end */
	int fd;
} roots[ROOTS];
static size_t count;

static const char not_found[] = "File not found";
static const char violation[] = "Access violation";
static const char file_exists[] = "File already exists";
static const char disk_full[] = "Disk full or allocation exceeded";

static const struct root_refusal missing = {PACKET_NOT_FOUND, not_found, "missing"},
				 may_not_create = {PACKET_NOT_FOUND, not_found,
					 "missing, and create is off"},
				 not_regular = {PACKET_ACCESS, violation, "not a regular file"},
				 not_readable = {PACKET_ACCESS, violation, "not world-readable"},
				 not_writable = {PACKET_ACCESS, violation, "not world-writable"},
				 exists = {PACKET_EXISTS, file_exists, "exists"},
				 too_large = {PACKET_DISK, disk_full, "more than max-upload"},
				 no_space = {PACKET_DISK, disk_full, "no space"};

static const struct {
	int error;
	struct root_refusal refusal;
} refusals[] = {
	{ENOENT, {PACKET_NOT_FOUND, not_found, "missing"}},
	{ENOTDIR, {PACKET_NOT_FOUND, not_found, "missing"}},
	{ENAMETOOLONG, {PACKET_NOT_FOUND, not_found, "name too long"}},
	{EXDEV, {PACKET_ACCESS, violation, "outside"}},
	{ELOOP, {PACKET_ACCESS, violation, "too many links"}},
	{EISDIR, {PACKET_ACCESS, violation, "not a regular file"}},
	{EACCES, {PACKET_ACCESS, violation, "not permitted to the daemon"}},
	{EPERM, {PACKET_ACCESS, violation, "not permitted to the daemon"}},
	{EROFS, {PACKET_ACCESS, violation, "read-only file system"}},
	{ENOSPC, {PACKET_DISK, disk_full, "no space"}},
	{EDQUOT, {PACKET_DISK, disk_full, "over quota"}},
	{EFBIG, {PACKET_DISK, disk_full, "more than max-upload"}},
	{EEXIST, {PACKET_EXISTS, file_exists, "exists"}},
};

const struct root_refusal *root_refusal(int error)
{
	static struct root_refusal other = {PACKET_UNDEFINED, "Server trouble", NULL};

	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if (refusals[i].error == error)
			return &refusals[i].refusal;
	other.why = strerror(error);
	return &other;
}

void root_add(const char *path)
{
	static OWN_PAGES char paths[ROOTS][ROOT_PATH];
	char real[PATH_MAX];
	const char *given = path;

	if (path[0] != '/')
		path = realpath(path, real);
	int fd = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd < 0)
		die(EX_NOINPUT, "cannot open the folder %s: %s", given, strerror(errno));
	size_t n = strlen(path);
	while (n > 0 && path[n - 1] == '/')
		n--;
	if (count == ROOTS)
		die(EX_USAGE, "more than %d folders", ROOTS);
	if (n >= ROOT_PATH)
		die(EX_USAGE, "the path of a folder is too long");
	memcpy(paths[count], path, n);
	roots[count] = (struct root){paths[count], fd};
	count++;
}

size_t root_count(void)
{
	return count;
}

void root_enter(void)
{
	if (fchdir(roots[0].fd) < 0 || chroot(".") < 0)
		die(EX_OSERR, "chroot %s: %s", roots[0].path, strerror(errno));
}

size_t root_paths(struct priv_path paths[ROOTS])
{
	for (size_t i = 0; i < count; i++)
		paths[i] = (struct priv_path){.fd = roots[i].fd, .write = true};
	return count;
}

void root_forget(void)
{
	while (count > 0)
		close(roots[--count].fd);
}

void root_close(struct root_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->end.folder >= 0)
		close(file->end.folder);
	file->fd = file->end.folder = -1;
}

/* The name below this root: its own path before it is left out, as in.tftpd has it. */
static const char *below(const struct root *r, const char *name)
{
	size_t n = strlen(r->path);

	if (!settings.secure && str_begins(name, r->path) && name[n] == '/')
		name += n;
	return name + strspn(name, "/");
}

/* Somewhere that a name may lie: a root, or a client's own folder in it. */
struct place {
	const struct root *root;
	const char *folder; /* as the setting has it; "" for the root itself */
	const struct client *client;
};

static size_t folder_count(void)
{
	size_t n = 0;

	while (settings.client_folders && settings.client_folders[n])
		n++;
	return n;
}

static size_t place_count(void)
{
	return (folder_count() + 1) * count;
}

static struct place place_at(size_t i, const struct client *client)
{
	size_t folder = i / count;
	bool own = folder < folder_count();

	return (struct place){
		&roots[i % count], own ? settings.client_folders[folder] : "", client};
}

/* Fills in the folder and what is known of the file in it. 0 or an errno. */
static int find(
	const struct place *p, const char *name, struct root_file *file, struct stat *status)
{
	const struct root *r = p->root;
	char path[ROOT_PATH];
	struct str s, tried;

	str_init(&tried, file->path, sizeof file->path);
	str_init(&s, path, sizeof path);
	if (*p->folder) {
		if (!client_path(p->client, p->folder, &s))
			return ENOENT;
		str_add(&s, "/");
	}
	str_add(&s, below(r, name));
	str_addf(&tried, "%s/%s", r->path, path);
	int error = s.cut ? ENAMETOOLONG
			  : walk(r->fd, settings.secure ? "" : r->path, path, &file->end);
	if (error)
		return error;
	/* Before it is opened: the opening of a device can do things. */
	if (fstatat(file->end.folder, file->end.leaf, status, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return errno;
}

static const struct root_refusal *may_read(const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return S_ISDIR(status->st_mode) ? root_refusal(EISDIR) : &not_regular;
	return status->st_mode & S_IROTH || settings.permissive ? NULL : &not_readable;
}

static const struct root_refusal *read_in(
	const struct place *p, const char *name, struct root_file *file)
{
	struct stat status;
	int error = find(p, name, file, &status);
	const struct root_refusal *refusal = error ? root_refusal(error) : may_read(&status);

	if (refusal)
		return refusal;
	file->fd = openat(file->end.folder, file->end.leaf,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file->fd < 0 || fstat(file->fd, &status) < 0)
		return root_refusal(errno);
	file->size = (uint64_t)status.st_size;
	close(file->end.folder);
	file->end.folder = -1;
	return may_read(&status);
}

/* A folder that is written in is synced in the end, so it has to be opened for reading. */
static const struct root_refusal *open_folder(struct root_file *file, uint64_t size)
{
	struct statvfs fs;
	int fd;

	if (settings.max_upload && size > settings.max_upload)
		return &too_large;
	fd = openat(file->end.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return root_refusal(errno);
	close(file->end.folder);
	file->end.folder = fd;
	/* Some file systems, in memory for instance, do not say how large they are. */
	if (fstatvfs(fd, &fs) == 0 && fs.f_frsize > 0 && fs.f_blocks > 0 &&
		size / fs.f_frsize >= fs.f_bavail)
		return size > 0 ? &no_space : NULL;
	return NULL;
}

/* Of a new file. */
static mode_t fresh_mode(void)
{
	return S_IFREG | (0666 & ~(mode_t)settings.umask);
}

/* The system's permissions alone: the daemon could write it. */
static bool writable(const struct root_file *file)
{
	int fd = openat(file->end.folder, file->end.leaf,
		O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* A file that is there: by the setting `overwrite`. A numbered one beside it is a new one. */
static const struct root_refusal *may_overwrite(const struct root_file *file, struct stat *status)
{
	if (strcmp(settings.overwrite, "refuse") == 0)
		return &exists;
	if (strcmp(settings.overwrite, "number") == 0) {
		status->st_mode = fresh_mode();
		return settings.create ? NULL : &exists;
	}
	if (settings.permissive)
		return writable(file) ? NULL : root_refusal(EACCES);
	return status->st_mode & S_IWOTH ? NULL : &not_writable;
}

static const struct root_refusal *write_in(
	const struct place *p, const char *name, uint64_t size, bool create, struct root_file *file)
{
	struct stat status = {.st_mode = fresh_mode()};
	int error = find(p, name, file, &status);
	bool fresh = error == ENOENT && file->end.folder >= 0;

	if (fresh && !create)
		return settings.create ? &missing : &may_not_create;
	if (error && !fresh)
		return root_refusal(error);
	if (!S_ISREG(status.st_mode))
		return S_ISDIR(status.st_mode) ? root_refusal(EISDIR) : &not_regular;
	const struct root_refusal *refusal = fresh ? NULL : may_overwrite(file, &status);
	if (refusal)
		return refusal;
	file->mode = status.st_mode & 0777;
	return open_folder(file, size);
}

struct wanted {
	const char *name;
	const struct client *client;
	bool put, create;
	uint64_t size; /* of what is put */
};

static const struct root_refusal *look(size_t i, const struct wanted *w, struct root_file *file)
{
	struct place place = place_at(i, w->client);

	root_close(file);
	return w->put ? write_in(&place, w->name, w->size, w->create, file)
		      : read_in(&place, w->name, file);
}

/* In the first place that has the name. A folder is told of only if no place has a file. */
static const struct root_refusal *search(const struct wanted *w, struct root_file *file)
{
	const struct root_refusal *refusal = &missing;
	size_t places = place_count(), folder = places;
	bool on = true;

	*file = ROOT_NO_FILE;
	for (size_t i = 0; i < places && on; i++) {
		refusal = look(i, w, file);
		bool is_folder = refusal == root_refusal(EISDIR);
		on = is_folder || (refusal && refusal->code == PACKET_NOT_FOUND);
		folder = is_folder && i < folder ? i : folder;
	}
	if (on && folder < places)
		refusal = look(folder, w, file);
	if (refusal)
		root_close(file);
	return refusal;
}

const struct root_refusal *root_read(
	const char *name, const struct client *client, struct root_file *file)
{
	return search(&(struct wanted){.name = name, .client = client}, file);
}

/* A file that is there, in whatever place, comes before a new one in an earlier place. */
const struct root_refusal *root_write(
	const char *name, uint64_t size, const struct client *client, struct root_file *file)
{
	struct wanted w = {.name = name, .client = client, .put = true, .size = size};
	const struct root_refusal *refusal = search(&w, file);

	w.create = settings.create;
	return w.create && refusal && refusal->code == PACKET_NOT_FOUND ? search(&w, file)
									: refusal;
}
