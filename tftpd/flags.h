/*
 * flags: the letters and long names of the command line, for struct service.
 */
#ifndef TFTPD_FLAGS_H
#define TFTPD_FLAGS_H

#include "opt.h"

extern const struct opt_flag flags_letters[];
extern const struct opt_long flags_names[];

#endif
