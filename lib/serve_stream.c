/*
 * serve_stream: accepts one connection. Runs in the accept loop.
 */
#include <errno.h>
#include <unistd.h>

#include "serve_client.h"
#include "serve_loop.h"

/* The system has no room, or the socket is none to accept from: trying again at once is in vain. */
static bool in_vain(int error)
{
	static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EINVAL, EBADF, ENOTSOCK};
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (error == errors[i])
			return true;
	return false;
}

bool serve_stream(const struct service *service, int listener)
{
	struct peer peer;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0) {
		int error = errno;
		if (in_vain(error))
			serve_pause("accept");
		/* Anything else concerns the one client, who is gone (accept(2), Linux). */
		return !in_vain(error) && error != EAGAIN;
	}
	serve_client(fd, &peer);
	if (serve_admit(service, &peer) && !serve_start(&peer, 0))
		serve_turn_away(&peer, service->busy);
	close(fd);
	return true;
}
