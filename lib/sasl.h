/*
 * sasl: AUTH (RFC 4422): PLAIN, LOGIN and SCRAM-SHA-256, in two halves.
 *
 * The front speaks with the client: sasl_run() takes apart all that comes from the network. The
 * keeper gets questions of bounded, already separate fields: sasl_answer() looks accounts up and
 * computes. Names and secrets are taken octet for octet, without SASLprep; NUL is never part of
 * one.
 */
#ifndef LIB_SASL_H
#define LIB_SASL_H

#include "account.h"
#include "io.h"
#include "net.h"
#include "scram.h"

#define SASL_LINE 12288 /* octets of a client's response, which io's buffer must hold */
#define SASL_NAME 256 /* room for a name */
#define SASL_SECRET 512
#define SASL_NONCE 33 /* room for what the keeper adds to a nonce */
#define SASL_MESSAGE 4096 /* room for the AuthMessage of RFC 5802 3 */

enum sasl_result {
	SASL_YES, /* let in */
	SASL_NO, /* wrong name or password, or anything that must look like it */
	SASL_TROUBLE, /* on our side */
	SASL_LACKING, /* this system cannot check it, whenever it is tried */
	SASL_MORE, /* not decided yet */
	/* These are between front and client. */
	SASL_CANCELLED,
	SASL_MALFORMED, /* not base64, or not what the mechanism says */
	SASL_UNKNOWN, /* no such mechanism here */
	SASL_CLEAR, /* it would send a password in clear */
	SASL_LOST /* the connection is; see `lost` */
};

enum sasl_kind {
	SASL_PASSWORD, /* user, secret: SASL_YES, SASL_NO, SASL_TROUBLE, SASL_LACKING */
	SASL_SALT, /* user: SASL_MORE with salt and nonce, or SASL_TROUBLE */
	SASL_PROOF /* user, message, proof: as SASL_PASSWORD; a yes with signature */
};

struct sasl_question {
	unsigned char kind;
	char user[SASL_NAME];
	char secret[SASL_SECRET];
	char message[SASL_MESSAGE];
	unsigned char proof[SHA256_SIZE];
};

struct sasl_answer {
	unsigned char verdict; /* enum sasl_result */
	char nonce[SASL_NONCE];
	struct scram_salt salt;
	unsigned char signature[SHA256_SIZE];
};

/* The front's half: a dialogue with one client. */
struct sasl_talk {
	struct io *io;
	const char *challenge; /* what is before one: "+ " or "334 " */
	int timeout; /* seconds for each response */
	bool clear; /* by sasl_clear() */
	/* Asks the keeper. False: it is gone. */
	bool (*ask)(void *context, const struct sasl_question *q, struct sasl_answer *a);
	void *context;
	enum io_result lost; /* how, after SASL_LOST; its end, and a stop, the next read meets again
			      */
};

/* Whether a password in clear may come from there: loopback, no address at all (a terminal, a
 * pipe), or by the setting `plaintext`. */
bool sasl_clear(const struct net_addr *client);

/* The mechanisms of the setting `sasl` one by one, without those that send a password in clear
 * unless `clear`. NULL: no more. */
const char *sasl_offered(bool clear, size_t i);

/*
 * AUTH: from the initial response ("=" for an empty one; NULL: none came) to the result. A yes
 * comes after the client's last response. `initial` is decoded in place, and wiped.
 */
enum sasl_result sasl_run(struct sasl_talk *t, const char *mechanism, char *initial);

/* The same for a protocol's own way: name and password as they came. Wipes the secret. */
enum sasl_result sasl_password(struct sasl_talk *t, const char *user, char *secret);

/* A daemon's start: gets the key by which salts for unknown names are made up, so that they stay
 * the same. It lies in the setting `run`; where that cannot be, it is this process's own. */
void sasl_ready(void);
/* In the front, which has no use for it. */
void sasl_forget(void);

/*
 * The keeper's half: believes nothing of `q`, and wipes its secret. After SASL_YES the account is
 * who has come, without its hash. A proof counts once, and only with the nonce that was given out
 * last.
 */
void sasl_answer(struct sasl_question *q, struct sasl_answer *a, struct account *account);

#endif
