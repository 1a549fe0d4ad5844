#!/usr/bin/env bats
# smtpd -L: LMTP, on TCP and on sockets with a path.

load helper
load modes
load smtpd

# bats test_tags=builds
@test "LMTP: a reply for each recipient" {
	play_everywhere "$HERE/smtpd/lmtp.talk" smtpd -L
	count 2 alice
	count 2 bob
	no_drafts
	[ "$(grep -l $'^\tby mail.example.org with LMTP id ' "$HOUSE"/mail/*/new/* | wc -l)" -eq 4 ]
}

lmtp() { # SOCKET USER
	python3 - "$@" <<-'END'
		import smtplib, sys
		s = smtplib.LMTP(sys.argv[1])
		assert s.sendmail("a@example.net", [sys.argv[2], "nobody@example.org"], "Subject: x\n\n") == {
		    "nobody@example.org": (550, b"5.1.1 No such user here")}
		s.quit()
	END
}

# Behind BDAT LAST, too, so many replies as recipients (RFC 2033 4.3), or its client takes one reply for another.
@test "LMTP: a last chunk that is not taken has a reply for each recipient" {
	fixture
	start -L
	rm -rf "$HOUSE/mail/alice"
	touch "$HOUSE/mail/alice"
	connect
	say 'LHLO client.example.net' 'MAIL FROM:<>' 'BDAT 6 LAST'
	printf 'QUIT\r\n' >&"$C"
	hear 250 && hear 250
	# The spool cannot be made.
	say 'RCPT TO:<alice@example.org>' 'RCPT TO:<bob@example.org>' 'BDAT 6 LAST'
	printf 'QUIT\r\n' >&"$C"
	hear 250 && hear 250 && hear '451 4.3.0' && hear '451 4.3.0'
	say 'BDAT 6 LAST'
	printf 'QUIT\r\n' >&"$C"
	hear '503 5.5.1'
	# An earlier chunk was refused, and has had the one reply that it has.
	say 'MAIL FROM:<>' 'RCPT TO:<bob@example.org>' 'RCPT TO:<bob@example.org>' 'BDAT 1'
	printf '\n' >&"$C"
	say 'BDAT 6 LAST'
	printf 'QUIT\r\n' >&"$C"
	hear 250 && hear 250 && hear 250 && hear '550 5.6.0' && hear '503 5.5.1' && hear '503 5.5.1'
	say QUIT
	hear 221
	closed
}

# bats test_tags=builds
@test "a socket with a path: by umask, beside TCP, and gone at the end" {
	local socket=$BATS_TEST_TMPDIR/house/run/lmtp
	fixture
	umask 077
	start -L -l "$socket"
	umask 022
	[ "$(stat -c %a:%F "$socket")" = 700:socket ]
	logged "listening on $socket"
	lmtp "$socket" alice
	count 1 alice
	logged 'session ip=- end=quit messages=1'
	# Nobody else can have it.
	refuses 69 "cannot listen on $socket: Address " -DFL -l "$socket"
	lmtp "$socket" alice
	stop_daemon smtpd
	[ ! -e "$socket" ]
}

# bats test_tags=builds
@test "a socket that a dead daemon has left is replaced; a file is not, nor is another's socket removed" {
	local socket=$BATS_TEST_TMPDIR/house/run/lmtp
	fixture
	start -L -l "$socket"
	kill -9 "$PID"
	wait "$PID" || true
	unset 'DAEMON[smtpd]'
	[ -S "$socket" ]
	start -L -l "$socket"
	lmtp "$socket" alice
	rm "$socket"
	echo precious >"$socket"
	stop_daemon smtpd
	[ "$(cat "$socket")" = precious ]
	refuses 69 'cannot listen' -DFL -l "$socket"
	[ "$(cat "$socket")" = precious ]
	refuses 69 'No such file' -DFL -l "$HOUSE/none/lmtp"
	refuses 69 "cannot listen on /0" -DFL -l "/$(printf '%0200d' 0)"
}

# bats test_tags=once
@test "LMTP has no port of its own" {
	fixture
	refuses 64 'where to listen has to be said with -l' -DFL
	refuses 64 'is not an address like 127.0.0.1:24' -DFL -l 127.0.0.1
	refuses 64 'is not an address like 127.0.0.1:24' -DFL -l '::1'
}

@test "unknown recipients cost an LMTP client nothing" {
	local i
	fixture
	start -L
	connect
	say 'LHLO x' 'MAIL FROM:<>'
	hear 250 && hear 250
	for ((i = 0; i < 30; i++)); do
		say 'RCPT TO:<nobody>'
	done
	for ((i = 0; i < 30; i++)); do
		hear '550 5.1.1'
	done
	exec {C}>&-
}
