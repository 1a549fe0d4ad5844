#!/usr/bin/env bats
# tftpd: folders of one client.

load helper
load tftpd

@test "a client's own folder comes first, in whatever root; a new file goes there" {
	mkdir -p "$HOUSE/second/by/127.0.0.2" "$FILES/hex/7F000003"
	chmod 777 "$HOUSE/second/by/127.0.0.2" "$FILES/hex/7F000003"
	printf common >"$FILES/f"
	printf two >"$HOUSE/second/by/127.0.0.2/f"
	printf three >"$FILES/hex/7F000003/f"
	printf only >"$FILES/g"
	echo 'client-folders by/%i hex/%x' >>"$CONF"
	start_daemon tftpd -DF -a 127.0.0.1:0 -c "$FILES" "$HOUSE/second"
	fetch() { # FROM NAME
		curl -sS --interface "$1" "tftp://127.0.0.1:$PORT/$2"
	}
	[ "$(fetch 127.0.0.1 f)" = common ]
	[ "$(fetch 127.0.0.2 f)" = two ]
	[ "$(fetch 127.0.0.3 f)" = three ]
	[ "$(fetch 127.0.0.2 g)" = only ]
	echo mine >new
	curl -sS --interface 127.0.0.2 -T new "tftp://127.0.0.1:$PORT/new"
	curl -sS --interface 127.0.0.4 -T new "tftp://127.0.0.1:$PORT/new4"
	cmp new "$HOUSE/second/by/127.0.0.2/new"
	cmp new "$FILES/new4"
}
