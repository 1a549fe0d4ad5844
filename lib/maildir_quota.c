/*
 * maildir_quota: how much a Maildir and its folders hold, by the file maildirsize of Maildir++,
 * which Courier and Dovecot keep as well. Runs with the ids of the mailbox's owner.
 *
 * Its first line has the limits ("1000000S,1000C": octets, messages); every other one octets and
 * messages that came or went. Their sum is what is there; messages marked T and the folder .Trash
 * do not count.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "maildir.h"
#include "str.h"

#define SIZE_FILE "maildirsize"
#define LARGEST 5120 /* octets of a file that is still added to */
#define STALE (15 * 60) /* seconds */
#define MOST ((uint64_t)1 << 62)

struct usage {
	uint64_t octets_limit, messages_limit; /* 0: none */
	uint64_t octets, messages; /* added up modulo 2 to the power of 64 */
	unsigned lines; /* they were added up from */
	time_t written;
};

static bool read_limits(struct usage *u, char *line)
{
	for (char *next; line; line = next) {
		next = strchr(line, ',');
		if (next)
			*next++ = '\0';
		size_t n = strlen(line);
		char letter = n > 0 ? line[n - 1] : '\0';
		if (letter != 'S' && letter != 'C')
			return false;
		line[n - 1] = '\0';
		if (!str_number(line, MOST, letter == 'S' ? &u->octets_limit : &u->messages_limit))
			return false;
	}
	return true;
}

static bool read_change(char **line, uint64_t *sum)
{
	uint64_t n;
	const char *word = str_word(line);
	bool less = word && word[0] == '-';
	if (!word || !str_number(word + less, MOST, &n))
		return false;
	*sum += less ? -n : n;
	return true;
}

static bool read_lines(struct usage *u, char *text)
{
	char *next = strchr(text, '\n');
	if (!next)
		return false;
	*next++ = '\0';
	if (!read_limits(u, text))
		return false;
	while ((text = next) != NULL && *text) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		if (!read_change(&text, &u->octets) || !read_change(&text, &u->messages))
			return false;
		u->lines++;
	}
	return u->lines > 0 && u->octets <= MOST && u->messages <= MOST;
}

/* False: there is none that can be believed. */
static bool read_usage(const struct maildir *m, struct usage *u)
{
	char text[LARGEST + 1];
	struct stat st;
	*u = (struct usage){.lines = 0};
	int fd = maildir_file(m, SIZE_FILE, O_RDONLY);
	if (fd < 0)
		return false;
	ssize_t n = fstat(fd, &st) == 0 ? read(fd, text, LARGEST) : -1;
	close(fd);
	if (n <= 0 || n == LARGEST)
		return false;
	text[n] = '\0';
	u->written = st.st_mtime;
	return read_lines(u, text);
}

/* Counting. */
struct count {
	struct usage *usage;
	const struct maildir *at;
	uint64_t stamp; /* of all folders: different when one of them has changed */
};

static void count_message(void *context, enum maildir_folder folder, const char *name)
{
	struct count *c = context;
	struct stat st;
	uint64_t octets;
	if (strchr(name + maildir_base(name), 'T'))
		return;
	if (!maildir_attribute(name, ",S=", &octets)) {
		if (fstatat(c->at->folder[folder], name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
			!S_ISREG(st.st_mode))
			return;
		octets = (uint64_t)st.st_size;
	}
	c->usage->octets += octets;
	c->usage->messages++;
}

static int visit_folder(const struct maildir *m, struct count *c)
{
	for (int i = MAILDIR_NEW; i <= MAILDIR_CUR; i++) {
		struct stat st;
		if (m->folder[i] >= 0 && fstat(m->folder[i], &st) == 0)
			c->stamp += (uint64_t)st.st_ino * 31 +
				    (uint64_t)st.st_mtim.tv_sec * 1000000000 +
				    (uint64_t)st.st_mtim.tv_nsec;
	}
	c->at = m;
	return c->usage ? maildir_scan(m, count_message, c) : 0;
}

/* A folder, or with "." the Maildir itself; what is none is passed over. */
static int visit_below(const struct maildir *m, const char *name, struct count *c)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct maildir folder = {openat(m->root, name, flags), {-1, -1, -1}};
	if (folder.root < 0)
		return errno == ENOTDIR || errno == ENOENT || errno == ELOOP ? 0 : -1;
	folder.folder[MAILDIR_NEW] = openat(folder.root, "new", flags);
	folder.folder[MAILDIR_CUR] = openat(folder.root, "cur", flags);
	int result = visit_folder(&folder, c);
	int error = errno;
	maildir_close(&folder);
	errno = error;
	return result;
}

static bool is_folder(const char *name)
{
	return name[0] == '.' && name[1] && strcmp(name, "..") != 0 && strcmp(name, ".Trash") != 0;
}

static int visit_all(const struct maildir *m, struct count *c)
{
	int fd = openat(m->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	int result = visit_below(m, ".", c);
	const struct dirent *e;
	while (result == 0 && (errno = 0, e = readdir(dir)) != NULL)
		if (is_folder(e->d_name))
			result = visit_below(m, e->d_name, c);
	int error = errno;
	closedir(dir);
	errno = error;
	return error ? -1 : 0;
}

/* Without an fsync: a file that a crash has spoiled is counted anew. */
static bool write_usage(const struct maildir *m, const char *hostname, const struct usage *u)
{
	char text[128];
	struct str s;
	struct maildir_draft d;
	str_init(&s, text, sizeof text);
	str_addf(&s, "%lluS", (unsigned long long)u->octets_limit);
	if (u->messages_limit)
		str_addf(&s, ",%lluC", (unsigned long long)u->messages_limit);
	str_addf(&s, "\n%llu %llu\n", (unsigned long long)u->octets,
		(unsigned long long)u->messages);
	if (maildir_draft(m, hostname, &d) < 0)
		return false;
	bool written = write_all(d.fd, s.at, s.len) == 0 &&
		       renameat(m->folder[MAILDIR_TMP], d.name, m->root, SIZE_FILE) == 0;
	if (written)
		d.name[0] = '\0';
	maildir_discard(m, &d);
	return written;
}

/* Who has delivered or removed meanwhile has added his line to the old file, or to none. */
static int count_anew(const struct maildir *m, const char *hostname, struct usage *u)
{
	struct count before = {.usage = u}, after = {.usage = NULL};
	u->octets = u->messages = 0;
	if (visit_all(m, &before) < 0)
		return -1;
	if (write_usage(m, hostname, u) &&
		(visit_all(m, &after) < 0 || after.stamp != before.stamp))
		unlinkat(m->root, SIZE_FILE, 0);
	return 0;
}

int maildir_room(const struct maildir *m, const char *hostname, uint64_t quota, uint64_t octets)
{
	struct usage u;
	bool known = read_usage(m, &u) && u.octets_limit == quota;
	if (known && u.octets + octets <= quota)
		return 1;
	/* Nobody is refused by a sum that may have gone wrong. */
	if (known && u.lines == 1 && u.written > time(NULL) - STALE)
		return 0;
	u.octets_limit = quota;
	if (count_anew(m, hostname, &u) < 0)
		return -1;
	return u.octets + octets <= quota;
}
