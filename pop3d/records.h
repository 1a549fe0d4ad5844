/*
 * records: what pop3d's front and keeper say to each other.
 */
#ifndef POP3D_RECORDS_H
#define POP3D_RECORDS_H

#include <stddef.h>

#include "sasl.h"

#define POP3_LINE 255 /* octets of a command with its line end (RFC 2449 4) */
#define POP3_INPUT SASL_LINE /* octets that a front reads ahead */

/* Front to keeper, a struct sasl_question; the answer is a struct sasl_answer. */
#define RECORD_ASK 'A'
#define RECORD_ANSWER 'a'

/*
 * Front to keeper, after a yes: what it has read and not used, up to POP3_INPUT octets. There is no
 * answer: the keeper ends the front and goes on with the client itself.
 */
#define RECORD_ENTER 'E'

/*
 * Front to keeper, both in one: a question that has a password, up to its field `message`, and what
 * the front has read and not used. There is an answer only if it is not yes.
 */
#define RECORD_LOGIN 'L'
#define RECORD_LOGIN_HEAD offsetof(struct sasl_question, message)

#endif
