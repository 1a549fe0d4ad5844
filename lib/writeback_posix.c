/*
 * writeback: the system decides when. Runs in smtpd's front and tftpd's children.
 */
#include "writeback.h"

void writeback_add(struct writeback *w, int fd, size_t n)
{
	(void)fd;
	w->written += n;
}
