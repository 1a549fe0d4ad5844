/*
 * sasl_key: the secret by which salts for unknown names are made up: a file in the setting `run`,
 * so that they are the same whichever process is asked. Runs at start, with the privileges of the
 * start; the keeper uses what was read.
 */
#include "sasl_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "io.h"
#include "log.h"
#include "sasl.h"
#include "settings.h"
#include "str.h"

static unsigned char key[SHA256_SIZE];

/* 0; or -1 and errno: EINVAL for a file that is not the key of who runs this. */
static int read_file(const char *path, unsigned char octets[sizeof key])
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	bool good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
		    (st.st_mode & 077) == 0 && st.st_size == sizeof key &&
		    read(fd, octets, sizeof key) == sizeof key;
	close(fd);
	errno = EINVAL;
	return good ? 0 : -1;
}

/* It gets its name when it is complete, and of two that make it at once the first one wins. */
static int make_file(const char *path, const unsigned char octets[sizeof key])
{
	char draft[1200];
	snprintf(draft, sizeof draft, "%s.%ld", path, (long)getpid());
	int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	int failed = write_all(fd, octets, sizeof key) < 0 || link(draft, path) < 0 ? -1 : 0;
	int reason = errno;
	close(fd);
	unlink(draft);
	errno = reason;
	return failed;
}

static int get_key(const char *path, const unsigned char fresh[sizeof key])
{
	if (read_file(path, key) == 0)
		return 0;
	if (errno != ENOENT || (make_file(path, fresh) < 0 && errno != EEXIST))
		return -1;
	return read_file(path, key);
}

void sasl_ready(void)
{
	char path[1100];
	unsigned char fresh[sizeof key];
	if (getentropy(fresh, sizeof fresh) < 0)
		die(EX_OSERR, "no random octets: %s", strerror(errno));
	snprintf(path, sizeof path, "%s/sasl.key", settings.run);
	if (get_key(path, fresh) == 0)
		return;
	/* It matters only to SCRAM, the one that is offered also where the others are not. */
	if (sasl_offered(false, 0))
		log_event(LOG_NOTICE, "cannot keep %s: %s; salts for unknown names change", path,
			strerror(errno));
	memcpy(key, fresh, sizeof key);
}

void sasl_forget(void)
{
	str_wipe(key, sizeof key);
}

void sasl_key_mac(const char *name, unsigned char mac[SHA256_SIZE])
{
	sha256_hmac(key, sizeof key, name, strlen(name), mac);
}
