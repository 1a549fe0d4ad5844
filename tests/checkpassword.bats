#!/usr/bin/env bats
# accounts checkpassword: what the program gets, and what is believed of it.

load helper
load accounts

# Lets carol in with "secret"; as whom, the test says. Notes in $BATS_TEST_TMPDIR/seen what it is given.
check_program() { # SHELL-LINES, run when the password is right
	CHECK=$BATS_TEST_TMPDIR/check
	cat >"$CHECK" <<-END
		#!/usr/bin/env python3
		import os, signal, sys
		given = os.read(3, 513)
		os.close(3)
		name, secret, time, end = given.split(b'\0')
		held = [fd for fd in sorted(os.listdir('/proc/self/fd')) if os.path.exists('/proc/self/fd/' + fd)]
		seen = (name, secret, end, sys.argv[1:3], [n for n in os.environ if n != 'LC_CTYPE'], held,
		    signal.pthread_sigmask(signal.SIG_BLOCK, []), int(signal.getsignal(signal.SIGTERM)))
		print(*seen, file=open('$BATS_TEST_TMPDIR/seen', 'w'))
		if secret != b'secret':
		    sys.exit(int(secret) if secret.isdigit() else 1)
		os.environ['HOME'] = '$BATS_TEST_TMPDIR/home'
		os.environ['USER'] = name.decode()
		$1
		os.execv(sys.argv[3], sys.argv[3:])
	END
	chmod 755 "$CHECK"
	chmod 755 "$BATS_TEST_TMPDIR"
}

put_home() { # UID
	install -d -m 700 "$BATS_TEST_TMPDIR/home"{,/Maildir,/Maildir/{tmp,new,cur}}
	printf 'Subject: one\n\nHello\n' >"$BATS_TEST_TMPDIR/home/Maildir/new/1700000001.M1P1.host"
	! is_root || chown -R "$1:$1" "$BATS_TEST_TMPDIR/home"
}

@test "checkpassword: its HOME and its ids are used, and it gets what the interface says" {
	fixture
	put_home 4711
	check_program "$(is_root && echo 'os.setgroups([4712]); os.setgid(4711); os.setuid(4711)' || echo pass)"
	start -o "accounts=checkpassword $CHECK one two"
	[[ $(reply Carol secret) = $'+OK 1 messages\n+OK 1 '* ]]
	# Python adds LC_CTYPE by itself, and ignores SIGPIPE.
	diff "$BATS_TEST_TMPDIR/seen" - <<-END
		b'carol' b'secret' b'' ['one', 'two'] ['PATH'] ['0', '1', '2', '4'] set() 0
	END
	! is_root || [ "$(stat -c %u:%g "$BATS_TEST_TMPDIR/home/Maildir/trivet-lock")" = 4711:4711 ]
	logged 'session user=carol .* left=1'
}

@test "checkpassword: 1 is wrong, 2, 111, anything else and a signal are trouble of ours" {
	fixture
	put_home 4711
	check_program pass
	start -o "accounts=checkpassword $CHECK one two"
	is '-ERR \[AUTH\]*' carol wrong
	logged 'auth failed user=carol ip=127.0.0.1'
	is '-ERR \[AUTH\]*' carol 1
	is '-ERR \[SYS/TEMP\]*' carol 2
	logged 'status=2: it is misused'
	is '-ERR \[SYS/TEMP\]*' carol 111
	logged 'status=111: it has trouble'
	is '-ERR \[SYS/TEMP\]*' carol 77
	is '-ERR \[AUTH\]*' ../carol secret
	[[ $(cat "$BATS_TEST_TMPDIR/seen") != *..* ]]
	check_program 'os.kill(os.getpid(), 9)'
	is '-ERR \[SYS/TEMP\]*' carol secret
	logged 'signal=9'
	check_program 'del os.environ["HOME"]'
	is '-ERR \[SYS/TEMP\]*' carol secret
	logged 'it let carol in, but set no HOME'
	check_program 'sys.exit(0)'
	is '-ERR \[SYS/TEMP\]*' carol secret
	# What the report says of itself is not believed: only HOME is taken from it.
	check_program 'os.write(4, b"/\nroot"); sys.exit(0)'
	is '-ERR \[SYS/TEMP\]*' carol secret
}

@test "checkpassword: who stays root, or is below first-uid, is not served" {
	needs_root || return 0
	fixture
	put_home 4711
	check_program pass
	start -o "accounts=checkpassword $CHECK one two"
	is '-ERR \[SYS/TEMP\]*' carol secret
	logged 'uid 0, with the rights of root'
	check_program 'os.setgid(500); os.setuid(500)'
	is '-ERR \[SYS/TEMP\]*' carol secret
	logged 'less than first-uid'
}

@test "checkpassword: smtpd, a program that is missing, and mailuser end with 78 and say why" {
	fixture
	check_program pass
	refuses 78 'smtpd needs an account folder, or system' smtpd -o "accounts=checkpassword $CHECK" -DF -l 127.0.0.1:0
	refuses 78 'cannot run the program' pop3d -o "accounts=checkpassword /nowhere/check" -DF -l 127.0.0.1:0
	refuses 78 'which PROGRAM' pop3d -o accounts=checkpassword -DF -l 127.0.0.1:0
	refuses 78 'no files that mailuser could keep' mailuser -o "accounts=checkpassword $CHECK" list
}

@test "checkpassword: what is too long after SIGHUP is refused, and not run without its end" {
	fixture
	put_home 4711
	check_program "$(is_root && echo 'os.setgroups([]); os.setgid(4711); os.setuid(4711)' || echo pass)"
	sed -i "s|^accounts .*|accounts checkpassword $CHECK one two|" "$CONF"
	start
	is '-ERR \[AUTH\]*' carol wrong
	sed -i "s|^accounts .*|accounts checkpassword $CHECK $(echo {1..32})|" "$CONF"
	kill -HUP "$PID"
	local tries
	for ((tries = 0; tries < 1000; tries++)); do
		! logged 'settings not read again' || break
		read -r -t 0.01 <><(:) || true
	done
	logged 'more than 32 words'
	rm "$BATS_TEST_TMPDIR/seen"
	is '+OK 1 messages*' carol secret
	[ -e "$BATS_TEST_TMPDIR/seen" ]
}
