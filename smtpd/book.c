/*
 * book: the alias file. Runs in the keeper, and before the first client in the daemon, with the
 * privileges of the start.
 */
#include "book.h"

#include <stdlib.h>

#include "listfile.h"
#include "log.h"
#include "settings.h"

#define COMPLAINTS 10 /* about one file at one time */

static struct {
	struct aliases aliases;
	struct listfile file;
	bool open, trouble;
	bool checked; /* `last` has been looked through, here or in our parent */
	struct stat last;
} book;

static unsigned complaints;

static void complain_of_line(void *context, unsigned line, const char *what)
{
	(void)context;
	if (complaints++ < COMPLAINTS)
		log_event(LOG_WARNING, "aliases %s:%u %s: ignored", settings.aliases, line, what);
}

static void hush(void *context, unsigned line, const char *what)
{
	(void)context, (void)line, (void)what;
}

/* Looks through a file that nobody has looked through. */
static void look_through(void)
{
	aliases_check(&book.aliases);
	if (complaints > COMPLAINTS)
		log_event(LOG_WARNING, "aliases %s: %u more lines are wrong", settings.aliases,
			complaints - COMPLAINTS);
	book.last = book.file.st;
	book.checked = true;
}

static bool read_book(void)
{
	enum listfile_result r = listfile_read(settings.aliases, BOOK_MOST, &book.file);
	if (r == LISTFILE_NONE && book.checked)
		log_event(LOG_ERR, "aliases %s: the file is gone", settings.aliases);
	if (r != LISTFILE_OK)
		return r == LISTFILE_NONE && !book.checked;
	bool fresh = !book.checked || !listfile_same(&book.last, &book.file.st);
	complaints = 0;
	book.aliases.fault = fresh ? complain_of_line : hush;
	if (!aliases_read(&book.aliases, book.file.text, book.file.size)) {
		log_event(LOG_ERR, "aliases %s: out of memory", settings.aliases);
		return false;
	}
	if (fresh)
		look_through();
	book.aliases.fault = complain_of_line;
	return true;
}

static bool book_ready(void)
{
	if (!book.open) {
		book.open = true;
		book.trouble = !read_book();
	}
	complaints = 0;
	return !book.trouble;
}

enum book_result book_find(const char *name, struct alias_list *list)
{
	if (!book_ready())
		return BOOK_TROUBLE;
	return aliases_find(&book.aliases, name, list) ? BOOK_FOUND : BOOK_NONE;
}

bool book_trusted(void)
{
	return book.file.trusted;
}

void book_close(void)
{
	aliases_forget(&book.aliases);
	free(book.file.text);
	book.file.text = NULL;
	book.open = false;
}

bool book_check(void)
{
	bool good = book_ready();
	book_close();
	return good;
}
