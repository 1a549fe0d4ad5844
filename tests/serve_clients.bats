#!/usr/bin/env bats
# Who may come in, how many at a time, and what many clients cost.
#
# bats file_tags=sandbox

load helper
load hold

setup() {
	fixture
	LOG=$BATS_TEST_TMPDIR/pop3d.log
}

teardown() {
	[ -z "${HOLD_PID:-}" ] || kill "$HOLD_PID" || true
	stop_daemons
}

greeting='S~ \+OK .*
C: QUIT
S: +OK'
busy='S: -ERR [SYS/TEMP] too many connections, try again later'
denied='S: -ERR [SYS/PERM] access denied'

plays() { # TRANSCRIPT
	"$TALK" -t 20 - connect 127.0.0.1 "$PORT" <<<"$1"
}

# The first line that a client from this address is told, without CR.
said_to() { # ADDRESS
	printf 'QUIT\r\n' | socat -t 20 - "TCP:127.0.0.1:$PORT,bind=$1" | head -n 1 | tr -d '\r'
}

# Waits until it is so.
until_so() { # COMMAND ...
	local i
	for ((i = 0; i < 2000; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		read -r -t 0.01 <> <(:) || true
	done
	"$@"
}

nobody_left() {
	[ -z "$(ps -o pid= --ppid "$PID")" ]
}

descriptors() {
	ls "/proc/$PID/fd" | wc -l
}

private_memory() {
	awk '/^RssAnon:/ { print $2 }' "/proc/$PID/status"
}

ticks() {
	awk '{ print $14 + $15 }' "/proc/$PID/stat"
}

switches() {
	awk '/_ctxt_switches:/ { n += $2 } END { print n }' "/proc/$PID/status"
}

@test "networks that are denied, or not allowed, are told so" {
	start_daemon pop3d -DF -l 127.0.0.1:0 -o 'deny=127.0.0.1 127.0.0.128/25 ::/0'
	plays "$denied"
	[ "$(said_to 127.0.0.200)" = '-ERR [SYS/PERM] access denied' ]
	[[ $(said_to 127.0.0.2) == +OK* ]]
	stop_daemon pop3d
	grep -q 'refused ip=127.0.0.1 reason=deny ' "$LOG"
	start_daemon pop3d -DF -l 127.0.0.1:0 -o allow=127.0.0.0/30 -o deny=127.0.0.3
	plays "$greeting"
	[ "$(said_to 127.0.0.3)" = '-ERR [SYS/PERM] access denied' ]
	[ "$(said_to 127.0.0.4)" = '-ERR [SYS/PERM] access denied' ]
}

@test "one source has no more than its share, and the others theirs" {
	start_daemon pop3d -DF -l 127.0.0.1:0 -o clients-per-source=3
	local i fd fds=()
	for i in 1 2 3; do
		exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
		read -r -t 20 -u "$fd" line
		[[ $line == +OK* ]]
		fds+=("$fd")
	done
	plays "$busy"
	[[ $(said_to 127.0.0.9) == +OK* ]]
	fd=${fds[0]}
	exec {fd}>&-
	until_so plays "$greeting"
	for fd in "${fds[@]:1}"; do
		exec {fd}>&-
	done
	stop_daemon pop3d
	grep -q 'refused ip=127.0.0.1 reason=clients-per-source ' "$LOG"
}

@test "the 501st client is refused at once, and the 500 do not notice" {
	start_daemon pop3d -DF -l 127.0.0.1:0
	hold 500
	plays "$busy"
	plays "$busy"
	all_say 'USER alice'
	plays "$busy"
	all_say QUIT
	until_so plays "$greeting"
	until_so nobody_left
	stop_daemon pop3d
	grep -q 'refused ip=127.0.0.1 reason=clients ' "$LOG"
}

@test "1,000 clients at once, each in a mailbox of its own, are all served" {
	mailboxes 1000
	start_daemon pop3d -DF -l 127.0.0.1:0 -o clients=1000
	hold 1000 user secret
	all_say STAT
	all_say 'DELE 1'
	all_say QUIT
	until_so nobody_left
	stop_daemon pop3d
	[ "$(grep -c 'session user=user[0-9]* .* dele=1/[0-9]* left=0/0 .*reason=quit' "$LOG")" -eq 1000 ]
	[ -z "$(find "$HOUSE/mail" -name 1.x -print -quit)" ]
}

@test "10,000 sessions leave no zombie, and the parent does not grow" {
	start_daemon pop3d -DF -l 127.0.0.1:0 -o clients-per-source=500
	"$TESTBIN/hold" storm "$PORT" 500 20
	local before descriptors_before
	before=$(private_memory) descriptors_before=$(descriptors)
	"$TESTBIN/hold" storm "$PORT" 9500 20
	until_so nobody_left
	echo "private memory in kB: $before, then $(private_memory)"
	[ "$(private_memory)" -le $((before + 16)) ]
	[ "$(descriptors)" -eq "$descriptors_before" ]
	[ "$descriptors_before" -le 6 ]
}

@test "without descriptors it pauses and does not spin, and goes on when there are some" {
	start_daemon pop3d -DF -l 127.0.0.1:0
	local fd before before_ticks
	prlimit --pid "$PID" --nofile="$(($(ls "/proc/$PID/fd" | sort -n | tail -n 1) + 1)):"
	exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
	timeout 20 grep -m 1 'accept: Too many open files; trying again' < <(tail -n +1 -s 0.02 -f "$LOG" --pid=$$)
	before=$(switches) before_ticks=$(ticks)
	read -r -t 1 -u "$fd" line || true # a second in which it can do nothing
	[ -z "$line" ]
	[ $(($(switches) - before)) -le 60 ]
	[ $(($(ticks) - before_ticks)) -le 5 ]
	prlimit --pid "$PID" --nofile=64:
	read -r -t 20 -u "$fd" line
	[[ $line == +OK* ]]
	plays "$greeting"
	exec {fd}>&-
	stop_daemon pop3d
	[ "$(grep -c 'Too many open files' "$LOG")" -eq 1 ]
}

@test "without processes the client is told, and the next one is served when there are some" {
	stop_daemons
	as_user nobody
	fixture
	start_daemon pop3d -DF -l 127.0.0.1:0
	local most
	most=$("${RUNAS[@]}" prlimit --pid "$PID" --nproc --output=SOFT --noheadings)
	"${RUNAS[@]}" prlimit --pid "$PID" --nproc=0:
	plays "$busy"
	plays "$busy"
	"${RUNAS[@]}" prlimit --pid "$PID" --nproc="${most// /}:"
	until_so plays "$greeting"
	stop_daemon pop3d
	[ "$(grep -c 'fork: Resource temporarily unavailable; trying again' "$LOG")" -eq 1 ]
}
