#!/usr/bin/env bats
# smtpd: the extensions by transcripts, and what a client may not do: smuggle, speak another protocol,
# talk first.

load helper
load modes
load smtpd

# bats test_tags=builds
@test "BDAT: chunks, and how they go wrong" {
	play_everywhere "$HERE/smtpd/bdat.talk" smtpd
	count 4 alice
	count 1 bob
	no_drafts
	local file
	file=$(grep -l 'Subject: 1' "$HOUSE"/mail/alice/new/*)
	[ "$(sed '1,/^\tfor/d' "$file" | od -An -c)" = "$(printf 'Subject: 1\n\n.\n..\nx.\n' | od -An -c)" ]
	[[ $file = *",S=$(stat -c %s "$file"),W=$(sed 's/$/\r/' "$file" | wc -c)" ]]
}

# bats test_tags=builds
@test "AUTH: every rule of its dialogue, and AUTH= of MAIL" {
	play_everywhere "$HERE/smtpd/auth.talk" smtpd -o 'sasl=PLAIN LOGIN SCRAM-SHA-256' -o errors=0
	grep -q $'^\tby mail.example.org with ESMTPA id ' "$(messages bob)"
}

# bats test_tags=builds
@test "SMTPUTF8: addresses in UTF-8 where MAIL says so" {
	prepare() { echo $'domains example.org b\xc3\xbc.example' >>"$CONF"; }
	play_everywhere "$HERE/smtpd/utf8.talk" smtpd
	grep -q $'^Return-Path: <gr\xc3\xbc\xc3\x9fe@b\xc3\xbc.example>$' "$(messages alice)"
	grep -q $'^\tby mail.example.org with UTF8SMTP id ' "$(messages alice)"
}

# bats test_tags=builds
@test "a burst with BDAT and DATA, cut at every place" {
	fixture
	start
	count "$(python3 "$HERE/smtpd/splits.py" "$PORT")" alice
	no_drafts
}

# bats test_tags=builds
@test "a lone dot between any line ends, whole and byte by byte, is no end but CRLF.CRLF" {
	local newline piece wanted
	fixture
	for newline in refuse accept; do
		start -o "bare-newline=$newline"
		for piece in 1 100000; do
			wanted=$(python3 "$HERE/smtpd/smuggle.py" "$PORT" "$newline" "$piece")
			count "$wanted" alice
			[ "$(grep -l 'Return-Path: <evil' "$HOUSE"/mail/alice/new/* | wc -l)" -eq 0 ]
			rm "$HOUSE"/mail/alice/new/*
		done
		stop_daemon smtpd
	done
	no_drafts
}

@test "bare-newline accept: LF is a line end, and the dot behind it stays; CR and NUL are refused" {
	fixture
	start -o bare-newline=accept
	begin_message alice
	printf '.one\n.two\n..three\r\n' >&"$C"
	end_message
	[ "$(tail -n 3 "$(messages alice)" | paste -sd ' ')" = 'one .two ..three' ]
	[[ $(messages alice) = *",W=$(sed 's/$/\r/' "$(messages alice)" | wc -c)" ]]
	exec {C}>&-
	begin_message alice
	printf 'a\rb\r\n' >&"$C"
	end_message '550 5.6.0'
	exec {C}>&-
}

@test "AUTH in clear from loopback and the networks of plaintext only; sasl without a mechanism" {
	fixture
	start -o xclient=127.0.0.1 -o plaintext=192.0.2.0/24 -o 'sasl=PLAIN SCRAM-SHA-256'
	connect
	ehlo() {
		local line
		say 'EHLO x'
		while read -r -t 20 -u "$C" line; do
			echo "$line"
			[[ $line = ???-* ]] || break
		done
	}
	[[ $(ehlo) = *$'\n250-AUTH PLAIN SCRAM-SHA-256\r'* ]]
	say 'XCLIENT ADDR=192.0.2.9'
	hear 220
	[[ $(ehlo) = *$'\n250-AUTH PLAIN SCRAM-SHA-256\r'* ]]
	say 'XCLIENT ADDR=198.51.100.9'
	hear 220
	[[ $(ehlo) = *$'\n250-AUTH SCRAM-SHA-256\r'* ]]
	say 'AUTH PLAIN AGFsaWNlAHNlY3JldA=='
	hear '538 5.7.11'
	exec {C}>&-
	start -o sasl=
	connect
	[[ $(ehlo) != *AUTH* ]]
	say 'AUTH PLAIN AGFsaWNlAHNlY3JldA=='
	hear '500 5.5.1'
	exec {C}>&-
}

@test "failed logins cost their address time, as with pop3d, and one right one lets in" {
	fixture
	start -o auth-penalty=1
	python3 - "$PORT" <<-'END'
		import smtplib, sys, time
		s = smtplib.SMTP("127.0.0.1", int(sys.argv[1]))
		for wrong in range(2):
		    began = time.monotonic()
		    try:
		        s.login("alice", "wrong")
		        raise SystemExit("let in")
		    except smtplib.SMTPAuthenticationError as e:
		        assert e.smtp_code == 535, e
		    assert time.monotonic() - began > 0.9
		assert s.login("alice", "secret")[0] == 235
		s.sendmail("a@example.net", ["bob@example.org"], "Subject: x\n\n")
		s.quit()
	END
	logged 'auth failed user=alice ip=127.0.0.1 wait=1'
	count 1 bob
}

@test "a client that leaves, or stays idle, in the middle of AUTH or of a chunk" {
	local middle end
	fixture
	start -o timeout=1
	for middle in 'AUTH PLAIN' 'AUTH LOGIN' 'MAIL FROM:<>\nC: RCPT TO:<alice>\nC: BDAT 5\nC> ab' 'BDAT 5\nC> ab'; do
		for end in 'S~ 421 4\.4\.2 .*' 'C! half' 'C! close'; do
			printf 'S: 220 mail.example.org ESMTP\nC: HELO x\nC: NOOP\nC: %b\nS: 250 mail.example.org\nS: 250 2.0.0 OK\n' \
				"$middle" >"$BATS_TEST_TMPDIR/one.talk"
			case $middle in
			AUTH*) echo 'S~ 334 .*' ;;
			MAIL*) printf 'S: 250 2.1.0 Sender OK\nS: 250 2.1.5 Recipient OK\n' ;;
			esac >>"$BATS_TEST_TMPDIR/one.talk"
			echo "$end" >>"$BATS_TEST_TMPDIR/one.talk"
			"$TALK" "$BATS_TEST_TMPDIR/one.talk" connect 127.0.0.1 "$PORT"
		done
	done
	stop_daemon smtpd
	[ "$(grep -c 'end=timeout' "$BATS_TEST_TMPDIR/smtpd.log")" -eq 4 ]
	[ "$(grep -c 'end=closed' "$BATS_TEST_TMPDIR/smtpd.log")" -eq 8 ]
	[ "$(grep -c 'status=lost' "$BATS_TEST_TMPDIR/smtpd.log")" -eq 3 ]
	count 0 alice
	no_drafts
}

# bats test_tags=builds
@test "messages by BDAT are measured as a whole" {
	fixture
	start -o message-size=2000
	connect
	say 'EHLO x' 'MAIL FROM:<>' 'RCPT TO:<alice>'
	hear 250 && hear 250 && hear 250
	say 'BDAT 1560'
	text 1560
	hear '250 2.0.0 1560'
	say 'BDAT 440 LAST'
	head -c 438 /dev/zero | tr '\0' a >&"$C"
	say ''
	hear '250 2.0.0'
	say 'MAIL FROM:<>' 'RCPT TO:<alice>' 'BDAT 1560'
	hear 250 && hear 250
	text 1560
	hear '250 2.0.0 1560'
	say 'BDAT 441'
	head -c 439 /dev/zero | tr '\0' a >&"$C"
	say ''
	hear '552 5.3.4'
	say 'BDAT 3 LAST' 'x'
	hear '503 5.5.1'
	exec {C}>&-
	logged 'status=5.3.4'
	count 1 alice
	no_drafts
}

# bats test_tags=builds
@test "99 Received fields are mail, 100 are a loop" {
	local i how
	fixture
	start
	for how in '99 250' '100 554'; do
		begin_message alice
		exec {C}>&-
		connect
		say 'HELO x' 'MAIL FROM:<>' 'RCPT TO:<alice>' DATA
		hear 250 && hear 250 && hear 250 && hear 354
		for ((i = 0; i < ${how% *}; i++)); do
			say 'rEceived: from a' ' by b' 'Received-SPF: x'
		done
		say '' 'Received: of the body'
		end_message "${how#* }"
		exec {C}>&-
	done
	count 1 alice
	logged 'status=5.4.6'
}

# bats test_tags=builds
@test "HTTP and TLS in clear: not a word, and one line in the log" {
	local first
	fixture
	start
	for first in 'C: GET / HTTP/1.1' 'C: POST /x HTTP/1.0' 'C: BREW pot-1 HTTP/1.1' \
		'C> \x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'; do
		printf '%s\n' 'S: 220 mail.example.org ESMTP' 'C: NOOP' "$first" 'C: HELO x' 'C: MAIL FROM:<evil@example.net>' \
			'S: 250 2.0.0 OK' 'S! end' >"$BATS_TEST_TMPDIR/foreign.talk"
		"$TALK" "$BATS_TEST_TMPDIR/foreign.talk" connect 127.0.0.1 "$PORT"
		"$TALK" -e "$BATS_TEST_TMPDIR/foreign.talk" connect 127.0.0.1 "$PORT"
	done
	# A command of ours may say so.
	printf '%s\n' 'S: 220 mail.example.org ESMTP' 'C: NOOP / HTTP/1.1' 'S: 250 2.0.0 OK' 'C! close' |
		"$TALK" - connect 127.0.0.1 "$PORT"
	stop_daemon smtpd
	[ "$(grep -c 'session ip=127.0.0.1 end=http ' "$BATS_TEST_TMPDIR/smtpd.log")" -eq 6 ]
	[ "$(grep -c 'session ip=127.0.0.1 end=tls ' "$BATS_TEST_TMPDIR/smtpd.log")" -eq 2 ]
	[ "$(grep -c 'end=closed' "$BATS_TEST_TMPDIR/smtpd.log")" -eq 1 ]
}

# The greeting is held back long enough for both clients: the one that talks is refused at once.
@test "pregreet: who talks before the greeting is sent away, who waits is greeted" {
	fixture
	start -o pregreet=1
	printf '%s\n' 'C: EHLO x' 'S: 554 5.5.0 The server speaks first' 'S! end' |
		"$TALK" - connect 127.0.0.1 "$PORT"
	connect
	say QUIT
	hear 221
	closed
	# Who leaves without a word is no talker.
	exec {C}<>"/dev/tcp/127.0.0.1/$PORT"
	exec {C}>&-
	# Nothing is held back, but something is there before anybody could be greeted.
	start
	kill -STOP "$PID"
	exec {C}<>"/dev/tcp/127.0.0.1/$PORT"
	say 'EHLO x'
	kill -CONT "$PID"
	hear '554 5.5.0'
	closed
	stop_daemon smtpd
	[ "$(grep -c 'end=pregreet' "$BATS_TEST_TMPDIR/smtpd.log")" -eq 2 ]
	logged 'end=quit'
	logged 'end=closed'
}

# Each had left a descriptor behind in the front, which may have 16, and its file on the disk.
@test "a message that RSET or EHLO ends between two chunks leaves nothing behind" {
	local i
	fixture
	start
	connect
	say 'EHLO client.example.net'
	hear 250
	for ((i = 0; i < 20; i++)); do
		say 'MAIL FROM:<a@example.net>' 'RCPT TO:<alice@example.org>' 'BDAT 1'
		printf x >&"$C"
		if ((i % 2)); then say RSET; else say 'EHLO client.example.net'; fi
		hear 250 && hear 250 && hear '250 2.0.0 1 ' && hear 250
	done
	processes
	[ -z "$(find "/proc/$FRONT/fd" -lname "$HOUSE/mail/*")" ]
	say 'MAIL FROM:<a@example.net>' 'RCPT TO:<alice@example.org>' DATA
	hear 250 && hear 250 && hear 354
	end_message
	count 1 alice
	no_drafts
}

# Of octets that came at once too many could be written before they were counted: 451, so that the client tried for ever.
@test "a message that is too large is refused for good, however much of it comes at once" {
	fixture
	start -o message-size=930K
	python3 - "$PORT" <<-'END'
		import smtplib, socket, sys
		s = smtplib.SMTP("127.0.0.1", int(sys.argv[1]), "client.example.net")
		for over in range(1, 300000, 9000):
		    s.ehlo()
		    s.mail("a@example.net")
		    s.rcpt("alice@example.org")
		    size = 930 * 1024 + over
		    s.sock.sendall(b"BDAT %d LAST\r\n" % size + b"x" * size)
		    code, text = s.getreply()
		    assert code == 552, (over, code, text)
		s.quit()
	END
	count 0 alice
	no_drafts
}
