/*
 * priv: giving up rights, for good or for a moment, and confinement.
 *
 * One file for each system: priv_linux.c (seccomp, Landlock) and priv_posix.c (ids, chroot,
 * limits). Callers have no #ifdef. What cannot be applied is told by priv_missing(), once, at
 * start; what should work and fails ends the process, since going on would be less safe than it
 * looks.
 */
#ifndef LIB_PRIV_H
#define LIB_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct priv_ids {
	uid_t uid;
	gid_t gid;
};

/* Looks up a user's name (or number) in /etc/passwd; false when there is none. */
bool priv_lookup(const char *user, struct priv_ids *ids);
/* A uid and its own group; whom only numbers know has the group of the same number. */
struct priv_ids priv_ids_of(uid_t uid);

/* Started as root: real and effective uid 0. */
bool priv_root(void);

/*
 * For good: groups, gid, uid, and the proof that there is no way back. The process dies (EX_OSERR,
 * logged) when it fails. A plain user's process stays what it is. `ids.uid` 0 is refused.
 */
void priv_become(struct priv_ids ids);

/* The same, but the right to bind ports below 1024 stays (Linux); and gives that up, too. */
void priv_become_binder(struct priv_ids ids);
void priv_bind_no_more(void);

/* The same as priv_become() for a whole daemon, which is a plain user's from then on, as if that
 * had started it. */
void priv_settle(struct priv_ids ids);

/* From now on SIGTERM comes when the parent dies, until the ids change or a program with others is
 * run. Nothing where the system cannot do it. */
void priv_follow_parent(void);

/* For a moment, root only: effective ids and groups of `ids`, so that files are opened and made as
 * that user; and back. A plain user's process: nothing happens. Dies when it fails. */
void priv_as(struct priv_ids ids);
void priv_back(void);

/* The system calls that are left. Any other kills the process (SIGSYS); call number -1 gives
 * ENOSYS. */
enum priv_filter {
	PRIV_FRONT, /* read, write, poll, send and receive on what it holds; clock; exit */
	PRIV_LOOP, /* tftpd's parent: also UDP sockets, files under its roots, fork, wait */
	PRIV_SEND, /* tftpd's child: one socket, and one file that is read; the log */
	PRIV_RECEIVE /* tftpd's child: one socket, one folder and the file that comes to it */
};
void priv_filter(enum priv_filter filter);

/* A folder (or file) that priv_confine() leaves open. */
struct priv_path {
	int fd; /* O_PATH or opened; the caller's */
	bool write; /* also create, write, rename within and remove */
};

/*
 * From now on no file but those below `paths` can be opened, made or removed (Landlock, with REFER
 * so that rename between folders works); also sets no-new-privileges. Newer kernels also keep it
 * from TCP connections and from signals to processes outside. Nothing happens on a system without
 * it.
 */
void priv_confine(const struct priv_path *paths, size_t count);

struct priv_jail {
	struct priv_ids ids; /* who to become, when started as root */
	const char *empty; /* the folder to chroot to, when started as root; NULL: none */
	uint64_t file_size; /* RLIMIT_FSIZE */
	bool sandbox; /* false: ids, chroot and limits only (debuggers, sanitizers) */
};

/*
 * A front's jail: closes every descriptor from 3 on but `keep`, chroots, becomes ids, no new
 * privileges, no core, limits, Landlock with no path at all, PRIV_FRONT. With the sandbox,
 * descriptor 2 becomes another name of `keep`, so that nothing but the client's connection (0, 1)
 * and the keeper's is held. SIGTERM comes when the parent dies (Linux).
 */
void priv_jail(const struct priv_jail *jail, int keep);

/*
 * Who sent the next record on a socket of AF_UNIX, as the kernel knows it, whatever the record
 * says; expected before it can be sent. -1 with ENOTSUP where the kernel does not tell; else as
 * recv() with MSG_DONTWAIT.
 */
int priv_expect_sender(int socket);
ssize_t priv_receive_from(int socket, void *octets, size_t n, struct priv_ids *sender);

/* What this system cannot apply, as text for the log ("no Landlock (kernel)"); NULL: nothing is
 * missing. */
const char *priv_missing(void);

/* A dead session's descriptors: closes all from `first` on, but for `keep` (-1: none). */
void priv_close_from(int first, int keep);

#endif
