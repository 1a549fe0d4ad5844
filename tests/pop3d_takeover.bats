#!/usr/bin/env bats
# pop3d: a login ends an idle session of the same user, by the setting takeover.

load helper
load pop3d

# The session that has alice's lock has been idle for an hour, so the file says.
make_idle() {
	wait_for test "$HOUSE/mail/alice/trivet-lock" -ot "$CONF.now"
	touch -d '1 hour ago' "$HOUSE/mail/alice/trivet-lock"
}

# Later than any lock file that is marked idle, earlier than one that is marked busy.
note_now() {
	touch -d 'tomorrow' "$CONF.now"
}

refused() {
	local C
	connect
	say 'USER alice' 'PASS secret'
	hear '+OK send PASS' '-ERR [IN-USE] another session has this maildrop'
	closed
}

@test "takeover: a session that is idle is ended, its client told, and nothing deleted" {
	local user first
	for user in root nobody; do
		as_user $user
		fixture
		note_now
		two_letters
		start -o takeover=600
		login alice secret 2
		first=$C
		say 'DELE 1'
		hear +OK
		refused
		make_idle
		login alice secret 2
		C=$first hear '-ERR [SYS/TEMP] shutting down'
		C=$first closed
		both_left
		says 'ended an idle session user=alice by ip=127.0.0.1$'
		says 'user=alice .* dele=0/0 left=2/[0-9]* .* reason=shutdown$'
		# Who comes next finds it in use again.
		refused
		say 'DELE 1' QUIT
		hear +OK +OK
		closed
		left new/1700000002.M1P1.host
	done
}

@test "takeover: a session that sends a message is not idle, however slowly that is read" {
	fixture
	note_now
	letter 1 'Subject: one\n\nHello\n'
	head -c 16777216 /dev/zero | tr '\0' x | fold -w 62 | put_mail alice 1700000002.M1P1.host
	start -o takeover=1
	login alice secret 2
	local first=$C
	say 'RETR 2'
	hear +OK
	wait_for test "$HOUSE/mail/alice/trivet-lock" -nt "$CONF.now"
	refused
	timeout 20 sed '/^\.\r$/q' <&"$C" >/dev/null
	make_idle
	login alice secret 2
	C=$first hear '-ERR [SYS/TEMP] shutting down'
}

@test "no takeover unless it is set, however old the lock file" {
	fixture
	note_now
	two_letters
	start
	login alice secret 2
	make_idle
	refused
	say NOOP
	hear +OK
}

@test "takeover: a lock that was left behind by kill -9 does not make the next session idle" {
	fixture
	note_now
	two_letters
	start -o takeover=600
	login alice secret 2
	make_idle
	kill -9 "$(children "$PID")"
	closed
	all_over
	login alice secret 2
	refused
	sed -i '/session [0-9]* died of signal 9/d' "$log"
}

@test "takeover: a lock of a process that does not heed SIGTERM leads to IN-USE" {
	fixture
	note_now
	two_letters
	start -o takeover=600
	login alice secret 2
	local keeper
	keeper=$(children "$PID")
	make_idle
	kill -STOP "$keeper"
	refused
	kill -CONT "$keeper"
	hear '-ERR [SYS/TEMP] shutting down'
}
