/*
 * writeback: by sync_file_range(), which waits for nothing but room in the disk's queue. Runs in
 * smtpd's front and tftpd's children, behind their filters.
 */
#include "writeback.h"

#include <errno.h>
#include <fcntl.h>

#define PART (UINT64_C(256) << 10) /* octets that go at a time, in whole pages */

void writeback_add(struct writeback *w, int fd, size_t n)
{
	w->written += n;
	uint64_t end = w->written / PART * PART;
	if (end == w->begun)
		return;
	int saved = errno;
	sync_file_range(fd, (off_t)w->begun, (off_t)(end - w->begun), SYNC_FILE_RANGE_WRITE);
	errno = saved;
	w->begun = end;
}
