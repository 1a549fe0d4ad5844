#!/usr/bin/env bats
# The sink for developers (smtpd -S, pop3d -S, mailuser wait -S), and its faults on demand.

load helper
load smtpd

# The sink is the folder $SINK, in a house of this user; what it prints is in $BATS_TEST_TMPDIR/out.
prepare_sink() { # USER
	as_user "$1"
	fixture
	SINK=$HOUSE/sink
	rm -rf "$BATS_TEST_TMPDIR/out"
}

start_sink() { # OPERAND ...
	start_daemon smtpd -D -l 127.0.0.1:0 -S "$SINK" "$@" >"$BATS_TEST_TMPDIR/out"
}

# One message by hand on an open connection.
send_again() { # FROM TO ...
	local to
	say "MAIL FROM:<$1>"
	hear 250
	for to in "${@:2}"; do
		say "RCPT TO:<$to>"
		hear '250 2.1.5'
	done
	say DATA
	hear 354
	say 'Subject: test' '' 'one line' .
	hear '250 2.0.0'
}

greet() {
	connect
	say 'EHLO client.example.net'
	hear 250
}

leave() {
	say QUIT
	hear 221
	closed
}

files() { # MAILDIR
	find "$SINK/$1/new" -type f | sort
}

holds() { # COUNT MAILDIR ...
	local box got
	for box in "${@:2}"; do
		got=$(files "$box" | wc -l)
		[ "$got" -eq "$1" ] || { echo "$got messages in $box, not $1" && return 1; } >&2
	done
}

envelope() { # MAILDIR
	grep -h '^X-Envelope' "$(files "$1")" | paste -sd ' '
}


