/*
 * sasl_scram: the messages of SCRAM-SHA-256 (RFC 5802 5, 7; RFC 7677), taken apart and written by a
 * server without channel binding. Pure. Between sasl.c, sasl_scram.c and their tests.
 */
#ifndef LIB_SASL_SCRAM_H
#define LIB_SASL_SCRAM_H

#include "sasl.h"
#include "str.h"

struct sasl_scram {
	char user[SASL_NAME];
	char nonce[512]; /* the client's; behind it, later, ours */
	char header[3 * SASL_NAME]; /* gs2-header, as it came */
	char message[SASL_MESSAGE]; /* as much of the AuthMessage as there is */
};

/* The client's first message. SASL_MORE: `user` asks to come in; SASL_MALFORMED; SASL_NO: to act
 * for somebody else. */
enum sasl_result sasl_scram_first(struct sasl_scram *x, const char *text);

/* The server's first message, by the keeper's answer; false when it would be too long. */
bool sasl_scram_challenge(struct sasl_scram *x, const struct sasl_answer *a, struct str *to);

/* The client's final message; true: `message` is complete, and `proof` is to be checked. */
bool sasl_scram_final(struct sasl_scram *x, const char *text, unsigned char proof[SHA256_SIZE]);

/* The server's final message. */
void sasl_scram_signature(const struct sasl_answer *a, struct str *to);

#endif
