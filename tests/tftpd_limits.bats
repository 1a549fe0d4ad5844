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

@test "who has an upload, and stays for a lost ACK alone, makes room" {
	local i
	make_file f 5000
	serve -c -o clients=3 -o clients-per-source=2 "$FILES"
	for i in {1..8}; do
		"$TESTBIN/tftpcopy" put "$PORT" "new$i" <"$FILES/f"
	done
	[ "$(flood 127.0.0.2 20)" = "2 18 0" ]
	[ "$(flood 127.0.0.1 20)" = "1 19 0" ]
	[ "$(children)" -eq 3 ]
	! "$TESTBIN/tftpcopy" put "$PORT" new9 <"$FILES/f" 2>busy
	grep -q 'Server busy' busy
	stop_daemon tftpd
	[ "$(grep -c 'put .*result=ok' "$LOG")" -eq 8 ]
	nothing_temporary
}

# More than an ordinary socket holds.
@test "of a crowd that asks at once nobody has to ask again" {
	serve "$FILES"
	[ "$(python3 "$HERE/tftpd/flood.py" "$PORT" 127.0.0.1 400 none "$PID")" = "0 0 400" ]
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

# All processes of a daemon that is asked once for a file, and for what else there is in the script.
forks() { # SCRIPT [ARGUMENT ...]
	local trace=$BATS_TEST_TMPDIR/forks
	RUNAS=(strace -D -f -qq -o "$trace" -e trace=clone,clone3,fork,vfork)
	serve "${@:2}" "$FILES"
	RUNAS=()
	play <"$1"
	get f
	stop_daemon tftpd
	grep -cE '(clone3?|v?fork)\(' "$trace"
}

# bats test_tags=once
@test "refusals, misses and what is no request are answered without a fork, and logged" {
	local none single
	make_file f 100
	make_file private 100
	chmod 600 "$FILES/private"
	: >nothing
	for _ in {1..20}; do
		cat <<-'END'
			C: RRQ none octet blksize 1000 tsize 0
			S: ERROR 1 "File not found"
			N:
			C: RRQ private octet
			S: ERROR 2
			N:
			C: RRQ f mail
			S: ERROR 4
			N:
			C: WRQ new octet tsize 5
			S: ERROR 1
			N:
			C: WRQ private octet
			S: ERROR 2
			N:
			C: ACK 1
		END
	done >script
	for single in off on; do
		[ $single = off ] || SINGLE=1
		rm -f "$LOG"
		none=$(forks nothing -o single-port=$single)
		rm "$LOG"
		[ "$none" -gt 0 ]
		[ "$(forks script -o single-port=$single)" -eq "$none" ]
		[ "$(grep -c 'refused get file=none .*tried=.*/files/none reason=missing' "$LOG")" -eq 20 ]
		[ "$(grep -c 'refused get file=private .*reason="not world-readable"' "$LOG")" -eq 20 ]
		[ "$(grep -c 'refused ip=127.0.0.1 reason="Mode not supported"' "$LOG")" -eq 20 ]
		[ "$(grep -c 'refused put file=new .*reason="missing, and create is off"' "$LOG")" -eq 20 ]
		[ "$(grep -c 'refused put file=private .*reason="not world-writable"' "$LOG")" -eq 20 ]
	done
	# With remap rules, each name has a process.
	echo 'r ^old$ f' >map
	SINGLE=
	[ "$(forks script -m map)" -gt $((none + 20)) ]
}
