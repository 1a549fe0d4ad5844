/*
 * flags: the letters and long names of the command line, for struct service.
 */
#ifndef TFTPD_FLAGS_H
#define TFTPD_FLAGS_H

#include "opt.h"

extern const struct opt_flag flags_letters[];

/* The next letter; what getopt(3) does, but with long names, too. */
int flags_next(int argc, char *const *argv, const char *letters);

#endif
