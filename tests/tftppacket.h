/*
 * tftppacket: the packets of a transcript, as text and as octets. Part of tftptalk.c, which defines
 * fail().
 */
#ifndef TESTS_TFTPPACKET_H
#define TESTS_TFTPPACKET_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 1, 2))) static _Noreturn void fail(const char *format, ...);

enum { PACKET = 65536, LINE = 4096 };
enum { RRQ = 1, WRQ, DATA, ACK, ERROR, OACK };
static const char *const names[] = {"raw", "RRQ", "WRQ", "DATA", "ACK", "ERROR", "OACK"};

struct packet {
	unsigned char at[PACKET];
	size_t n;
	bool any; /* of its octets, only the first `fixed` and the number count */
	size_t fixed;
};

static inline void show(const char *label, const struct packet *p)
{
	fprintf(stderr, "  %s %zu octets:", label, p->n);
	for (size_t i = 0; i < p->n && i < 64; i++)
		fprintf(stderr, p->at[i] > 32 && p->at[i] < 127 ? " %c" : " %02x", p->at[i]);
	fputc('\n', stderr);
}

/* An ERROR that is wanted without a text may have any. */
static inline bool agrees(const struct packet *want, const struct packet *got)
{
	if (want->n == 4 && want->at[1] == ERROR)
		return got->n > 4 && memcmp(want->at, got->at, 4) == 0 && got->at[got->n - 1] == 0;
	return want->n == got->n &&
	       memcmp(want->at, got->at, want->any ? want->fixed : want->n) == 0;
}

static inline unsigned char escape(const char **at)
{
	static const char letters[] = "rn0\\\"", octets[] = "\r\n\0\\\"";
	const char *found = strchr(letters, **at);
	unsigned value;

	if (**at && found) {
		++*at;
		return (unsigned char)octets[found - letters];
	}
	if (sscanf(*at, "x%2x", &value) != 1)
		fail("no such escape: \\%s", *at);
	*at += 3;
	return (unsigned char)value;
}

/* The next word or quoted text into `to`; its length, or -1 at the end of the line. */
static inline int next_word(const char **at, char *to)
{
	int n = 0;
	bool quoted;

	*at += strspn(*at, " \t");
	if (**at == '\0')
		return -1;
	quoted = **at == '"';
	*at += quoted;
	while (**at && (quoted ? **at != '"' : **at != ' ')) {
		char c = *(*at)++;
		to[n++] = quoted && c == '\\' ? (char)escape(at) : c;
	}
	*at += quoted;
	to[n] = '\0';
	return n;
}

static inline void put(struct packet *p, const void *octets, size_t n)
{
	memcpy(p->at + p->n, octets, n);
	p->n += n;
}

static inline void put_number(struct packet *p, const char **at)
{
	char word[LINE];
	unsigned value;

	if (next_word(at, word) < 1)
		fail("a number is missing");
	value = (unsigned)atoi(word);
	put(p, &(unsigned char){(unsigned char)(value >> 8)}, 1);
	put(p, &(unsigned char){(unsigned char)value}, 1);
}

/* The rest of a DATA: text, or a number of octets. */
static inline void put_data(struct packet *p, const char *at)
{
	char word[LINE];
	bool text = at[strspn(at, " \t")] == '"';
	int n = next_word(&at, word);

	if (n < 0)
		fail("the data is missing");
	p->any = !text;
	p->fixed = p->n;
	if (text) {
		put(p, word, (size_t)n);
		return;
	}
	memset(p->at + p->n, 'x', (size_t)atoi(word));
	p->n += (size_t)atoi(word);
}

static inline void put_strings(struct packet *p, const char *at)
{
	char word[LINE];
	int n;

	while ((n = next_word(&at, word)) >= 0)
		put(p, word, (size_t)n + 1);
}

static inline void read_packet(struct packet *p, const char *at)
{
	char word[LINE];
	unsigned opcode = 0;
	int n = next_word(&at, word);

	p->n = 0;
	p->any = false;
	while (opcode <= OACK && strcmp(word, names[opcode]) != 0)
		opcode++;
	if (opcode > OACK)
		fail("no such packet: %s", word);
	if (opcode == 0) {
		n = next_word(&at, word);
		put(p, word, n > 0 ? (size_t)n : 0);
		return;
	}
	put(p, (unsigned char[]){0, (unsigned char)opcode}, 2);
	if (opcode == DATA || opcode == ACK || opcode == ERROR)
		put_number(p, &at);
	if (opcode == DATA)
		put_data(p, at);
	else
		put_strings(p, at);
}

#endif
