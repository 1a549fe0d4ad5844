#!/usr/bin/env bats
# smtpd: SEND, SOML and SAML, to terminals of the test's own, while no other test has any.

load helper
load smtpd

# Mail goes to the same user, who has an account and is one of the system's.
setup() {
	use_terminals -x
	WHO=$(is_root && echo games || id -un)
	fixture
	add_user "$WHO" x
	echo 'terminal on' >>"$CONF"
	# Only the daemon sees that nobody is in utmp: so whose a terminal is counts.
	! is_root || RUNAS=(unshare -m sh -c 'mount -t tmpfs none /run && exec "$@"' sh)
}

teardown() {
	stop_daemons
	[ -z "${TERMINAL_PID:-}" ] || { exec {TERMINAL[1]}>&-; wait "$TERMINAL_PID"; } || true
}

open_terminal() {
	coproc TERMINAL { exec python3 "$HERE/smtpd/terminal.py" "$(id -u "$WHO")" 3>&-; }
	read -r -t 20 -u "${TERMINAL[0]}" TTY
}

# What the terminal answers, as terminal.py has it.
terminal() { # COMMAND [ANSWER]
	local answer
	echo "$1" >&"${TERMINAL[1]}"
	read -r -t 30 -u "${TERMINAL[0]}" answer
	[[ $answer = ${2:-done} ]] || { echo "$1: $answer" && return 1; } >&2
}

