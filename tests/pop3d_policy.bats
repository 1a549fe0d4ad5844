#!/usr/bin/env bats
# pop3d: what a site may announce by settings: LOGIN-DELAY, which is enforced, and EXPIRE.

load helper
load modes
load pop3d

# bats test_tags=builds
@test "CAPA announces LOGIN-DELAY and EXPIRE in both states, where they are set" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/policy.talk" pop3d -o login-delay=900 -o expire=never
}

@test "EXPIRE in days; 0 days would delete what RETR has sent, and is refused" {
	fixture
	start -o expire=30
	connect
	say CAPA QUIT
	timeout 20 grep -qx $'EXPIRE 30\r' <&"$C"
	run "$TRIVET/pop3d/pop3d" -f "$CONF" -o expire=0 -n
	[ "$status" -eq 78 ]
	[[ $output = *'expire: "0" is not a number of days above 0, or never'* ]]
}

too_soon() {
	connect
	say 'USER alice' 'PASS secret' STAT
	hear '+OK send PASS' '-ERR [LOGIN-DELAY] too soon, try again later'
	closed
}

in_and_out() { # MESSAGES
	login alice secret "$1"
	say QUIT
	hear +OK
	closed
}

# The last login seems to have been then.
logged_in() { # DATE
	touch -a -d "$1" "$HOUSE/mail/alice/trivet-lock"
}

@test "login-delay: a login too soon after the last one that was let in is refused, and closed" {
	local user
	for user in root nobody; do
		as_user $user
		fixture
		two_letters
		start -o login-delay=900
		in_and_out 2
		too_soon
		says 'user=alice .* reason=login-delay$'
		# Neither a refused one nor a wrong password begins the time anew.
		logged_in '890 seconds ago'
		too_soon
		connect
		say 'USER alice' 'PASS wrong'
		hear '+OK send PASS' '-ERR [AUTH] wrong name or password'
		logged_in '901 seconds ago'
		in_and_out 2
		too_soon
		# Others are not concerned.
		login bob secret2 0
	done
}

@test "login-delay: a clock that was set back locks nobody out" {
	fixture
	two_letters
	start -o login-delay=900
	in_and_out 2
	logged_in '1 hour'
	in_and_out 2
	too_soon
}

@test "login-delay and takeover: each has a time of its own, and who comes too soon ends no session" {
	fixture
	two_letters
	start -o login-delay=900 -o takeover=600
	login alice secret 2
	local first=$C
	touch -d 'tomorrow' "$CONF.now"
	wait_for test "$HOUSE/mail/alice/trivet-lock" -ot "$CONF.now"
	touch -m -d '1 hour ago' "$HOUSE/mail/alice/trivet-lock"
	too_soon
	C=$first say NOOP
	C=$first hear +OK
	wait_for test "$HOUSE/mail/alice/trivet-lock" -ot "$CONF.now"
	touch -m -d '1 hour ago' "$HOUSE/mail/alice/trivet-lock"
	logged_in '1 hour ago'
	login alice secret 2
	C=$first hear '-ERR [SYS/TEMP] shutting down'
}

@test "no login-delay unless it is set" {
	fixture
	two_letters
	start
	in_and_out 2
	in_and_out 2
}

# A terminal shows neither a byte-order mark nor what a name does to it.
# bats test_tags=once
@test "what is wrong at the start is told in visible characters" {
	fixture
	printf '\357\273\277clients 5\n' >"$CONF"
	run "$TRIVET/pop3d/pop3d" -f "$CONF" -n
	[ "$status" -eq 78 ]
	[ "$output" = "pop3d: $CONF:1: there is no setting \"\\xef\\xbb\\xbfclients\"" ]
	run "$TRIVET/pop3d/pop3d" -f $'/\e[2J' -n
	[ "$status" -eq 78 ]
	[[ $output == 'pop3d: cannot read /\x1b[2J: '* ]]
}
