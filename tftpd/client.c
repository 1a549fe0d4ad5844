/*
 * client: who asks. Runs in the loop, as the jailed user.
 */
#include "client.h"

#include <string.h>

#include "settings.h"

static void write_hex(const struct net_addr *a, char *to, size_t cap)
{
	struct in6_addr key = net_key(a);
	struct str s;

	str_init(&s, to, cap);
	for (size_t i = a->sa.sa_family == AF_INET ? 12 : 0; i < sizeof key; i++)
		str_addf(&s, "%02X", key.s6_addr[i]);
}

static bool wants_mac(void)
{
	for (char **folder = settings.client_folders; folder && *folder; folder++)
		if (strstr(*folder, "%m"))
			return true;
	return false;
}

void client_learn(struct client *c, const struct net_addr *address)
{
	*c = (struct client){.address = *address};
	if (address->sa.sa_family == AF_UNSPEC)
		return;
	net_host(address, c->ip);
	write_hex(address, c->hex, sizeof c->hex);
	if (wants_mac())
		neighbour_find(address, c->mac);
}

static const char *value_of(const struct client *c, char letter)
{
	switch (letter) {
	case 'i':
		return c->ip;
	case 'x':
		return c->hex;
	case 'm':
		return c->mac;
	default:
		return NULL;
	}
}

bool client_valid(const char *pattern)
{
	const struct client nobody = {.mac = ""};

	for (const char *at = pattern; (at = strchr(at, '%')) != NULL; at++)
		if (!value_of(&nobody, at[1]))
			return false;
	return true;
}

bool client_path(const struct client *c, const char *pattern, struct str *to)
{
	for (; *pattern; pattern++) {
		const char *value = *pattern == '%' ? value_of(c, pattern[1]) : NULL;
		if (!value) {
			str_addn(to, pattern, 1);
			continue;
		}
		if (!*value)
			return false;
		str_add(to, value);
		pattern++;
	}
	return !to->cut;
}
