/*
 * query: tftpd -q NAME[@ADDRESS]: which rules change the name, and which file would be sent, or why
 * none. Runs at the start, and becomes the user that the daemon would be; changes nothing.
 */
#include "query.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "daemon.h"
#include "log.h"
#include "lookup.h"
#include "serve_client.h"
#include "settings.h"

static void print_rule(unsigned line, const char *name)
{
	printf("line %-4u %s\n", line, log_quote(name));
}

/* "pxelinux.0@192.0.2.10"; what is behind the last @ and no address belongs to the name. */
static void read_request(const char *text, struct packet_request *request, struct client *client)
{
	const char *at = strrchr(text, '@');
	struct net_addr address = {.sa.sa_family = AF_UNSPEC};
	struct net_block host;
	size_t n = strlen(text);

	if (at && net_block_parse(at + 1, &host) && net_parse(at + 1, 1, &address))
		n = (size_t)(at - text);
	if (n == 0 || n >= sizeof request->name)
		die(EX_USAGE, "-q wants a name, of at most %zu octets", sizeof request->name - 1);
	*request = (struct packet_request){.opcode = PACKET_RRQ};
	memcpy(request->name, text, n);
	client_learn(client, &address);
}

int query(const char *text, char **operands)
{
	struct packet_request request;
	struct client client;
	struct root_file file;
	const struct root_refusal *refusal;

	if (!daemon_find_user())
		die(EX_CONFIG, "there is no user \"%s\" to look with", settings.user);
	lookup_prepare(operands);
	if (priv_root())
		priv_become(daemon_user());
	read_request(text, &request, &client);
	printf("asked     %s\n", log_quote(request.name));
	if (client.address.sa.sa_family != AF_UNSPEC && !serve_allowed(&client.address)) {
		puts("refused   no answer: the address is not allowed");
		return EX_NOPERM;
	}
	refusal = lookup(&request, &client, &file, print_rule);
	if (refusal)
		printf("refused   %s%s%s: ERROR %d %s\n", *file.path ? log_quote(file.path) : "",
			*file.path ? ": " : "", refusal->why, (int)refusal->code,
			log_quote(refusal->message));
	else
		printf("served    %s, %llu octets\n", log_quote(file.path),
			(unsigned long long)file.size);
	root_close(&file);
	return refusal ? EX_NOINPUT : EX_OK;
}
