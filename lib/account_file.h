/*
 * account_file: what the sources of accounts are made of. Between account*.c only.
 */
#ifndef LIB_ACCOUNT_FILE_H
#define LIB_ACCOUNT_FILE_H

#include "account.h"

#define ACCOUNT_FILE 8192 /* octets of the largest account file */

/* A descriptor of the folder; -1, logged, with errno when there is none that could be believed. */
int account_folder(void);

/* Logs what is wrong, and leaves `reason` in errno. */
enum account_result account_trouble(int reason, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Whether `secret` fits the account's hash, and the account is `open`; if it is not, or has no
 * hash, that takes as long. ACCOUNT_OK, ACCOUNT_NONE or ACCOUNT_TROUBLE; the hash is wiped.
 */
enum account_result account_check(struct account *a, bool open, const char *secret);

/* The sources, as account_ready(), account_find() and account_login() need them. */
void account_folder_ready(void);
void account_system_ready(void);
void account_program_ready(void);
enum account_result account_folder_find(const char *name, struct account *a);
enum account_result account_sink_find(const char *name, struct account *a);
enum account_result account_system_find(const char *name, struct account *a);
enum account_result account_folder_login(const char *name, const char *secret, struct account *a);
enum account_result account_system_login(const char *name, const char *secret, struct account *a);
enum account_result account_sink_login(const char *name, const char *secret, struct account *a);
enum account_result account_program_login(const char *name, const char *secret, struct account *a);

#endif
