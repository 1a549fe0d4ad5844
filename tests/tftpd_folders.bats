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

# In a network of its own.
@test "%m is the MAC address of a neighbour, of IPv4 and IPv6; who has none is not looked for" {
	needs_root || return 0
	mkdir -p "$FILES/mac"/02-00-5e-10-00-0a "$FILES/mac"/02-00-5e-10-00-0b
	touch "$FILES/f" "$FILES/mac"/02-00-5e-10-00-0{a,b}/f
	cat >inside <<-'END'
		set -e
		ip link set lo up
		ip link add v0 type veth peer name v1
		ip addr add 192.0.2.1/24 dev v0
		ip link set v0 up
		ip link set v1 up
		ip neigh add 192.0.2.10 lladdr 02:00:5e:10:00:0a dev v0 nud permanent
		ip neigh add 2001:db8::7 lladdr 02:00:5e:10:00:0b dev v0 nud permanent
		for address in 192.0.2.10 2001:db8::7 192.0.2.11; do
			"$@" -q "f@$address" files
		done
	END
	cd "$HOUSE"
	unshare -n sh ../inside "$TRIVET/tftpd/tftpd" -f "$CONF" -o client-folders=mac/%m >../out
	cd ..
	[ "$(sed -n 's/^served .*\/files\(.*\),.*/\1/p' out | xargs)" = \
		"/mac/02-00-5e-10-00-0a/f /mac/02-00-5e-10-00-0b/f /f" ]
}

@test "what stands behind a % is known before the first client" {
	local folder
	bats_require_minimum_version 1.5.0
	for folder in %q by/% '%%i' 'by/%i/%I'; do
		run -78 "$TRIVET/tftpd/tftpd" -f "$CONF" -DF -a 127.0.0.1:0 -o "client-folders=$folder" "$FILES"
		[ "${lines[0]}" = "tftpd: client-folders: $folder: behind a % expected i, x or m" ]
	done
}
