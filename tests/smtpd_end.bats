#!/usr/bin/env bats
# smtpd: sessions that end in the middle: by the client, a signal or the clock. And what a front holds.

load helper
load smtpd

# bats test_tags=builds
@test "a client that is gone before the dot leaves nothing" {
	fixture
	start
	begin_message alice bob
	exec {C}>&-
	logged 'end=closed'
	stop_daemon smtpd
	count 0 alice bob
	no_drafts
	logged 'message .*status=lost'
}

# bats test_tags=builds
@test "waiting ends: for a command, and in a message that drips" {
	local line
	fixture
	echo 'timeout 1' >>"$CONF"
	start
	connect
	hear '421 4.4.2'
	closed
	begin_message alice
	# Less than what earns another second.
	while say drip; do read -r -t 0.1 <> <(:) || true; done 2>/dev/null 3>&- &
	read -r -t 20 -u "$C" line
	wait $! || true
	[[ $line = '421 4.4.2'* ]]
	exec {C}>&-
	stop_daemon smtpd
	count 0 alice
	no_drafts
	logged 'end=timeout'
}

# bats test_tags=builds
@test "SIGTERM in the middle of a message: it is delivered, then the session ends" {
	fixture
	start
	begin_message alice
	processes
	kill "$PID"
	wait_for grep -q '^ShdPnd:.*4000$' "/proc/$FRONT/status" # SIGTERM has come, and waits
	say 'more of it'
	end_message
	hear '421 4.3.2'
	closed
	stop_daemon smtpd
	count 1 alice
	no_drafts
}

# bats test_tags=builds
@test "kill -9 of the front in a message: nothing is delivered, no draft stays" {
	fixture
	start
	begin_message alice bob
	processes
	[ -n "$(find "$HOUSE/mail/alice/tmp" -type f)" ]
	kill -9 "$FRONT"
	closed
	stop_daemon smtpd
	count 0 alice bob
	no_drafts
	logged 'status=lost'
}

# bats test_tags=builds
@test "kill -9 of the keeper in a message: 421, nothing is delivered" {
	fixture
	start
	begin_message alice bob
	processes
	kill -9 "$KEEPER"
	logged 'died of signal 9'
	end_message '421 4.3.0'
	closed
	stop_daemon smtpd
	count 0 alice bob
	# That line is what the test has asked for.
	sed -i '/died of signal 9/d' "$BATS_TEST_TMPDIR/smtpd.log"
}

# bats test_tags=builds
@test "kill -9 of the parent: the session goes on to its end" {
	fixture
	start
	begin_message alice
	kill -9 "$PID"
	wait "$PID" || true
	end_message
	count 1 alice
	say QUIT
	hear 221
	closed
	unset 'DAEMON[smtpd]'
}

# bats test_tags=sandbox
@test "a live front: jailed, nothing in its hands but client, keeper, and in DATA the spool" {
	needs_root || return 0
	fixture
	start
	connect
	processes
	grep -qE '^Uid:\s65534\s65534\s65534\s65534$' "/proc/$FRONT/status"
	grep -qE '^Seccomp:\s2$' "/proc/$FRONT/status"
	grep -qE '^NoNewPrivs:\s1$' "/proc/$FRONT/status"
	[ "$(readlink "/proc/$FRONT/root")" = "$HOUSE/run/empty" ]
	[ "$(ls "/proc/$FRONT/fd" | paste -sd ' ')" = '0 1 2 3' ]
	[ "$(readlink /proc/$FRONT/fd/* | grep -vc socket)" -eq 0 ]
	exec {C}>&-
	logged end=closed
	begin_message alice
	processes
	[ "$(readlink /proc/$FRONT/fd/* | grep -vc socket)" -eq 1 ]
	[[ $(readlink /proc/$FRONT/fd/4) = "$HOUSE/mail/alice/tmp/"* ]]
	end_message
	[ "$(ls "/proc/$FRONT/fd" | paste -sd ' ')" = '0 1 2 3' ]
	exec {C}>&-
}
