#!/usr/bin/env bats
# tftpd: the options of in.tftpd, short and long.

load helper
load tftpd

settings() { # ARGUMENT ...
	"$TRIVET/tftpd/tftpd" -f "$CONF" "$@" -n
}

@test "each option, short and long, means the same setting" {
	while read -r short long value name setting; do
		[ "$value" != - ] || value=
		settings "$short" $value | grep -x "$name *$setting"
		settings "$long" $value | grep -x "$name *$setting"
		[ -z "$value" ] || settings "$long=$value" | grep -x "$name *$setting"
	done <<-'END'
		-4 --ipv4 - family ipv4
		-6 --ipv6 - family ipv6
		-B --blocksize 1400 blksize 1400
		-P --pidfile /tmp/x.pid pid-file /tmp/x.pid
		-R --port-range 4000:4010 ports 4000:4010
		-T --retransmit 500000 retransmit 500000
		-U --umask 027 umask 027
		-c --create - create on
		-m --map-file /etc/map map-file /etc/map
		-p --permissive - permissive on
		-r --refuse blksize refuse-options blksize
		-s --secure - secure on
		-s --chroot - secure on
		-t --timeout 60 linger 60
		-u --user nobody user nobody
	END
	[ "$("$TRIVET/tftpd/tftpd" --version)" = "$("$TRIVET/tftpd/tftpd" -V)" ]
	settings --verbosity 3 --verbose >/dev/null
	settings --verbosity=0 >/dev/null
}

# Less than what every client gets was taken, and meant nothing.
@test "-B: 512 octets and more" {
	local most
	for most in 8 511; do
		run timeout 20 "$TRIVET/tftpd/tftpd" -f "$CONF" -L -a 127.0.0.1:0 -B $most "$FILES"
		[ "$status" -eq 78 ]
		[ "$output" = 'tftpd: blksize: less than 512 octets cannot be the most' ]
	done
	serve -B 512 "$FILES"
}

# bats test_tags=once
@test "each long option is in the manual, and no other" {
	sed -n "s/^\t{\"\([a-z0-9-]*\)\", .*'\(.\)'},$/\1 \2/p" "$HERE/../tftpd/flags.c" >taken
	sed -n 's/^\.It Fl Fl \([^ ]*\) Ta Fl \(.\)$/\1 \2/p' "$HERE/../man/tftpd.8" >told
	[ "$(wc -l <taken)" -gt 20 ]
	diff taken told
}

# bats test_tags=builds
@test "mistakes in long options" {
	bats_require_minimum_version 1.5.0
	run -64 "$TRIVET/tftpd/tftpd" --nosuch
	[ "${lines[0]}" = "tftpd: there is no option --nosuch" ]
	run -64 "$TRIVET/tftpd/tftpd" --user
	[ "${lines[0]}" = "tftpd: --user needs an argument" ]
	run -64 "$TRIVET/pop3d/pop3d" --user nobody
	[ "${lines[0]}" = "pop3d: there is no option --user" ]
}

@test "--listen and --foreground, -P and -4: what in.tftpd's users write" {
	make_file f 100
	start_daemon tftpd --foreground --secure -a 127.0.0.1:0 -P "$HOUSE/run/here.pid" "$FILES"
	timeout 20 sh -c 'until [ -s "$1" ]; do :; done' sh "$HOUSE/run/here.pid"
	[ "$(cat "$HOUSE/run/here.pid")" = "$PID" ]
	get /f
	cmp got "$FILES/f"
	stop_daemon tftpd
	start_daemon tftpd -L -4 -a :0 "$FILES"
	stop_daemon tftpd
	[ "$(grep -c 'listening on' "$LOG")" -eq 2 ] # of both daemons, one each
	start_daemon tftpd -L -6 -a :0 "$FILES"
	grep -q 'listening on \[::\]:' "$LOG"
	[ "$(grep -c 'listening on' "$LOG")" -eq 3 ]
	stop_daemon tftpd
	(cd "$HOUSE/run" && "$TRIVET/tftpd/tftpd" -f "$CONF" --listen --pidfile there.pid \
		--address 127.0.0.1:0 "$FILES" 3>&- 2>/dev/null)
	PID=$(cat "$HOUSE/run/there.pid")
	[ -d "/proc/$PID" ]
	kill "$PID"
	timeout 20 tail --pid="$PID" -f /dev/null
}

@test "-T: the first packet is sent again so soon" {
	make_file f 100
	serve -T 200000 "$FILES"
	play <<-'END'
		C: RRQ f octet blksize 600
		S: OACK blksize 600
		T: 600
		S: same
		C: ERROR 0 "enough"
	END
}
