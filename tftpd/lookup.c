/*
 * lookup: from a request to the file that it is about. Runs in the loop or, where there are remap
 * rules, in the child, as the jailed user.
 */
#include "lookup.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

#include "log.h"
#include "remap.h"
#include "reread.h"
#include "rules.h"
#include "settings.h"

static char *map_file; /* as it was at the start; NULL: none */

void lookup_prepare(char **operands)
{
	static char standard[] = "/srv/tftp";
	char error[RULES_ERROR];

	if (!*operands)
		root_add(standard);
	for (; *operands; operands++)
		root_add(*operands);
	if (settings.secure && root_count() != 1)
		die(EX_USAGE, "-s takes one folder");
	for (char **folder = settings.client_folders; folder && *folder; folder++)
		if (!client_valid(*folder))
			die(EX_CONFIG, "client-folders: %s: behind a %% expected i, x or m",
				*folder);
	map_file = *settings.map_file ? strdup(settings.map_file) : NULL;
	if (map_file && !rules_load(map_file, settings_read, error))
		die(EX_CONFIG, "%s", error);
	neighbour_open();
}

const char *lookup_map_file(void)
{
	return map_file;
}

void lookup_reload(void)
{
	char error[RULES_ERROR];

	if (!map_file)
		return;
	if (rules_load(map_file, reread, error))
		log_event(LOG_NOTICE, "remap rules read again");
	else
		log_event(LOG_ERR, "remap rules not read again: %s", error);
}

bool lookup_is_quick(void)
{
	return rule_count == 0;
}

/* What has become of the name, or why there is none. */
static const struct root_refusal *remap(
	struct remap *m, const char *name, void (*tell)(unsigned line, const char *name))
{
	static struct root_refusal refused = {PACKET_ACCESS, "Access violation", "remap rule"};
	static const struct root_refusal endless = {PACKET_ACCESS, "Access violation",
						 "remap rules never end"},
					 longer = {PACKET_NOT_FOUND, "File not found",
						 "name too long after remap"};

	m->tell = tell;
	str_copy(m->name, sizeof m->name, name);
	switch (remap_apply(m)) {
	case REMAP_OK:
		return NULL;
	case REMAP_REFUSED:
		if (*m->name)
			refused.message = m->name;
		return &refused;
	case REMAP_LONG:
		return &longer;
	default:
		return &endless;
	}
}

const struct root_refusal *lookup(const struct packet_request *request, const struct client *client,
	struct root_file *file, void (*tell)(unsigned line, const char *name))
{
	static struct remap m; /* its name may be what the client is told */
	const struct root_refusal *refusal = NULL;
	const char *name = request->name;
	bool put = request->opcode == PACKET_WRQ;

	*file = ROOT_NO_FILE;
	if (rule_count > 0) {
		m = (struct remap){.client = client, .put = put};
		refusal = remap(&m, name, tell);
		name = m.name;
	}
	if (refusal)
		return refusal;
	return put ? root_write(name, request->value[OPTION_TSIZE], client, file)
		   : root_read(name, client, file);
}

static void (*when_late)(void);

static void note_late(int signal)
{
	(void)signal;
	when_late();
}

static void limit(rlim_t seconds)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_CPU, &now) < 0)
		return;
	now.rlim_cur = seconds < now.rlim_max ? seconds : now.rlim_max;
	setrlimit(RLIMIT_CPU, &now);
}

void lookup_limit(void (*late)(void))
{
	struct sigaction act = {.sa_handler = note_late};

	when_late = late;
	sigemptyset(&act.sa_mask);
	sigaction(SIGXCPU, &act, NULL);
	limit(1);
}

void lookup_unlimit(void)
{
	limit(RLIM_INFINITY);
}

void lookup_forget(void)
{
	root_forget();
	neighbour_forget();
}
