/*
 * priv_port_linux: giving up root, but for the right to bind ports below 1024
 * (CAP_NET_BIND_SERVICE). Runs at start, as root, and in children.
 */
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "priv.h"
#include "priv_own.h"

static void keep(uint32_t capabilities)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2] = {
		{.effective = capabilities, .permitted = capabilities}};

	if (syscall(SYS_capset, &header, sets) < 0)
		priv_fail("capset");
}

void priv_become_binder(struct priv_ids ids)
{
	if (!priv_root())
		return;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		priv_fail("PR_SET_KEEPCAPS");
	priv_become(ids);
	keep(1U << CAP_NET_BIND_SERVICE);
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		priv_fail("PR_SET_KEEPCAPS");
}

void priv_bind_no_more(void)
{
	if (priv_root())
		keep(0);
}
