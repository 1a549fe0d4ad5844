/*
 * sink: delivers to the Maildirs of -S, which need no account. Runs in the keeper, as a plain user:
 * the owner of the folder.
 */
#include "sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account_sink.h"
#include "io.h"
#include "log.h"
#include "settings.h"

/* An X-Envelope line, at its longest. */
#define LINE (PATH_TEXT + 32)

/* One who gets the message. */
struct taker {
	struct path to;
	char folder[ACCOUNT_SINK_NAME];
	char name[MAILDIR_NAME]; /* of the message in that Maildir; "" if it is not there */
};

static struct taker *takers;
static size_t count, room;
static char *top; /* what k->trace stands in */
static size_t sender, envelope; /* octets of its first line, and of all envelope lines */
static int error; /* errno of the step that failed */
static uint64_t keep = 500;

void sink_keep(uint64_t messages)
{
	keep = messages;
}

/* Always false. */
static bool fail(const char *folder, const char *step)
{
	error = errno;
	log_event(LOG_ERR, "sink failed: maildir=%s %s: %s", log_quote(folder), step,
		strerror(error));
	return false;
}

static enum verdict verdict(void)
{
	return error == ENOSPC || error == EDQUOT ? DISK_FULL : TROUBLE;
}

static void find_path(const char *folder, char path[ACCOUNT_PATH])
{
	snprintf(path, ACCOUNT_PATH, "%s/%s", account_sink(), folder);
}

static struct taker *add_taker(void)
{
	if (count == room) {
		size_t more = room ? 2 * room : 4;
		struct taker *bigger = realloc(takers, more * sizeof *takers);
		if (!bigger)
			return NULL;
		takers = bigger;
		room = more;
	}
	return &takers[count++];
}

/* One more Maildir; false: no memory. */
static bool add_folder(const char *folder, const struct path *to)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(takers[i].folder, folder) == 0)
			return true;
	struct taker *r = add_taker();
	if (!r)
		return fail(folder, "recipient");
	*r = (struct taker){.to = *to};
	strcpy(r->folder, folder);
	return true;
}

/* The message is written to DIR/all first, as to the only target of a delivery. */
enum verdict sink_add(struct keeper *k, const struct path *to)
{
	struct destination all = {.box.owner = {.uid = geteuid(), .gid = getegid()}};
	char address[PATH_LOCAL + PATH_DOMAIN], folder[ACCOUNT_SINK_NAME];
	snprintf(
		address, sizeof address, "%s%s%s", to->local, to->domain[0] ? "@" : "", to->domain);
	account_sink_name(address, folder);
	find_path(ACCOUNT_SINK_ALL, all.box.path);
	if (!add_folder(folder, to) || !deliver_recipient(&k->delivery, to))
		return TROUBLE;
	return deliver_add(&k->delivery, &all);
}

static void write_line(const char *name, const struct path *p, struct str *to)
{
	str_addf(to, "%s: <", name);
	path_write(p, to);
	str_add(to, ">\n");
}

enum verdict sink_envelope(struct keeper *k)
{
	size_t need = (count + 1) * LINE + TRACE_TEXT;
	top = malloc(need);
	if (!top) {
		fail(ACCOUNT_SINK_ALL, "envelope");
		return TROUBLE;
	}
	str_init(&k->trace, top, need);
	write_line("X-Envelope-From", &k->mail.from, &k->trace);
	sender = k->trace.len;
	for (size_t i = 0; i < count; i++)
		write_line("X-Envelope-To", &takers[i].to, &k->trace);
	envelope = k->trace.len;
	return YES;
}

/* Another session may be about to make it. */
static bool open_or_make(struct maildir *m, const char *path)
{
	if (maildir_open(m, path) == 0) {
		if (m->folder[MAILDIR_TMP] >= 0 && m->folder[MAILDIR_NEW] >= 0)
			return true;
		maildir_close(m);
	} else if (errno != ENOENT)
		return false;
	return maildir_make(path) == 0 && maildir_open(m, path) == 0;
}

