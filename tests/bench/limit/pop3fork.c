/*
 * pop3fork: a POP3 server's login, STAT and QUIT with answers that stand ready: what forks, jail
 * and password hash cost.
 *
 *   pop3fork               one fork for each client
 *   pop3fork USER FOLDER HASH   two, as pop3d has them: one half becomes USER in the jail and
 * reads; the other one checks the password against HASH, becomes FOLDER's owner and is confined to
 * it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypt_hash.h"
#include "limit.h"
#include "priv.h"
#include "str.h"

static const char usage[] = "usage: pop3fork [USER FOLDER HASH]\n";

static struct priv_ids user;
static const char *folder, *hash;
static struct limit_input input;

static void transaction(int client)
{
	for (char *line; (line = limit_line(client, &input)) && !str_same(line, "QUIT");)
		limit_say(client, "+OK 10 5000\r\n");
	limit_say(client, "+OK\r\n");
}

static void greet(int client)
{
	limit_say(client, "+OK ready\r\n");
	limit_line(client, &input);
	limit_say(client, "+OK send PASS\r\n");
}

static void one(int client)
{
	greet(client);
	limit_line(client, &input);
	limit_say(client, "+OK 10 messages\r\n");
	transaction(client);
}

/* In the jail: the password goes to the other half, and that is all. */
static void front(int client, int channel)
{
	struct priv_jail jail = {
		.ids = user, .empty = folder, .file_size = UINT64_MAX, .sandbox = true};
	char *line;

	dup2(client, STDIN_FILENO);
	dup2(client, STDOUT_FILENO);
	dup2(channel, 3);
	priv_jail(&jail, 3);
	greet(STDOUT_FILENO);
	line = limit_line(STDIN_FILENO, &input);
	send(3, line, strlen(line) + 1, MSG_NOSIGNAL);
	_exit(0);
}

static void two(int client)
{
	struct priv_path path = {.fd = open(folder, O_PATH | O_CLOEXEC), .write = true};
	struct stat st;
	char line[sizeof input.octets];
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0 || (pid = fork()) < 0)
		limit_fail("fork: %s", strerror(errno));
	if (pid == 0)
		front(client, ends[1]);
	close(ends[1]);
	if (recv(ends[0], line, sizeof line, 0) < 6 || fstat(path.fd, &st) < 0 ||
		crypt_hash_check(hash, line + 5) != CRYPT_RIGHT)
		limit_fail("not the password");
	waitpid(pid, NULL, 0);
	priv_become((struct priv_ids){.uid = st.st_uid, .gid = st.st_gid});
	priv_confine(&path, 1);
	limit_say(client, "+OK 10 messages\r\n");
	transaction(client);
}

int main(int argc, char **argv)
{
	if (argc == 1)
		limit_serve(one);
	if (argc != 4 || !priv_lookup(argv[1], &user)) {
		fputs(usage, stderr);
		return 64;
	}
	folder = argv[2];
	hash = argv[3];
	limit_serve(two);
}
