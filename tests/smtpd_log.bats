#!/usr/bin/env bats
# smtpd: a line for each message, and pflogsumm's sums of them.

load helper
load smtpd

# What syslog puts in front.
as_syslog() { # FILE
	sed 's/^/Nov 21 12:00:00 mail /' "$1"
}

summary() {
	as_syslog "$BATS_TEST_TMPDIR/smtpd.log" | awk -f "$HERE/../etc/pflogsumm.awk" |
		pflogsumm --detail 20 >"$BATS_TEST_TMPDIR/summary"
}

says() { # LINE, but for its blanks
	sed 's/^ *//; s/  */ /g; s/ *$//' "$BATS_TEST_TMPDIR/summary" | grep -qxF -- "$1" ||
		{ echo "not said: $1" && cat "$BATS_TEST_TMPDIR/summary" && return 1; } >&2
}

# bats test_tags=once
@test "pflogsumm counts messages, senders, recipients, octets and refusals" {
	fixture
	add_user carol x
	echo 'message-size 2k' >>"$CONF"
	start
	send alice@example.org
	send bob@example.org alice@example.org '"carol"@example.org'
	connect
	say HELO\ other 'MAIL FROM:<"odd, one"@example.com>' 'RCPT TO:<nobody@example.org>' 'RCPT TO:<bob>' DATA
	hear 250
	hear 250
	hear 550
	hear 250
	hear 354
	say 'a line'
	end_message
	say 'MAIL FROM:<>' 'RCPT TO:<alice@example.org>' DATA
	hear 250
	hear 250
	hear 354
	text 4000
	end_message 552
	say QUIT
	hear 221
	closed
	stop_daemon smtpd
	summary
	says '3 received'
	says '5 delivered'
	says '2 rejected (28%)'
	says '2 senders'
	says '4 recipients'
	says '2 alice@example.org'
	says '1 carol@example.org'
	says '1 bob'
	says '2 a@example.net'
	says '1 "odd, one"@example.com'
	says "$(messages alice bob carol | xargs -d '\n' stat -c %s | awk '{ n += $1 } END { print n }') bytes delivered"
	says "$(messages alice bob carol | xargs -d '\n' stat -c '%i %s' | sort -u | awk '{ n += $2 } END { print n }') bytes received"
}

# bats test_tags=once
@test "pflogsumm is told nothing by an address" {
	fixture
	start
	connect
	say 'HELO x' 'MAIL FROM:<"a octets=7777 status=2.0.0 to=77 rcpt=<no@x>"@example.net>' \
		'RCPT TO:<"alice+a rcpt=no"@example.org>' 'RCPT TO:<"nobody status=2.0.0"@example.org>' DATA
	hear 250
	hear 250
	hear 250
	hear 550
	hear 354
	printf 'bare\nline\r\n' >&"$C"
	end_message 550
	say 'MAIL FROM:<a@example.net>' 'RCPT TO:<"alice+a rcpt=no"@example.org>' DATA
	hear 250
	hear 250
	hear 354
	end_message
	exec {C}>&-
	stop_daemon smtpd
	summary
	says '1 received'
	says '1 delivered'
	says '2 rejected (66%)'
	says '1 recipients'
	says '1 "alice+a rcpt=no"@example.org'
	! grep -q 7777 "$BATS_TEST_TMPDIR/summary" || false
}

# bats test_tags=builds
@test "recipients that do not fit follow in lines of their own, and none is missing" {
	local i to=()
	fixture
	for ((i = 0; i < 100; i++)); do
		cp -p "$HOUSE/accounts/alice" "$HOUSE/accounts/user$i"
		to+=("user$i@example.org")
	done
	start
	send "${to[@]}"
	stop_daemon smtpd
	[ "$(grep -c ' message id=.* to=100 ' "$BATS_TEST_TMPDIR/smtpd.log")" -eq 1 ]
	[ "$(grep -E ': (message|recipients) id=' "$BATS_TEST_TMPDIR/smtpd.log" | sed 's/.* id=\([^ ]*\) .*/\1/' |
		sort -u | wc -l)" -eq 1 ]
	diff <(printf '<%s>\n' "${to[@]}") <(sed -n 's/.* rcpt=//p' "$BATS_TEST_TMPDIR/smtpd.log" | tr , '\n')
	[ "$(awk '{ print length }' "$BATS_TEST_TMPDIR/smtpd.log" | sort -n | tail -n 1)" -lt 1024 ]
}
