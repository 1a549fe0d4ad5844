/*
 * sasl_play: dialogues of AUTH for their unit tests: a client who has written all of it beforehand,
 * and the real keeper's half, which is included.
 */
#ifndef TESTS_SASL_PLAY_H
#define TESTS_SASL_PLAY_H

#include "../../lib/sasl_keeper.c"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "log.h"
#include "pair.h"

#define CLIENT "rOprNGfwEbeRWgbNEkqO"
#define SERVER "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define PENCIL                                                                                     \
	"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=" \
	":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

static struct sasl_question asked[4]; /* of the last dialogue, without secrets */
static struct sasl_answer answered[4];
static size_t questions;
static char secret[SASL_SECRET]; /* the last one */
static struct account account;
static bool gone; /* the keeper */

/* The keeper, but that its nonce is RFC 7677's. */
static inline bool ask_here(void *context, const struct sasl_question *q, struct sasl_answer *a)
{
	struct sasl_question own = *q;
	CHECK(context == &asked);
	strcpy(secret, q->secret);
	if (gone || questions == 4)
		return false;
	sasl_answer(&own, a, &account);
	CHECK(own.secret[0] == '\0');
	if (q->kind == SASL_SALT) {
		CHECK(a->verdict != SASL_MORE || strlen(nonce) == SASL_NONCE - 1);
		strcpy(nonce, SERVER);
		strcpy(a->nonce, SERVER);
	}
	asked[questions] = own;
	answered[questions++] = *a;
	return true;
}

static inline const char *letters_of(const void *octets, size_t n)
{
	static char text[3 * ROOM];
	struct str s;
	str_init(&s, text, sizeof text);
	base64_add(&s, octets, n);
	return text;
}

static enum io_result lost;

/* The client's lines are `lines`; its connection ends behind them. */
static inline enum sasl_result play(const char *mechanism, const char *initial, const char *lines)
{
	char *own = initial ? strdup(initial) : NULL;
	struct sasl_talk t = {.challenge = "+ ",
		.timeout = 20,
		.clear = true,
		.ask = ask_here,
		.context = &asked};
	open_io(SOCK_STREAM, SASL_LINE, ROOM, 1000);
	t.io = &io;
	arrive(lines, strlen(lines));
	shutdown(far, SHUT_WR);
	questions = 0;
	enum sasl_result result = sasl_run(&t, mechanism, own);
	io_flush(&io);
	lost = t.lost;
	for (size_t i = 0, n = strcmp(mechanism, "PLAIN") == 0 && own ? strlen(initial) : 0; i < n;
		i++)
		CHECK(result != SASL_YES || own[i] == '\0'); /* nothing is left of it */
	free(own);
	return result;
}

#define PLAY(mechanism, initial, lines, result, said)                                              \
	do {                                                                                       \
		CHECK(play(mechanism, initial, lines) == (result));                                \
		CHECK_TEXT(got(), said);                                                           \
		close_io();                                                                        \
	} while (0)

static inline void put_account(const char *name, const char *text)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s", settings.accounts, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static inline const char *line_of(const void *octets, size_t n)
{
	static char line[3 * ROOM + 2];
	strcpy(line, letters_of(octets, n));
	return strcat(line, "\r\n");
}

/* Accounts, in a folder of their own below the current one; all mechanisms. */
static inline void begin_house(void)
{
	static char work[] = "sasl.XXXXXX", folder[ACCOUNT_PATH], plain[] = "PLAIN",
		    login[] = "LOGIN", scram[] = "SCRAM-SHA-256";
	static char *all[] = {plain, login, scram, NULL};
	CHECK(mkdtemp(work) && chdir(work) == 0 && getcwd(folder, sizeof folder));
	log_open("sasl", LOG_MAIL, true);
	settings.accounts = settings.run = folder;
	settings.iterations = 4096;
	settings.sasl = all;
	put_account("user", "password " PENCIL "\n");
	put_account("revoked", "password " PENCIL "\nrevoked\n");
	put_account("foreign", "password $6$abc$def\n");
	put_account("faulty", "passwort x\n");
	sasl_ready();
}

#endif
