/*
 * expand: from an alias or an account to the places that its mail goes to. Runs in the keeper, with
 * the privileges of the start; takes an owner's ids where it looks below a mailbox's folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "book.h"
#include "listfile.h"
#include "log.h"
#include "members.h"
#include "search.h"
#include "settings.h"

/* Where a list of members stands. */
struct origin {
	const char *file; /* or "account NAME" */
	unsigned line; /* of its first line; 0: it has no lines */
	bool trusted; /* programs, folders and included files count */
	const struct account *account; /* who forwards; NULL: an alias */
};

__attribute__((format(printf, 3, 4))) static void complain_of(
	const struct origin *o, const struct member *m, const char *format, ...)
{
	char what[LOG_LINE];
	va_list ap;
	va_start(ap, format);
	vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	if (o->line)
		log_event(LOG_WARNING, "aliases %s:%u: %s", o->file, o->line + m->line, what);
	else
		log_event(LOG_WARNING, "%s: %s", o->file, what);
}

static void add_destination(struct search *s, const struct destination *to)
{
	struct route *r = s->route;
	if (r->count == r->room) {
		size_t room = r->room ? 2 * r->room : 4;
		struct destination *more = realloc(r->destination, room * sizeof *more);
		s->seen.failed = s->seen.failed || !more;
		if (!more)
			return;
		r->destination = more;
		r->room = room;
	}
	r->destination[r->count++] = *to;
}

/* Adds it, unless mail goes there already. */
static void add_place(struct search *s, const struct destination *to)
{
	char key[ACCOUNT_PATH + ACCOUNT_NAME + ACCOUNT_VALUE + 64];
	char owner[32] = "";
	if (priv_root())
		snprintf(owner, sizeof owner, ", as uid %lu", (unsigned long)to->box.owner.uid);
	if (to->program[0])
		search_tell(s, "program %s%s", to->program, owner);
	else
		search_tell(s, "Maildir %s%s%s%s", to->box.path, to->folder[0] ? "/." : "",
			to->folder, owner);
	snprintf(
		key, sizeof key, "to %s\n%s\n%s\n%s", to->box.path, to->folder, to->program, owner);
	if (seen_add(&s->seen, key))
		add_destination(s, to);
	else
		search_tell(s, "(once is enough)");
}

/* A part of a name that could be a folder's, which is a step of a path. */
static bool folder_name(const char *detail)
{
	size_t n = strlen(detail);
	if (n == 0 || n >= ACCOUNT_NAME || detail[0] == '.' || detail[n - 1] == '.')
		return false;
	return !strchr(detail, '/') && !strstr(detail, "..");
}

/* Whether the Maildir has this folder, as its owner sees it. */
static bool has_folder(const struct mailbox *box, const char *name)
{
	char path[ACCOUNT_PATH];
	struct str s;
	struct stat st;
	str_init(&s, path, sizeof path);
	str_addf(&s, "%s/.%s", box->path, name);
	priv_as(box->owner);
	bool there = !s.cut && lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
	priv_back();
	return there;
}

/* The mailbox of an account; of one that does not exist, that of the mail user. */
static bool find_box(struct search *s, const struct account *a, struct mailbox *box)
{
	bool good = account_mailbox(a, box) == ACCOUNT_OK;
	s->trouble = s->trouble || !good;
	return good;
}

static void add_mailbox(struct search *s, const struct account *a, const char *detail)
{
	struct destination to = {.quota = a->quota};
	if (!find_box(s, a, &to.box))
		return;
	if (settings.detail_folder && folder_name(detail) && has_folder(&to.box, detail))
		str_copy(to.folder, sizeof to.folder, detail);
	s->indent++;
	add_place(s, &to);
	s->indent--;
}

/* The orders of a file that may not give any put the mail off, rather than have it lost. */
static bool refuse_order(
	struct search *s, const struct origin *o, const struct member *m, const char *why)
{
	complain_of(o, m, "%s", why);
	search_tell(s, "%s: %s", m->text, why);
	s->trouble = true;
	return false;
}

static bool may_order(struct search *s, const struct origin *o, const struct member *m)
{
	return o->trusted ||
	       refuse_order(s, o, m,
		       "programs, folders and included files do not count here, since "
		       "somebody else may have put them in");
}

/* Programs and folders: as the account's owner, or the mail user; where that has mail does not
 * matter. */
static struct account giver(const struct origin *o)
{
	struct account a = {.name = "postmaster", .maildir = "/"};
	return o->account ? *o->account : a;
}

static void take_nothing(struct search *s, const struct origin *o, const struct member *m)
{
	(void)o, (void)m;
	search_tell(s, "/dev/null: thrown away");
	s->nothing = true;
}

static void take_folder(struct search *s, const struct origin *o, const struct member *m)
{
	struct account a = giver(o);
	struct destination to = {.quota = 0};
	if (!may_order(s, o, m))
		return;
	str_copy(a.maildir, sizeof a.maildir, m->text);
	if (find_box(s, &a, &to.box))
		add_place(s, &to);
}

static void take_program(struct search *s, const struct origin *o, const struct member *m)
{
	struct account a = giver(o);
	struct destination to = {.quota = 0};
	if (!may_order(s, o, m))
		return;
	if (!settings.programs) {
		refuse_order(s, o, m, "programs are not run (setting programs)");
		return;
	}
	if (!find_box(s, &a, &to.box))
		return;
	to.box.path[0] = '\0';
	str_copy(to.program, sizeof to.program, m->text);
	add_place(s, &to);
}

