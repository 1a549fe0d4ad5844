#!/usr/bin/env bats
# smtpd: what strangers may do before they are slowed down or sent away; who our own people are; proxies.

load helper
load smtpd

# bats test_tags=builds
@test "XCLIENT: every rule, and what it changes" {
	local files
	fixture
	start -o xclient=127.0.0.0/8 -o deny=198.51.100.0/24 -o errors=0
	"$TALK" "$HERE/smtpd/xclient.talk" connect 127.0.0.1 "$PORT"
	stop_daemon smtpd
	count 2 alice
	mapfile -t files < <(messages alice | sort)
	grep -q 'Received: from some+name (\[192.0.2.1\])' "${files[0]}"
	grep -q 'Received: from six.example.net (\[IPv6:2001:db8::7\])' "${files[1]}"
	grep -q $'^\tby mail.example.org with SMTP id ' "${files[0]}"
	grep -q $'^\tby mail.example.org with ESMTPA id ' "${files[1]}"
	logged 'message id=.* ip=192.0.2.1 helo=some\+name '
	logged 'session ip=198.51.100.9 end=refused messages=2'
}

# bats test_tags=builds
@test "XCLIENT is unknown to all others, and in the keeper, too" {
	fixture
	start -o xclient=192.0.2.1
	connect
	say 'XCLIENT ADDR=192.0.2.1' 'HELP XCLIENT'
	hear '500 5.5.1'
	hear '504 5.5.4'
	exec {C}>&-
}

@test "a sender without a domain gets ours from our own people only" {
	fixture
	start -o xclient=127.0.0.1 -o trusted=192.0.2.0/24
	local from
	for from in '' 'ADDR=192.0.2.5'; do
		connect
		if [ -n "$from" ]; then
			say "XCLIENT $from"
			hear 220
		fi
		say 'HELO x' 'MAIL   FROM:<frol>' 'RCPT   TO:<alice>' 'DATA  '
		hear 250 && hear 250 && hear 250 && hear 354
		end_message
		exec {C}>&-
	done
	[ "$(grep -lx 'Return-Path: <frol@mail.example.org>' "$HOUSE"/mail/alice/new/* | wc -l)" -eq 2 ]
	for from in 192.0.3.5 '[UNAVAILABLE]' IPV6:2001:db8::1; do
		connect
		say "XCLIENT ADDR=$from" 'HELO x' 'MAIL FROM:<frol>' 'AUTH PLAIN AGFsaWNlAHNlY3JldA=='
		hear 220 && hear 250 && hear '553 5.1.7' && hear '500 5.5.1'
		exec {C}>&-
	done
}

@test "who asks for many unknown recipients at once and leaves: nobody waits for him" {
	fixture
	start
	connect
	say 'HELO x' 'MAIL FROM:<>' 'RCPT TO:<nobody>'{,,,,,,,,,,,,,,,,,,,,,,} DATA
	for _ in 1 2; do
		hear 250
	done
	for _ in 1 2 3 4; do
		hear '550 5.1.1'
	done
	exec {C}>&-
	logged 'session ip=127.0.0.1 end='
	stop_daemon smtpd
	[ "$(grep -c 'broke the rules' "$BATS_TEST_TMPDIR/smtpd.log")" -eq 0 ]
}

# 10 times as many as a message may have. The last ones come in one go with those that are too many.
@test "too many recipients tried, all sent ahead: 421 is the end, and no rule is broken" {
	local i
	fixture
	start -o recipients=100 -o errors=0
	{
		echo 'S: 220 mail.example.org ESMTP' && echo 'C: HELO x' && echo 'S: 250 mail.example.org'
		echo 'C: MAIL FROM:<>'
		for ((i = 0; i < 1010; i++)); do
			echo 'C: RCPT TO:<a@example.net>'
		done
		echo 'S: 250 2.1.0 Sender OK'
		for ((i = 0; i < 1000; i++)); do
			echo 'S: 550 5.7.1 Relaying denied'
		done
		echo 'S: 421 4.5.3 Too many recipients tried'
	} >"$BATS_TEST_TMPDIR/tried.talk"
	"$TALK" "$BATS_TEST_TMPDIR/tried.talk" connect 127.0.0.1 "$PORT"
	stop_daemon smtpd
	[ "$(grep -c 'recipient refused' "$BATS_TEST_TMPDIR/smtpd.log")" -eq 1001 ]
	[ "$(grep -c 'broke the rules' "$BATS_TEST_TMPDIR/smtpd.log")" -eq 0 ]
}