/* The message with one recipient in its envelope. */
static bool write_copy(
	struct keeper *k, const struct taker *r, struct maildir_draft *to, uint64_t disk)
{
	char own[2 * LINE];
	struct str s;
	str_init(&s, own, sizeof own);
	str_addn(&s, k->trace.at, sender);
	write_line("X-Envelope-To", &r->to, &s);
	return write_all(to->fd, s.at, s.len) == 0 &&
	       deliver_octets(k->delivery.spool, to->fd, envelope, disk);
}

static bool copy(
	struct keeper *k, const struct maildir *m, struct taker *r, uint64_t disk, uint64_t wire)
{
	struct maildir_draft draft;
	struct stat st;
	bool good = maildir_draft(m, settings.hostname, &draft) == 0 &&
		    write_copy(k, r, &draft, disk) && fstat(draft.fd, &st) == 0;
	if (good) {
		uint64_t less = disk - (uint64_t)st.st_size; /* the lines of other recipients */
		maildir_name(&draft, disk - less, wire - less - (count - 1), r->name);
		good = maildir_publish(m, &draft, r->name) == 0;
	}
	if (!good)
		r->name[0] = '\0';
	maildir_discard(m, &draft);
	return good;
}

/* A lone recipient's message is the same as in DIR/all, `name` there. */
static bool share(
	const struct keeper *k, const struct maildir *m, struct taker *r, const char *name)
{
	const struct delivery *d = &k->delivery;
	if (count > 1 || maildir_share(&d->target[0].dir, &d->target[0].draft, m, name) < 0)
		return false;
	strcpy(r->name, name);
	return true;
}

static bool give(struct keeper *k, struct taker *r, uint64_t disk, uint64_t wire)
{
	const struct target *all = &k->delivery.target[0];
	char path[ACCOUNT_PATH];
	struct maildir m;
	if (strcmp(r->folder, ACCOUNT_SINK_ALL) == 0)
		return true;
	find_path(r->folder, path);
	if (!open_or_make(&m, path))
		return fail(r->folder, "open");
	bool good = share(k, &m, r, all->name) || copy(k, &m, r, disk, wire) ||
		    fail(r->folder, "write");
	if (good)
		sink_trim(&m, path, keep);
	maildir_close(&m);
	return good;
}

static void withdraw(void)
{
	char path[ACCOUNT_PATH];
	struct maildir m;
	for (size_t i = 0; i < count; i++) {
		find_path(takers[i].folder, path);
		if (!takers[i].name[0] || maildir_open(&m, path) < 0)
			continue;
		maildir_withdraw(&m, takers[i].name);
		maildir_close(&m);
	}
}

/* Who reads along may be gone. */
static void tell(const struct keeper *k, const char *path, const char *name)
{
	char text[ACCOUNT_PATH + MAILDIR_NAME + 8];
	struct str s;
	str_init(&s, text, sizeof text);
	str_addf(&s, "%s/%s/%s\n", path, maildir_folder_name(MAILDIR_NEW), name);
	if (k->peer->in != STDIN_FILENO && write_all(STDOUT_FILENO, s.at, s.len) < 0)
		log_event(LOG_DEBUG, "standard output: %s", strerror(errno));
}

enum verdict sink_commit(struct keeper *k, uint64_t disk, uint64_t wire)
{
	struct delivery *d = &k->delivery;
	struct target *all = &d->target[0];
	char path[ACCOUNT_PATH];
	bool good = true;
	find_path(ACCOUNT_SINK_ALL, path);
	maildir_name(&all->draft, disk, wire, all->name);
	for (size_t i = 0; good && i < count; i++)
		good = give(k, &takers[i], disk, wire);
	good = good && (maildir_publish(&all->dir, &all->draft, all->name) == 0 ||
			       fail(ACCOUNT_SINK_ALL, "publish"));
	if (!good) {
		withdraw();
		return verdict();
	}
	sink_trim(&all->dir, path, keep);
	tell(k, path, all->name);
	return YES;
}

void sink_forget(void)
{
	free(top);
	top = NULL;
	count = 0;
}

void sink_end(void)
{
	sink_trim_all(keep);
}
