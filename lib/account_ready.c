/*
 * account_ready: tells an administrator at start that there is no account folder. Runs with the
 * privileges of the start.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "account.h"
#include "log.h"
#include "settings.h"

void account_ready(char **operands)
{
	(void)operands;
	int fd = open(settings.accounts, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		die(EX_CONFIG,
			"cannot read the account folder %s: %s (setting accounts; mailuser add "
			"makes it)",
			settings.accounts, strerror(errno));
	close(fd);
}
