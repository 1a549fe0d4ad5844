/*
 * split: one session as two processes: a front that talks to the client in a jail, and its keeper.
 *
 * Records of bounded size go over a socketpair that keeps their borders. Both are the same image,
 * so a record's body is a struct; the keeper distrusts every field, and takes only records of the
 * size it expects.
 */
#ifndef LIB_SPLIT_H
#define LIB_SPLIT_H

#include "serve.h"

#define SPLIT_MAX (16 * 1024) /* octets of the largest record */

struct split {
	int channel; /* to the other half */
	pid_t front; /* in the keeper; 0 in the front */
};

/*
 * Forks the front. There: the client is on descriptors 0 and 1, the jail is closed (file_size as
 * given), log lines go to the keeper, SIGTERM is heeded by io; returns true. In the keeper: returns
 * false; SIGTERM is passed on to the front.
 */
bool split_session(struct split *split, const struct peer *peer, uint64_t file_size);

/* Sends one record, `fd` (or -1) with it. False: the other half is gone. */
bool split_send(struct split *split, unsigned char type, const void *body, size_t size, int fd);

/*
 * The next record: its type; the body in `body` (room for SPLIT_MAX), its size in *size; a
 * descriptor that came along in *fd, else -1 (`fd` NULL: one that comes is closed). Log records are
 * written and passed over on the way. 0: the other half is gone.
 */
unsigned char split_receive(struct split *split, void *body, size_t *size, int *fd);

/*
 * In the keeper, while the front waits for an answer: waits until now_ms() is `until`. False: not
 * so long, because the client or the front is gone, or the daemon ends.
 */
bool split_wait(struct split *split, const struct peer *peer, int64_t until);

/*
 * The keeper's last word to its front: it is killed if it still lives, and reaped. A SIGTERM is
 * held back from now on, for io_heed_stop(): one that the front was told of, too.
 */
void split_end(struct split *split);

#endif