@test "the 5th unknown recipient and the next ones cost a second each, the 20th the session" {
	local i began
	fixture
	start
	connect
	say 'HELO x' 'MAIL FROM:<>'
	hear 250 && hear 250
	for ((i = 0; i < 4; i++)); do
		say 'RCPT TO:<nobody>'
		hear '550 5.1.1'
	done
	# Of two in one go, the first is answered on its own.
	began=${EPOCHREALTIME/./}
	say 'RCPT TO:<alice>' 'RCPT TO:<nobody>' 'RCPT TO:<nobody>'
	hear '250 2.1.5'
	[ $((${EPOCHREALTIME/./} - began)) -lt 900000 ]
	hear '550 5.1.1'
	[ $((${EPOCHREALTIME/./} - began)) -gt 900000 ]
	[ $((${EPOCHREALTIME/./} - began)) -lt 1900000 ]
	hear '550 5.1.1'
	[ $((${EPOCHREALTIME/./} - began)) -gt 1900000 ]
	# Over messages, too.
	say RSET 'MAIL FROM:<>'
	hear 250 && hear 250
	for ((i = 7; i < 20; i++)); do
		say 'RCPT TO:<nobody>'
		hear '550 5.1.1'
	done
	say 'RCPT TO:<nobody>' NOOP
	hear '421 4.7.0'
	closed
	logged 'session ip=127.0.0.1 end=refused '
}

# Only for a data-hook, which finds them in its environment, they have to fit into 96 KiB.
@test "recipients: as many as are announced, however long their addresses are" {
	local detail commands i
	fixture
	start -o recipients=2000
	detail=$(printf 'x%.0s' {1..50})
	commands=()
	for ((i = 1000; i < 3000; i++)); do
		commands+=("RCPT TO:<alice+$detail$i@example.org>")
	done
	connect
	say 'HELO x' 'MAIL FROM:<>'
	hear 250 && hear 250
	say "${commands[@]}" 'RCPT TO:<bob>' DATA
	taken 2000
	count 1 alice
	exec {C}>&-
}

@test "rate: messages of an address, over all its sessions and restarts; others are free" {
	fixture
	echo 'rate 3/h' >>"$CONF"
	start -o xclient=127.0.0.1 -l '[::1]:0'
	send alice
	send alice
	stop_daemon smtpd
	start -o xclient=127.0.0.1
	send alice
	connect
	say 'HELO x' 'MAIL FROM:<>' 'RCPT TO:<alice>' DATA NOOP
	hear 250 && hear 250 && hear 250 && hear '421 4.7.0'
	closed
	count 3 alice
	logged 'message .*status=4.7.0'
	connect
	say 'XCLIENT ADDR=192.0.2.77' 'HELO x' 'MAIL FROM:<>' 'RCPT TO:<alice>' 'BDAT 0 LAST'
	hear 220 && hear 250 && hear 250 && hear 250 && hear '250 2.0.0'
	say 'XCLIENT ADDR=127.0.0.1' 'HELO x' 'MAIL FROM:<>' 'RCPT TO:<alice>' 'BDAT 0 LAST'
	hear 220 && hear 250 && hear 250 && hear 250 && hear '421 4.7.0'
	closed
	count 4 alice
}

@test "transactions: so many messages in a session" {
	fixture
	start -o transactions=2
	connect
	say 'EHLO x' 'MAIL FROM:<>' RSET 'MAIL FROM:<' 'MAIL FROM:<>' RSET 'MAIL FROM:<>' NOOP
	hear 250 && hear 250 && hear 250 && hear 501 && hear 250 && hear 250 && hear '421 4.7.0'
	closed
	logged 'session ip=127.0.0.1 end=refused '
}

@test "XCLIENT: what one client has asked for does not count against the next" {
	fixture
	start -o xclient=127.0.0.1 -o transactions=2
	connect
	local none='RCPT TO:<none@example.org>' client
	for client in {1..6}; do
		say 'EHLO x' "XCLIENT ADDR=192.0.2.$client" 'EHLO x' 'MAIL FROM:<>' \
			"$none" "$none" "$none" "$none" RSET 'MAIL FROM:<>' RSET
		hear 250 && hear 220 && hear 250 && hear 250
		hear 550 && hear 550 && hear 550 && hear 550 && hear 250
		hear 250 && hear 250
	done
	say QUIT
	hear 221
}

# bats test_tags=once
@test "settings of the front: what they take" {
	fixture
	refuses 78 'bare-newline: "never" is not one of refuse accept' -o bare-newline=never
	refuses 78 'bare-newline' -o 'bare-newline=refuse accept'
	refuses 78 'bare-newline' -o bare-newline=
	refuses 78 'rate: "60" is not a rate like 60/m' -o rate=60
	refuses 78 'rate' -o rate=60/w
	refuses 78 'rate' -o rate=/m
	refuses 78 'rate' -o rate=1/min
	refuses 78 'transactions' -o transactions=0
	run "$(program smtpd)" -f "$CONF" -n -o rate=5/d -o bare-newline=accept
	[[ $output = *'rate 5/d'* ]] && [[ $output = *'bare-newline accept'* ]]
	refuses 78 'hostname: "b' -o $'hostname=b\xc3\xbc.example'
}
