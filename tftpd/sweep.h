/*
 * sweep: removes what uploads have left behind that were killed.
 */
#ifndef TFTPD_SWEEP_H
#define TFTPD_SWEEP_H

/* In all roots, every temporary file of an upload that no process receives any more. Its result is
 * an exit status. */
int sweep(void);

#endif
