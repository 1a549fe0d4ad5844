/*
 * records: what pop3d's front and keeper say to each other.
 */
#ifndef POP3D_RECORDS_H
#define POP3D_RECORDS_H

#include <stdint.h>

#define POP3_LINE 255 /* octets of a command with its line end (RFC 2449 4) */
#define POP3_INPUT 4096 /* octets that a front reads ahead */

/* Front to keeper: may this user in? With what it has read behind the PASS: if the answer is yes,
 * there is none; the keeper ends the front and goes on with the client itself. */
#define RECORD_LOGIN 'L'
struct record_login {
	char user[POP3_LINE + 1];
	char secret[POP3_LINE + 1];
	uint32_t unread; /* octets of input */
	char input[POP3_INPUT];
};

/* Keeper to front: no, with one of these. */
#define RECORD_VERDICT 'V'
enum verdict { VERDICT_DENIED, VERDICT_TROUBLE };
struct record_verdict {
	unsigned char verdict;
};

#endif
