/*
 * priv_port_posix: no right of root's can be kept alone; a port below 1024 cannot be shared.
 */
#include "priv.h"

void priv_become_binder(struct priv_ids ids)
{
	priv_become(ids);
}

void priv_bind_no_more(void)
{
}
