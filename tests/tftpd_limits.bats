#!/usr/bin/env bats
# tftpd: a flood of requests.

load helper
load tftpd

# One more reads the settings again for who is confined.
children() {
	echo $(($(wc -w <"/proc/$PID/task/$PID/children") - 1))
}

flood() { # FROM COUNT
	python3 "$HERE/tftpd/flood.py" "$PORT" "$1" "$2" f
}

@test "no more children than clients, and clients-per-source; the others are told" {
	local options
	make_file f 5000
	echo 'e ^' >map
	for options in '' '-m map'; do
		# shellcheck disable=SC2086
		serve $options -o clients=7 -o clients-per-source=4 "$FILES"
		[ "$(flood 127.0.0.1 200)" = "4 196 0" ]
		[ "$(children)" -eq 4 ]
		[ "$(flood 127.0.0.2 50)" = "3 47 0" ]
		[ "$(children)" -eq 7 ]
		[ "$(flood 127.0.0.3 50)" = "0 50 0" ]
		stop_daemon tftpd
		grep -q 'refused ip=127.0.0.1 reason=clients-per-source' "$LOG"
		[ "$(grep -c 'reason=clients' "$LOG")" -lt 30 ]
		rm "$LOG"
	done
}

@test "a flood of names that are not there needs no child, and whoever comes next is served" {
	local i
	make_file f 100
	serve -o clients=2 -o clients-per-source=1 "$FILES"
	[ "$(python3 "$HERE/tftpd/flood.py" "$PORT" 127.0.0.1 100 none)" = "0 0 100" ]
	get f
	cmp got "$FILES/f"
	stop_daemon tftpd
	[ "$(grep -c 'reason=missing' "$LOG")" -eq 100 ]
	! grep -q 'reason=clients' "$LOG"
}
