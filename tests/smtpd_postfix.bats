#!/usr/bin/env bats
# smtpd: Postfix hands mail on to us by SMTP and by LMTP, and its smtp-source is a load.
#
# bats file_tags=once

load helper
load smtpd
load postfix

setup() {
	fixture
	MAIL=$BATS_TEST_TMPDIR/mail
}

teardown() {
	stop_queue
	stop_daemons
}

# user1, user2, ...
add_users() { # N
	local i accounts=()
	for ((i = 1; i <= $1; i++)); do
		accounts+=("$HOUSE/accounts/user$i")
	done
	tee "${accounts[@]}" <"$HOUSE/accounts/alice" >"$BATS_TEST_TMPDIR/copy"
	chmod --reference="$HOUSE/accounts/alice" "${accounts[@]}"
}

# From alice to 19 who are there and one who is not: alice is told of that one.
hand_over() { # PROTOCOL
	local to=() i
	add_users 19
	for i in {1..10} 0 {11..19}; do
		to+=("user$i@example.org")
	done
	printf '%s\n' 'From: alice@example.org' 'To: all@example.org' 'Subject: to many' '' . .. .x \
		$' \303\251t\303\251 \351 \377' "$(printf '%0900d' 0)" '' >"$MAIL"
	postfix sbin/sendmail -i -f alice@example.org "${to[@]}" <"$MAIL"
	wait_for messages_of 1 alice
	wait_for queue_empty
	sed '1,/^$/d' "$MAIL" >"$MAIL.body"
	for i in {1..19}; do
		count 1 "user$i"
		cmp "$MAIL.body" <(sed '1,/^$/d' "$(messages "user$i")")
	done
	[ "$(grep -lx 'Return-Path: <alice@example.org>' "$HOUSE"/mail/user*/new/* | wc -l)" -eq 19 ]
	[ "$(grep -l $'^\tby mail.example.org with '"$1 id" "$HOUSE"/mail/user*/new/* | wc -l)" -eq 19 ]
	[ ! -e "$HOUSE/mail/user0" ]
	no_drafts
	head -n 1 "$(messages alice)" | grep -qx 'Return-Path: <>'
	grep -q 'user0@example.org' "$(messages alice)"
	grep -q '5.1.1 No such user here' "$(messages alice)"
}

messages_of() { # WANTED USER ...
	count "$@" 2>/dev/null
}

@test "Postfix relays by SMTP: 20 recipients, one unknown" {
	needs_root || return 0
	start
	start_queue "smtp:[127.0.0.1]:$PORT"
	hand_over ESMTP
	logged 'message id=.* from=<alice@example.org> to=19 .* status=2.0.0'
}

@test "Postfix relays by LMTP: 20 recipients, one unknown" {
	needs_root || return 0
	umask 0
	start -L -l "$HOUSE/run/lmtp"
	umask 022
	start_queue "lmtp:unix:$HOUSE/run/lmtp"
	hand_over LMTP
}

@test "smtp-source: 1,000 messages over 20 connections" {
	start
	postfix sbin/smtp-source -d -s 20 -m 1000 -l 4000 -f a@example.net -t alice@example.org \
		-M client.example.net "127.0.0.1:$PORT"
	count 1000 alice
	no_drafts
	[ "$(messages alice | xargs cat | grep '^Message-Id: ' | sort -u | wc -l)" -eq 1000 ]
	# Every line of the bodies is there a multiple of 1,000 times.
	messages alice | xargs awk 'FNR == 1 { body = 0 } body { n[$0]++ } /^$/ { body = 1 }
		END { for (line in n) { bad += n[line] % 1000; lines++ } exit bad || !lines }'
	stop_daemon smtpd
	[ "$(grep -c 'session ip=127.0.0.1 end=quit messages=' "$BATS_TEST_TMPDIR/smtpd.log")" -eq 20 ]
}