dialogue() { # LINE WANTED ...
	while [ $# -gt 0 ]; do
		say "$1"
		hear "$2"
		shift 2
	done
}

hello() {
	connect
	dialogue 'EHLO client.example.net' 250
}

write_message() { # VERB [WANTED]
	dialogue "$1 FROM:<a@example.net>" '250 2.1.0' "RCPT TO:<$WHO@example.org>" '250 2.1.5' DATA 354
	say 'Subject: lunch' '' "$1: now?"
	end_message "${2:-}"
}

SHOWN="'\\\\r\\\\n\\\\x07Message from <a@example.net> \\[127.0.0.1\\] at ??:??\\\\r\\\\nSubject: lunch\\\\r\\\\n\\\\r\\\\n"

# bats test_tags=builds
@test "off, or from elsewhere: 502, and neither HELP nor EHLO tell of them" {
	local line
	start -o terminal=off
	hello
	dialogue 'SEND FROM:<a@example.net>' '502 5.5.1' 'SOML FROM:<a@example.net>' '502 5.5.1' \
		SAML '502 5.5.1' 'HELP SEND' 504
	say HELP
	read -r -t 20 -u "$C" line
	[[ $line = *' MAIL RCPT '* ]]
	start
	exec {C}<>"/dev/tcp/127.0.0.1/$PORT"
	hear 220
	dialogue 'SEND FROM:<a@example.net>' '503 5.5.1' 'HELP SAML' '214 2.0.0 SAML FROM:<address>'
	say 'EHLO x' NOOP
	grep -m 3 -xE $'250-S(END|OML|AML)\r' <&"$C" | wc -l | grep -qx 3
}

@test "a client is let in by loopback or by the setting trusted" {
	needs_root || return 0
	local ns=(unshare -n sh -c 'ip link set lo up && ip addr add 192.0.2.7/32 dev lo && exec "$@"' sh)
	RUNAS=("${ns[@]}")
	start -o trusted=192.0.2.0/24
	nsenter -n -t "$PID" python3 - "$PORT" <<-'END'
		import smtplib, sys
		def reply(source):
		    s = smtplib.SMTP('127.0.0.1', int(sys.argv[1]), 'x', 20, (source, 0))
		    s.ehlo()
		    return s.docmd('SEND FROM:<a@example.net>')[0]
		assert [reply('127.0.0.9'), reply('192.0.2.7')] == [250, 250]
	END
	start
	nsenter -n -t "$PID" python3 - "$PORT" <<-'END'
		import smtplib, sys
		s = smtplib.SMTP('127.0.0.1', int(sys.argv[1]), 'x', 20, ('192.0.2.7', 0))
		s.ehlo()
		assert s.docmd('SEND FROM:<a@example.net>')[0] == 502
	END
}

# bats test_tags=builds
@test "SEND: to the terminal alone; not logged in, or mesg n: 450" {
	open_terminal
	start -o virtual=virtual.example
	hello
	write_message SEND
	terminal seen "${SHOWN}SEND: now\\?\\\\r\\\\n\\\\r\\\\nEOF\\\\r\\\\n'"
	count 0 "$WHO"
	terminal 'mode 600'
	dialogue 'SEND FROM:<a@example.net>' 250 "RCPT TO:<$WHO>" '450 4.2.1' \
		'RCPT TO:<no-such-user>' '550 5.1.1' "RCPT TO:<$WHO@example.com>" '550 5.7.1' \
		"RCPT TO:<$WHO@virtual.example>" '550 5.1.1' DATA 503
	terminal quiet yes
	terminal 'mode 620'
	dialogue "RCPT TO:<$WHO>" 250 RSET 250
	# The next transaction is mail again.
	write_message MAIL
	count 1 "$WHO"
	terminal quiet yes
	logged 'message .* to=1 octets=[1-9][0-9]* .*status=2.0.0 '
}

# bats test_tags=builds
@test "SOML: to the terminal, else to the mailbox" {
	open_terminal
	start
	hello
	write_message SOML
	terminal seen "${SHOWN}SOML: now\\?*"
	count 0 "$WHO"
	terminal 'mode 600'
	write_message SOML
	count 1 "$WHO"
	terminal quiet yes
	# alice has mail, and is no user of the system.
	dialogue 'SOML FROM:<a@example.net>' 250 'RCPT TO:<alice>' 250 'RCPT TO:<no-such-user>' '550 5.1.1'
	terminal 'mode 620'
	dialogue "RCPT TO:<$WHO>" 250 DATA 354
	say 'No header'
	end_message
	terminal seen '*No header*'
	count 1 alice
	count 1 "$WHO"
	no_drafts
}

# bats test_tags=builds
@test "SAML: to the mailbox, and to the terminal if there is one" {
	open_terminal
	start
	hello
	write_message SAML
	terminal seen "${SHOWN}SAML: now\\?*"
	count 1 "$WHO"
	grep -q '^SAML: now?' "$(messages "$WHO")"
	terminal 'mode 600'
	write_message SAML
	terminal quiet yes
	count 2 "$WHO"
	terminal 'mode 620'
	dialogue 'SAML FROM:<a@example.net>' 250 "RCPT TO:<$WHO>" 250 "RCPT TO:<$WHO@example.org>" 250 DATA 354
	terminal 'mode 600'
	end_message
	count 3 "$WHO"
	terminal quiet yes
}

# bats test_tags=builds
@test "a terminal that is stopped, or closed since: nobody waits, and it is 450" {
	open_terminal
	start
	hello
	terminal stop
	write_message SEND '450 4.2.1'
	write_message SOML '450 4.2.1'
	write_message SAML '250 2.0.0'
	count 1 "$WHO"
	terminal go
	terminal quiet yes
	dialogue 'SEND FROM:<a@example.net>' 250 "RCPT TO:<$WHO>" 250 DATA 354
	exec {TERMINAL[1]}>&-
	wait "$TERMINAL_PID" || true
	unset TERMINAL_PID
	end_message '450 4.2.1'
	logged 'message .* status=4.2.1 '
	say QUIT
	hear 221
}

# bats test_tags=builds
@test "what a message holds does not command the terminal; the hooks are asked" {
	local hook=$BATS_TEST_TMPDIR/hook
	chmod 755 "$BATS_TEST_TMPDIR"
	printf '#!/bin/sh\ngrep -q secret || exit 0\necho No; exit 77\n' >"$hook"
	chmod 755 "$hook"
	echo "data-hook $hook" >>"$CONF"
	open_terminal
	start
	hello
	dialogue 'SEND FROM:<a@example.net>' 250 "RCPT TO:<$WHO>" 250 DATA 354
	say $'\e[2J\xc3\xa9|\x9b1m\x07\x0e'
	end_message
	terminal seen "*\\\\r\\\\n\\?\\[2J\\?|\\?1m\\?\\?\\\\r\\\\n\\\\r\\\\nEOF\\\\r\\\\n'"
	dialogue 'SEND FROM:<a@example.net>' 250 "RCPT TO:<$WHO>" 250 DATA 354
	say 'secret'
	end_message '550 5.7.1 No'
	terminal quiet yes
}

# bats test_tags=once
@test "where utmp knows who is logged in, only these terminals count" {
	needs_root || return 0
	open_terminal
	start
	python3 - "$WHO" "${TTY#/dev/}" "/proc/$PID/root/run" <<-'END'
		import struct, sys
		who, line, run = sys.argv[1:]
		def entry(user, line):
		    return struct.pack('=hxxi32s4s32s256s', 7, 1, line.encode(), b'1', user.encode(), b'').ljust(384, b'\0')
		open(run + '/utmp.out', 'wb').write(entry('root', line) + entry(who, ':0') + entry(who, 'pts/no'))
		open(run + '/utmp.in', 'wb').write(entry('root', 'tty1') + entry(who, line))
	END
	hello
	cp "/proc/$PID/root/run/utmp.out" "/proc/$PID/root/run/utmp"
	dialogue 'SEND FROM:<a@example.net>' 250 "RCPT TO:<$WHO>" '450 4.2.1' RSET 250
	cp "/proc/$PID/root/run/utmp.in" "/proc/$PID/root/run/utmp"
	write_message SEND
	terminal seen "${SHOWN}SEND: now\\?*"
}
