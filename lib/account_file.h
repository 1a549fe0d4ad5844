/*
 * account_file: the account folder, opened and found trustworthy. Between account*.c only.
 */
#ifndef LIB_ACCOUNT_FILE_H
#define LIB_ACCOUNT_FILE_H

#include "account.h"

#define ACCOUNT_FILE 8192 /* octets of the largest account file */

/* A descriptor of the folder; -1, logged, with errno when there is none that could be believed. */
int account_folder(void);

/* Whether group or others may write what has this mode. */
bool account_open_to_others(mode_t mode);

/* Logs what is wrong, and leaves `reason` in errno. */
enum account_result account_trouble(int reason, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
