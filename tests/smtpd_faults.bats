#!/usr/bin/env bats
# Faults on demand of the sink (smtpd -S), by operands and by addresses.

load helper
load smtpd

start_sink() { # OPERAND ...
	fixture
	SINK=$HOUSE/sink
	start -S "$SINK" "$@" >/dev/null
}

# Lines and the beginning of their replies, in turn; "-": no reply, it is closed.
talk() { # LINE REPLY ...
	while [ $# -gt 0 ]; do
		say "$1"
		if [ "$2" = - ]; then closed; else hear "$2"; fi
		shift 2
	done
}

holds() { # COUNT
	[ "$(find "$SINK"/*/new -type f | wc -l)" -eq "$1" ]
}

# bats test_tags=builds
@test "fail: a code for each stage, with words that fit; the session goes on" {
	start_sink fail=helo:550 fail=mail:451 fail=rcpt:452 fail=data:554:every=2 fail=dot:552
	connect
	talk 'EHLO x' '550 5.7.1 ' 'HELO x' '550 5.7.1 ' QUIT 221
	stop_daemon smtpd
	start_sink fail=mail:450:every=2 fail=rcpt:550:every=2 fail=data:554:every=2 fail=dot:552:every=2
	connect
	talk 'EHLO x' 250 'MAIL FROM:<a@b>' 250 'RCPT TO:<a@b>' 250 'RCPT TO:<a@b>' '550 5.1.1 ' DATA 354
	say 'Subject: x' '' text
	talk . '250 2.0.0' 'MAIL FROM:<a@b>' '450 4.1.8 ' 'RCPT TO:<a@b>' 503
	talk 'MAIL FROM:<a@b>' 250 'RCPT TO:<a@b>' 250 DATA '554 5.0.0 ' DATA 354
	talk . '552 5.3.4 ' 'MAIL FROM:<a@b>' 450 QUIT 221
	holds 2 # one message, in all and its recipient's
	no_files "$SINK"/*/tmp
}

# bats test_tags=builds
@test "fail: 421, and any code before the greeting, ends the session; codes without words" {
	start_sink fail=connect:554
	exec {C}<>"/dev/tcp/127.0.0.1/$PORT"
	hear '554 5.3.2 '
	closed
	stop_daemon smtpd
	start_sink fail=rcpt:421 fail=mail:459:every=2
	connect
	talk 'HELO x' 250 'MAIL FROM:<a@b>' 250 RSET 250 'MAIL FROM:<a@b>' '459 4.0.0 ' 'MAIL FROM:<a@b>' 250 'RCPT TO:<a@b>' '421 4.3.2 '
	closed
}

# Faults are no errors of the client's: they do not add up to 421.
# bats test_tags=builds
@test "fail: as often as one likes" {
	local i
	start_sink fail=rcpt:550
	connect
	talk 'HELO x' 250 'MAIL FROM:<a@b>' 250
	for i in {1..25}; do
		talk 'RCPT TO:<a@b>' 550
	done
}

# bats test_tags=builds
@test "every=N counts over all sessions" {
	local i
	start_sink fail=connect:421:every=3
	for i in 1 2 3 4 5 6; do
		exec {C}<>"/dev/tcp/127.0.0.1/$PORT"
		hear "$((i % 3 == 0 ? 421 : 220))"
		exec {C}>&-
	done
}

# bats test_tags=builds
@test "drop: closed without a reply, at each stage" {
	local stage
	for stage in connect helo mail rcpt data dot; do
		start_sink "drop=$stage"
		exec {C}<>"/dev/tcp/127.0.0.1/$PORT"
		case $stage in
		connect) closed ;;
		helo) hear 220 && talk 'HELO x' - ;;
		mail) hear 220 && talk 'HELO x' 250 'MAIL FROM:<a@b>' - ;;
		rcpt) hear 220 && talk 'HELO x' 250 'MAIL FROM:<a@b>' 250 'RCPT TO:<a@b>' - ;;
		data) hear 220 && talk 'HELO x' 250 'MAIL FROM:<a@b>' 250 'RCPT TO:<a@b>' 250 DATA - ;;
		dot) hear 220 && talk 'HELO x' 250 'MAIL FROM:<a@b>' 250 'RCPT TO:<a@b>' 250 DATA 354 . - ;;
		esac
		stop_daemon smtpd
		no_files "$SINK"
	done
}

# bats test_tags=builds
@test "drop: in a message, at so many octets; a smaller one passes" {
	start_sink drop=data:at=1k
	begin_message alice
	end_message
	say 'MAIL FROM:<a@b>' 'RCPT TO:<a@b>' DATA
	hear 250
	hear 250
	hear 354
	text 1014 # 13 lines
	text 78
	closed
	holds 2
	no_files "$SINK"/*/tmp
	logged 'status=lost'
}

# bats test_tags=builds
@test "AUTH: refused before a challenge, every other time, or closed" {
	local plain='AUTH PLAIN AGFsaWNlAHNlY3JldA=='
	start_sink fail=auth:535
	connect
	talk 'EHLO x' 250 "$plain" '535 5.7.8 Fault' 'AUTH LOGIN' '535 5.7.8 Fault' 'MAIL FROM:<a@b>' 250 QUIT 221
	stop_daemon smtpd
	start_sink fail=auth:454:every=2
	connect
	talk 'EHLO x' 250 "$plain" 235 QUIT 221
	connect
	talk 'EHLO x' 250 "$plain" '454 4.7.0 Fault' "$plain" 235 QUIT 221
	stop_daemon smtpd
	start_sink drop=auth
	connect
	talk 'EHLO x' 250 "$plain" -
}

# bats test_tags=builds
@test "chunks: dropped in one of them, dropped at the first, refused" {
	start_sink drop=data:at=1k
	connect
	talk 'EHLO x' 250 'MAIL FROM:<a@b>' 250 'RCPT TO:<a@b>' 250
	say 'BDAT 546'
	text 546
	hear 250
	say 'BDAT 0 LAST'
	hear '250 2.0.0'
	holds 2
	talk 'MAIL FROM:<a@b>' 250 'RCPT TO:<a@b>' 250
	say 'BDAT 546'
	text 546
	hear 250
	say 'BDAT 546 LAST'
	text 546
	closed
	logged 'status=lost'
	holds 2
	no_files "$SINK"/*/tmp
	stop_daemon smtpd
	start_sink drop=data
	connect
	talk 'EHLO x' 250 'MAIL FROM:<a@b>' 250 'RCPT TO:<a@b>' 250 'BDAT 546 LAST' -
	stop_daemon smtpd
	start_sink fail=data:452:every=2
	connect
	talk 'EHLO x' 250 'MAIL FROM:<a@b>' 250 'RCPT TO:<a@b>' 250 'BDAT 0 LAST' '250 2.0.0'
	talk 'MAIL FROM:<a@b>' 250 'RCPT TO:<a@b>' 250
	say 'BDAT 78'
	text 78
	hear '452 4.3.1 Fault'
	say 'BDAT 78 LAST'
	text 78
	hear 503
	talk NOOP 250 QUIT 221
	holds 2
}

# bats test_tags=builds
@test "delay: a stage takes its time; what came before has left; SIGTERM ends it" {
	local start
	start_sink delay=rcpt:300
	connect
	say 'HELO x' 'MAIL FROM:<a@b>'
	hear 250
	hear 250
	start=${EPOCHREALTIME//./}
	talk 'RCPT TO:<a@b>' 250
	((${EPOCHREALTIME//./} - start >= 300000))
	stop_daemon smtpd
	start_sink delay=mail:600000
	connect
	say 'HELO x' 'MAIL FROM:<a@b>'
	hear 250
	stop_daemon smtpd
	! grep 'go on by themselves' "$BATS_TEST_TMPDIR/smtpd.log"
}

# bats test_tags=builds
@test "rate: messages in a minute, of all sessions" {
	start_sink rate=2/m
	connect
	talk 'HELO x' 250 'MAIL FROM:<a@b>' 250 RSET 250
	exec {C}>&-
	connect
	talk 'HELO x' 250 'MAIL FROM:<a@b>' 250 RSET 250 'MAIL FROM:<a@b>' '421 4.7.0 '
	closed
}

# bats test_tags=builds
@test "by address: the sender's and the recipients'" {
	start_sink
	connect
	talk 'HELO x' 250 'MAIL FROM:<fail-451-mail@x>' '451 4.3.0 ' 'MAIL FROM:<a@b>' 250
	talk 'RCPT TO:<fail-452-rcpt@x>' '452 4.2.2 ' 'RCPT TO:<FAIL-550-rcpt@x>' '550 5.1.1 ' 'RCPT TO:<good@x>' 250
	talk 'RCPT TO:<fail-554-data@x>' 250 DATA '554 5.0.0 ' RSET 250
	talk 'MAIL FROM:<fail-450-rcpt@x>' 250 'RCPT TO:<good@x>' '450 4.2.1 ' RSET 250
	talk 'MAIL FROM:<a@b>' 250 'RCPT TO:<fail-452-dot@x>' 250 DATA 354 . '452 4.3.1 '
	# Nothing of it is left; and what is no code or no stage is an address like any other.
	talk 'MAIL FROM:<fail-250-mail@x>' 250 'RCPT TO:<fail-452-mail@x>' 250 'RCPT TO:<fail-452@x>' 250
	talk 'RCPT TO:<fail-452-rcpts@x>' 250 DATA 354 . 250 QUIT 221
}

# bats test_tags=builds
@test "without -S an address is an address" {
	fixture
	add_user fail-452-rcpt x
	start
	send fail-452-rcpt@example.org
}

# bats test_tags=builds
@test "a wrong operand: 64, and what was expected" {
	local operand expected
	fixture
	while read -r operand expected; do
		refuses 64 "$operand: expected $expected" -D -l 127.0.0.1:0 -S "$HOUSE/sink" "$operand"
	done <<-END
		keep fail=STAGE:CODE[:every=N], drop=STAGE[:at=OCTETS], delay=STAGE:MS, rate=N/m or keep=N
		fall=rcpt:450 fail=STAGE
		fail= a STAGE: connect, helo, auth, mail, rcpt, data or dot
		fail=quit:450 a STAGE
		fail=rcpt a CODE from 400 to 559
		fail=rcpt:250 a CODE
		fail=rcpt:460 a CODE
		fail=rcpt:560 a CODE
		fail=rcpt:4500 a CODE
		fail=rcpt:450: every=N
		fail=rcpt:450:every=0 every=N
		fail=rcpt:450:every=2:every=3 every=N
		drop=rcpt:at=5 at=OCTETS
		drop=data:at=0 at=OCTETS
		drop=data:at=5:6 at=OCTETS
		delay=rcpt milliseconds
		delay=rcpt:600001 milliseconds
		rate=5 messages a minute
		rate=0/m messages a minute
		rate=5/h messages a minute
		keep=0 keep=N
		keep=x keep=N
	END
	# shellcheck disable=SC2046
	refuses 64 'no more than 32 faults' -D -S "$HOUSE/sink" $(printf 'drop=mail %.0s' {1..33})
}

@test "faults by addresses, among recipients that are sent ahead, are met in their turn" {
	start_sink
	connect
	talk 'EHLO x' 250
	say 'MAIL FROM:<a@b>' 'RCPT TO:<a@b>' 'RCPT TO:<Fail-450-rcpt@b>' 'RCPT TO:<c@b>' \
		'RCPT TO:<fail-554-data@b>' 'RCPT TO:<d@b>' DATA NOOP DATA
	hear '250 2.1.0'
	hear '250 2.1.5'
	hear '450 4.2.1 '
	hear '250 2.1.5'
	hear '250 2.1.5'
	hear '250 2.1.5'
	hear '554 5.0.0 '
	hear '250 2.0.0'
	hear '554 5.0.0 '
	talk RSET 250
	say 'MAIL FROM:<fail-451-rcpt@b>' 'RCPT TO:<a@b>' 'RCPT TO:<b@b>' DATA
	hear '250 2.1.0'
	hear '451 4.3.0 '
	hear '451 4.3.0 '
	hear 503
	talk QUIT 221
	no_files "$SINK"/*/*
}

# bats test_tags=once
@test "a sink's keeper is asked once about recipients and DATA that are sent ahead" {
	fixture
	RUNAS=(strace -D -f -o "$BATS_TEST_TMPDIR/trace" -e trace=sendmsg)
	start -S "$HOUSE/sink" >/dev/null
	python3 "$HERE/smtpd/pipeline.py" "$PORT" 3 # each group of lines in one packet
	stop_daemon smtpd
	[ "$(grep -c 'iov_base="a", iov_len=1' "$BATS_TEST_TMPDIR/trace")" -eq 6 ]
}
