/*
 * mailuser: what its files share.
 */
#ifndef MAILUSER_H
#define MAILUSER_H

#include "account.h"

/*
 * A command. `asked` has the account's name, and for add what its options say; run_list takes
 * nothing from it. Returns the exit status, one of sysexits.h, after it has said what is wrong.
 */
typedef int command_run(struct account *asked);

command_run run_add, run_passwd, run_del, run_list, run_show;

/* A command that is about no account, and reads its own arguments. EX_USAGE: they are wrong, and
 * nothing has been said. */
int run_wait(char **argv);

/* One line to standard error; returns `status`. */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The exit status for a result of account_find() and its like; says so where that has not. */
int account_status(enum account_result result, const char *name);

/* Makes the account folder, 0700, if there is none. An exit status. */
int folder_accounts(void);
/* Makes the Maildir and what is missing above it, with the rights of its owner. An exit status. */
int folder_mailbox(const struct mailbox *box);

#define PASSWORD_MAX 248 /* octets: a POP3 line of 255 holds no more behind PASS, RFC 2449 4 */
#define PASSWORD_ROOM (PASSWORD_MAX + 2)

/*
 * A new password: from the terminal twice, not echoed; or one line of standard input where that is
 * no terminal. The caller wipes it. An exit status.
 */
int password_read(const char *name, char secret[PASSWORD_ROOM]);

#endif