# bats test_tags=builds
@test "all mail for anybody, with its envelope; a path for each message" {
	local user
	for user in root nobody; do
		prepare_sink "$user"
		start_sink
		greet
		send_again a@example.net Bob@example.org carol@far.example hidden@far.example
		send_again '' bob@EXAMPLE.org
		leave
		[ "$(sort -r "$BATS_TEST_TMPDIR/out")" = "$(files all | sort -r)" ]
		holds 2 all bob@example.org
		holds 1 carol@far.example hidden@far.example
		[ "$(envelope carol@far.example)" = 'X-Envelope-From: <a@example.net> X-Envelope-To: <carol@far.example>' ]
		! grep hidden "$(files carol@far.example)" "$(files bob@example.org | head -n 1)"
		[ "$(head -n 5 "$(files all | head -n 1)" | paste -sd ' ')" = "X-Envelope-From: <a@example.net> \
X-Envelope-To: <Bob@example.org> X-Envelope-To: <carol@far.example> X-Envelope-To: <hidden@far.example> \
Return-Path: <a@example.net>" ]
		[ "$(sed -n 1,2p "$(files all | tail -n 1)" | paste -sd ' ')" = 'X-Envelope-From: <> X-Envelope-To: <bob@EXAMPLE.org>' ]
		# Sizes are in the names, also of a copy that is smaller.
		find "$SINK" -path '*/new/*' -type f | while read -r file; do
			[[ $file = *",S=$(stat -c %s "$file"),W=$(sed 's/$/\r/' "$file" | wc -c)" ]]
		done
		no_files "$SINK"/*/tmp
		stop_daemon smtpd
	done
}

# A hook's fields had come among those of the envelope, and the settings are often those of a real server.
@test "hooks and aliases of the settings file have no part in a sink" {
	prepare_sink root
	printf '#!/bin/sh\necho X-Hook: 1\n' >"$HOUSE/hook"
	chmod 755 "$HOUSE/hook"
	printf 'data-hook %s\nrcpt-hook %s\naliases %s\n' "$HOUSE/hook" "$HOUSE/none" "$HOUSE" >>"$CONF"
	start_sink
	greet
	send_again a@example.net bob@example.org carol@far.example
	leave
	holds 1 all bob@example.org carol@far.example
	[ "$(head -n 3 "$(files carol@far.example)" | paste -sd ' ')" = \
		'X-Envelope-From: <a@example.net> X-Envelope-To: <carol@far.example> Return-Path: <a@example.net>' ]
}

# bats test_tags=builds
@test "AUTH: any name and password, over PLAIN and LOGIN" {
	local how
	prepare_sink root
	start_sink -o 'sasl=PLAIN LOGIN SCRAM-SHA-256'
	printf 'Subject: x\r\n\r\n' >"$BATS_TEST_TMPDIR/mail"
	for how in PLAIN LOGIN; do
		curl -sSv "smtp://127.0.0.1:$PORT" --mail-from a@b --mail-rcpt bob --user "nobody at all:$how" \
			--login-options "AUTH=$how" -T "$BATS_TEST_TMPDIR/mail" 2>"$BATS_TEST_TMPDIR/said"
		grep -q $'^< 250-AUTH PLAIN LOGIN\r$' "$BATS_TEST_TMPDIR/said" # nothing that needs what mailuser has made
	done
	holds 2 all bob
	grep -q 'with ESMTPA id' "$(files bob | head -n 1)"
	logged 'auth=nobody%20at%20all status=2.0.0'
}

# bats test_tags=builds
@test "an address is always the name of a folder" {
	local long
	long=$(printf 'x%.0s' {1..60})
	prepare_sink root
	start_sink
	greet
	send_again a@example.net '"../../up"@x' '"."@x' '"a/b"@x' '"a b"@X' 'postmaster' \
		"$long@$long.$long.$long.example" "$long@$long.$long.$long.example.org"
	leave
	find "$SINK" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort
	holds 1 all %2E.%2F..%2Fup@x %2E@x a%2Fb@x a%20b@x postmaster
	[ "$(find "$SINK" -mindepth 1 -maxdepth 1 -name 'xxx*-????????????????' | wc -l)" -eq 2 ]
	[ "$(find "$SINK" -mindepth 1 -maxdepth 1 | wc -l)" -eq 8 ]
}

# bats test_tags=builds
@test "keep=N: the newest stay, within a session and over many" {
	local i
	prepare_sink root
	start_sink keep=3
	for i in 1 2; do
		greet
		send_again a@example.net bob
		send_again a@example.net bob
		leave
	done
	holds 3 all bob
	greet
	for i in {1..40}; do
		send_again a@example.net bob
		holds 3 all bob
	done
	leave
	[ "$(tail -n 3 "$BATS_TEST_TMPDIR/out")" = "$(files all)" ]
	stop_daemon smtpd
	start_sink keep=2
	greet
	send_again a@example.net bob
	holds 2 all bob
}

@test "keep: 500 messages, if nothing else is said; messages that have been read are old as well" {
	local i
	prepare_sink root
	start_sink
	greet
	send_again a@example.net bob
	mv "$(files bob)" "$(files bob | sed 's,/new/,/cur/,'):2,S"
	for i in {1..520}; do
		say 'MAIL FROM:<>' 'RCPT TO:<bob>' DATA
		hear 250
		hear 250
		hear 354
		say .
		hear 250
	done
	leave
	holds 500 all bob
	no_files "$SINK/bob/cur"
}

# bats test_tags=builds
@test "started as root, it becomes who owns the folder, or the user" {
	needs_root || return 0
	prepare_sink root
	start_sink
	grep -q "^Uid:$(printf '\t%s' $(id -u nobody){,,,})" "/proc/$PID/status"
	[ "$(stat -c %U "$SINK")" = nobody ]
	stop_daemon smtpd
	rm -rf "$SINK"
	install -d -o 4242 -g 4242 -m 700 "$SINK"
	start_sink
	grep -qx "Uid:$(printf '\t4242%.0s' 1 2 3 4)" "/proc/$PID/status"
	grep -qx "Gid:$(printf '\t4242%.0s' 1 2 3 4)" "/proc/$PID/status"
	greet
	send_again a@example.net bob
	[ "$(stat -c %u "$(files bob)")" = 4242 ]
	leave
	stop_daemon smtpd
	# Root's folder, with something in it.
	rm -rf "$SINK"
	mkdir -p "$SINK/precious"
	refuses 78 'root has it' -D -l 127.0.0.1:0 -S "$SINK"
	[ "$(stat -c %U "$SINK")" = root ]
	# Port 25 can be had first.
	rm -rf "$SINK"
	start_daemon smtpd -D -l 127.0.0.1:0 -S "$SINK"
}

@test "without -l: on loopback alone, and not on the mail port" {
	local name pid
	needs_root || return 0
	prepare_sink root
	for name in smtpd pop3d; do
		unshare -n sh -c 'ip link set lo up && exec "$@"' sh "$(program "$name")" -D -f "$CONF" \
			-S "$SINK" 2>"$BATS_TEST_TMPDIR/$name.log" 3>&- &
		pid=$!
		wait_for grep -qs starts "$BATS_TEST_TMPDIR/$name.log"
		kill "$pid"
		wait "$pid"
		grep 'listening on' "$BATS_TEST_TMPDIR/$name.log"
	done >"$BATS_TEST_TMPDIR/where"
	[ "$(sed 's/listening on //' "$BATS_TEST_TMPDIR/where" | paste -sd ' ')" = \
		'127.0.0.1:1025 [::1]:1025 127.0.0.1:1110 [::1]:1110' ]
}

# bats test_tags=builds
@test "a session on descriptor 0 prints no path to its client" {
	prepare_sink root
	printf '%s\r\n' 'HELO x' 'MAIL FROM:<a@b>' 'RCPT TO:<bob>' DATA . QUIT |
		"$(program smtpd)" -f "$CONF" -S "$SINK" >"$BATS_TEST_TMPDIR/out" 2>/dev/null
	holds 1 all bob
	[ "$(cut -c 1-3 "$BATS_TEST_TMPDIR/out" | paste -sd ' ')" = '220 250 250 250 354 250 221' ]
}

# bats test_tags=builds
@test "a sink comes from the command line only" {
	prepare_sink root
	refuses 78 'no setting "sink"' -o "sink=$SINK"
	echo "accounts sink" >>"$CONF"
	refuses 78 'cannot read the account folder'
	fixture
	refuses 64 'operands need -n or -S' fail=rcpt:450
	run "$(program smtpd)" -f "$CONF" -S "$HOUSE/none/sink" </dev/null
	[ "$status" -eq 73 ]
	run "$(program smtpd)" -f "$CONF" -S "$CONF" </dev/null
	[ "$status" -eq 73 ]
}

# bats test_tags=builds
@test "pop3d -S: any password; the name is the mailbox" {
	local user
	for user in root nobody; do
		prepare_sink "$user"
		start_sink
		greet
		send_again a@example.net Bob@example.org
		send_again a@example.net carol@example.org
		leave
		start_daemon pop3d -D -l 127.0.0.1:0 -S "$SINK"
		[ "$(curl -s "pop3://127.0.0.1:$PORT/" -u BOB@example.org:anything | wc -l)" -eq 1 ]
		[ "$(curl -s "pop3://127.0.0.1:$PORT/" -u all:x --login-options AUTH=PLAIN | wc -l)" -eq 2 ]
		[ -z "$(curl -s "pop3://127.0.0.1:$PORT/" -u "../all:x" | tr -d '\r\n')" ]
		curl -s "pop3://127.0.0.1:$PORT/1" -u carol@example.org:x -X DELE -l
		holds 0 carol@example.org
		holds 2 all
		! curl -s "pop3://127.0.0.1:$PORT/" -u all:x --login-options AUTH=SCRAM-SHA-256
		stop_daemons
	done
}

# bats test_tags=builds
@test "mailuser wait: at once, woken, or in vain" {
	local waiter start
	prepare_sink root
	run mailuser wait -S "$SINK" bob@example.org 0
	[ "$status" -eq 66 ]
	start_sink
	run mailuser wait -S "$SINK" bob@example.org 0
	[ "$status" -eq 75 ] && [ -z "$output" ]
	start=${EPOCHREALTIME//./}
	TIMEFORMAT='%U %S'
	{ time mailuser wait -S "$SINK" bob@example.org 1 || true; } 2>"$BATS_TEST_TMPDIR/time"
	((${EPOCHREALTIME//./} - start >= 1000000))
	grep -qx '0\.[01].. 0\.[01]..' "$BATS_TEST_TMPDIR/time" # it did not look all the time
	mailuser wait -S "$SINK" BOB@example.org 60 >"$BATS_TEST_TMPDIR/waited" 3>&- &
	waiter=$!
	greet
	send_again a@example.net carol@example.org
	kill -0 "$waiter"
	send_again a@example.net bob@example.org
	await "$waiter" 20
	[ "$(cat "$BATS_TEST_TMPDIR/waited")" = "$(files bob@example.org)" ]
	send_again a@example.net bob@example.org
	[ "$(mailuser wait -S "$SINK" bob@example.org)" = "$(files bob@example.org | tail -n 1)" ]
	for arguments in '' 'bob' '-S' "-S $SINK" "-S $SINK bob x" "-S $SINK bob 1 2" "-x $SINK bob"; do
		# shellcheck disable=SC2086
		run mailuser wait $arguments
		[ "$status" -eq 64 ] && [[ $output = *'wait -S folder address [seconds]'* ]]
	done
}

mailuser() {
	"$TRIVET/mailuser/mailuser" -f "$CONF" "$@"
}

# bats test_tags=builds
@test "as a test of somebody's would use it: send, wait, read" {
	local smtp path
	prepare_sink nobody
	start_sink
	smtp=$PORT
	start_daemon pop3d -D -l 127.0.0.1:0 -S "$SINK"
	printf 'Subject: Welcome\r\n\r\nhello\r\n' >"$BATS_TEST_TMPDIR/mail"
	curl -sS "smtp://127.0.0.1:$smtp" --mail-from app@example.net --mail-rcpt new@user.example \
		-T "$BATS_TEST_TMPDIR/mail"
	path=$(mailuser wait -S "$SINK" new@user.example)
	grep -q '^Subject: Welcome' "$path"
	curl -sS "pop3://127.0.0.1:$PORT/1" -u new@user.example:x | grep -q '^Subject: Welcome'
}