static void take_address(struct search *s, const struct origin *o, const struct member *m)
{
	char text[PATH_TEXT];
	struct str name;
	bool foreign = s->foreign;
	str_init(&name, text, sizeof text);
	path_write(&m->address, &name);
	search_tell(s, "%s%s", m->kind == MEMBER_ACCOUNT ? "\\" : "", text);
	s->indent++;
	if (!route_resolve(s, &m->address, m->kind == MEMBER_ACCOUNT)) {
		complain_of(o, m, "there is no %s", log_quote(text));
		search_tell(s, "there is none");
	} else if (s->foreign && !foreign)
		complain_of(o, m, "%s is not local, and nothing is relayed", log_quote(text));
	s->indent--;
}

static void take_error(struct search *s, const struct origin *o, const struct member *m)
{
	(void)o;
	search_tell(s, "error: %s", m->text);
	if (s->route->reply[0] == '\0')
		str_copy(s->route->reply, sizeof s->route->reply, m->text);
}

static void take_fault(struct search *s, const struct origin *o, const struct member *m)
{
	complain_of(o, m, "what is there %s: ignored", m->text);
	search_tell(s, "line %u %s: ignored", o->line + m->line, m->text);
}

static void take_include(struct search *s, const struct origin *o, const struct member *m);

static void stop_search(struct search *s, const struct origin *o, const char *why)
{
	log_event(LOG_ERR, "%s: %s", o->file, why);
	search_tell(s, "%s", why);
	s->trouble = true;
}

/* Everybody of the list. */
static void expand_list(struct search *s, const char *list, const struct origin *o, bool lines)
{
	static void (*const take[])(
		struct search *, const struct origin *, const struct member *) = {
		[MEMBER_FAULT] = take_fault,
		[MEMBER_ADDRESS] = take_address,
		[MEMBER_ACCOUNT] = take_address,
		[MEMBER_NOTHING] = take_nothing,
		[MEMBER_FOLDER] = take_folder,
		[MEMBER_PROGRAM] = take_program,
		[MEMBER_INCLUDE] = take_include,
		[MEMBER_ERROR] = take_error,
	};
	struct members rest = {.at = list, .lines = lines};
	struct member m;
	if (s->depth == ROUTE_DEPTH) {
		stop_search(s, o, "too many lists within each other");
		return;
	}
	s->depth++;
	s->indent++;
	while (s->members <= ROUTE_MOST && members_next(&rest, &m) != MEMBER_END) {
		if (s->members++ == ROUTE_MOST)
			stop_search(s, o, "too many members");
		else
			take[m.kind](s, o, &m);
	}
	s->indent--;
	s->depth--;
}

static void take_include(struct search *s, const struct origin *o, const struct member *m)
{
	struct listfile f;
	char key[MEMBER_TEXT + 8];
	if (!may_order(s, o, m))
		return;
	search_tell(s, "file %s", m->text);
	snprintf(key, sizeof key, "file %s", m->text);
	if (!seen_add(&s->seen, key)) {
		search_tell(s, "(once is enough)");
		return;
	}
	if (listfile_include(m->text, &f) != LISTFILE_OK) {
		s->trouble = true;
		return;
	}
	struct origin in = {
		.file = m->text, .line = 1, .trusted = f.trusted, .account = o->account};
	f.text[f.size] = '\0';
	if (strlen(f.text) == f.size)
		expand_list(s, f.text, &in, true);
	else
		stop_search(s, &in, "holds a NUL");
	free(f.text);
}

/* Whether this alias or account is being looked up already. */
static bool is_inside(const struct search *s, const char *name, bool account)
{
	for (const struct step *step = s->inner; step; step = step->outer)
		if (step->account == account && strcmp(step->name, name) == 0)
			return true;
	return false;
}

bool expand_is_self(const struct search *s, const char *name, bool account)
{
	for (const struct step *step = s->inner; step; step = step->outer) {
		if (strcmp(step->name, name) != 0)
			return false;
		if (step->account == account)
			return true;
	}
	return false;
}

/* Looks its members up, unless that has been done. */
static void enter_list(struct search *s, const char *name, const char *list, const struct origin *o)
{
	char key[ACCOUNT_VALUE];
	struct step step = {.outer = s->inner, .name = name, .account = o->account != NULL};
	if (is_inside(s, name, step.account)) {
		log_event(LOG_WARNING, "%s %s leads back to itself: ignored",
			step.account ? "account" : "alias", log_quote(name));
		search_tell(s, "leads back to itself: ignored");
		s->looped = true;
		return;
	}
	snprintf(key, sizeof key, "%s %s", step.account ? "forward" : "alias", name);
	if (!seen_add(&s->seen, key)) {
		search_tell(s, "(once is enough)");
		return;
	}
	s->inner = &step;
	expand_list(s, list, o, false);
	s->inner = step.outer;
}

void expand_alias(struct search *s, const char *name, const struct alias_list *list)
{
	struct origin o = {.file = settings.aliases, .line = list->line, .trusted = book_trusted()};
	search_tell(s, "alias %s, line %u", name, list->line);
	enter_list(s, name, list->text, &o);
}

void expand_account(struct search *s, const struct account *a, const char *detail, bool direct)
{
	char place[ACCOUNT_NAME + 16];
	snprintf(place, sizeof place, "account %s", a->name);
	bool forwards = a->forward[0] && !direct && !expand_is_self(s, a->name, true);
	search_tell(s, "%s%s", place, forwards ? ", forwarded" : "");
	if (!forwards) {
		add_mailbox(s, a, detail);
		return;
	}
	/* Of an account file whose owner may not give them, orders have been taken out. */
	struct origin o = {.file = place, .trusted = true, .account = a};
	enter_list(s, a->name, a->forward, &o);
}
