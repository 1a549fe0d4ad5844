#!/usr/bin/env bats
# pop3d: what is deleted and when, the lock, and what dies or ends in the middle.

load helper
load pop3d

@test "UPDATE: what is marked is gone before the +OK, the rest stays, whoever owns the process" {
	local user
	for user in root nobody; do
		as_user $user
		fixture
		two_letters
		start
		login alice secret 2
		say 'DELE 1' QUIT
		hear +OK +OK
		left new/1700000002.M1P1.host
		closed
		says 'user=alice .* dele=1/[0-9]* left=1/[0-9]* .* reason=quit$'
	done
}

@test "only QUIT deletes: not a closed or half-closed connection, half a QUIT, a time-out, too many errors" {
	fixture
	two_letters
	start -o autologout=1 -o errors=1
	local talk="C: USER alice\nC: PASS secret\nS: +OK mail.example.org POP3 server ready\nS: +OK send PASS\n"
	talk+="S: +OK 2 messages\nC: DELE 1\nS: +OK\n"
	local end
	for end in 'C! close' 'C! half' 'C> QUIT\nC! half' 'C> QUIT\\r\nC! half' 'C> QUIT\nC! close' \
		'C> QUIT' 'C: Q\nS: -ERR too many errors' 'C: QUIT now\nS: -ERR too many errors'; do
		printf "$talk$end\n" | "$TALK" - connect 127.0.0.1 "$PORT"
		all_over
		both_left
	done
	says 'reason=closed' && says 'reason=timeout' && says 'reason=errors'
}

@test "a QUIT that was sent ahead deletes nothing when the client has not taken in what comes before" {
	fixture
	two_letters
	yes '0123456789012345678901234567890' | head -c 16000000 | put_mail alice 1700000003.M1P1.host
	start
	login alice secret 3
	say 'RETR 3' 'DELE 3' QUIT
	exec {C}>&-
	all_over
	left new/170000000{1,2,3}.M1P1.host
	says 'dele=0/0 left=3/[0-9]* .* reason=closed$'

	# A short message, of which nothing has been sent yet when QUIT is read.
	mkfifo "$HOUSE/in" "$HOUSE/out"
	"${RUNAS[@]}" "$(program pop3d)" -f "$CONF" <"$HOUSE/in" >"$HOUSE/out" 2>/dev/null &
	local session=$! in out line
	exec {in}>"$HOUSE/in" {out}<"$HOUSE/out"
	printf '%s\r\n' 'USER alice' 'PASS secret' >&"$in"
	while read -r -t 20 -u "$out" line && [[ $line != '+OK 3 messages'* ]]; do :; done
	exec {out}<&-
	(printf '%s\r\n' 'RETR 1' 'DELE 1' QUIT >&"$in") || true # it may have ended before
	exec {in}>&-
	await "$session" 20
	left new/170000000{1,2,3}.M1P1.host
}

@test "before login, a client may stay idle for login-timeout, and is told nothing at its end" {
	fixture
	start -o login-timeout=1
	printf 'S: +OK mail.example.org POP3 server ready\nS! end\n' | "$TALK" - connect 127.0.0.1 "$PORT"
	printf 'S: +OK mail.example.org POP3 server ready\nC> USER alice\nS! end\n' | "$TALK" - connect 127.0.0.1 "$PORT"
	says 'user=- .* reason=timeout$'
}

@test "UPDATE that fails says so once, and removes what it can" {
	fixture
	two_letters
	start
	login alice secret 2
	say 'DELE 1' 'DELE 2'
	hear +OK +OK
	mv "$HOUSE/mail/alice/new/1700000001.M1P1.host" "$HOUSE/mail/alice/cur/1700000001.M1P1.host:2,S"
	chmod 500 "$HOUSE/mail/alice/cur"
	say QUIT
	hear '-ERR some deleted messages not removed'
	closed
	chmod 700 "$HOUSE/mail/alice/cur"
	left cur/1700000001.M1P1.host:2,S
	says 'not removed user=alice messages=1: Permission denied$'
	says 'dele=1/[0-9]* left=1/[0-9]* .* reason=quit$'
}


@test "one session a mailbox: another is refused at once, and let in when the first has ended" {
	fixture
	two_letters
	start
	login alice secret 2
	local first=$C
	connect
	say 'USER alice' 'PASS secret' 'DELE 1'
	hear '+OK send PASS' '-ERR [IN-USE] another session has this maildrop'
	closed
	login bob secret2 0
	exec {C}>&-
	C=$first
	say QUIT
	hear +OK
	closed
	login alice secret 2
}

# The first session takes a second longer to end.
# bats test_tags=sandbox
@test "who hears of the end of UPDATE can log in again" {
	fixture
	two_letters
	RUNAS+=(strace -D -f -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=exit_group
		-e inject=exit_group:delay_enter=1000000)
	start
	login alice secret 2
	say 'DELE 1' QUIT
	hear +OK +OK
	login alice secret 1
}

@test "kill -9 of a session frees the mailbox, and of a front ends its session alone" {
	fixture
	two_letters
	start
	login alice secret 2
	say 'DELE 1'
	hear +OK
	kill -9 "$(children "$PID")"
	closed
	login alice secret 2
	exec {C}>&-
	all_over

	connect
	wait_for eval '[ -n "$(children "$(children "$PID")")" ]'
	kill -9 "$(children "$(children "$PID")")"
	closed
	all_over
	login alice secret 2
	say 'RETR 1' QUIT
	hear +OK 'Subject: one' '' Hello . +OK
	both_left
	# What the test itself has killed is no fault.
	sed -i '/session [0-9]* died of signal 9/d' "$log"
}

@test "kill -9 of the daemon: sessions that are logged in go on to their end" {
	fixture
	two_letters
	start
	login alice secret 2
	kill -9 "$PID"
	wait "$PID" || true
	say 'DELE 1' QUIT
	hear +OK +OK
	closed
	left new/1700000002.M1P1.host
	unset 'DAEMON[pop3d]'
}

@test "kill -9 of a keeper before login: its client is told, and nobody else notices" {
	fixture
	two_letters
	start
	connect
	keeper=$(children "$PID")
	wait_for eval '[ -n "$(children "$keeper")" ]'
	kill -9 "$keeper"
	hear '-ERR [SYS/TEMP] shutting down'
	closed
	all_over
	login alice secret 2
	sed -i '/session [0-9]* died of signal 9/d' "$log"
}


@test "SIGTERM: an idle session ends, a RETR to a slow reader ends first, whole; nothing is deleted" {
	fixture
	letter 1 'Subject: one\n\nHello\n'
	head -c 8388608 /dev/zero | tr '\0' x | fold -w 62 | put_mail alice 1700000002.M1P1.host
	start
	connect
	local idle=$C
	login alice secret 2
	say 'DELE 1' 'LIST 2' 'RETR 2'
	hear +OK
	read -r -u "$C" _ _ octets
	octets=${octets%$'\r'}
	hear +OK
	kill "$PID"
	C=$idle hear '-ERR [SYS/TEMP] shutting down'
	C=$idle closed
	head -c "$octets" <&"$C" | tr -d '\r' | cmp - "$HOUSE/mail/alice/new/1700000002.M1P1.host" ||
		[ "$(tail -c 1 "$HOUSE/mail/alice/new/1700000002.M1P1.host")" = x ]
	hear . '-ERR [SYS/TEMP] shutting down'
	closed
	stop_daemon pop3d
	both_left
	logged 'user=alice .* retr=1/.* reason=shutdown'
}

@test "who reads slowly in a RETR is not idle" {
	fixture
	head -c 12000000 /dev/zero | tr '\0' x | put_mail alice 1700000001.M1P1.host
	start -o autologout=2
	python3 - "$PORT" <<-'END'
		import select, socket, sys, time
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
		s.connect(('127.0.0.1', int(sys.argv[1])))
		s.sendall(b'USER alice\r\nPASS secret\r\nRETR 1\r\nNOOP\r\n')
		got, began = 0, time.monotonic()
		tail = b''
		while not tail.endswith(b'x\r\n.\r\n+OK\r\n'):
		    if got < 8000000: # slowly at first, for longer than the time-out
		        select.select([], [], [], 0.03)
		    octets = s.recv(65536)
		    assert octets, (got, tail)
		    got += len(octets)
		    tail = (tail + octets)[-40:]
		assert time.monotonic() - began > 3
	END
}

# What another program renames between a look and its removal is, to the daemon, not there.
@test "UPDATE looks again for what escapes it, and says so if that does not help" {
	slippery() { # WHEN: what QUIT is told
		printf '%s\r\n' 'USER alice' 'PASS secret' 'DELE 1' QUIT |
			strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=unlinkat \
				-e "inject=unlinkat:error=ENOENT:when=$1" "$(program pop3d)" -F -f "$CONF" |
			tail -n 1
	}
	fixture
	two_letters
	[ "$(slippery 1..100)" = $'-ERR some deleted messages not removed\r' ]
	both_left
	[ "$(slippery 1..3)" = $'+OK\r' ]
	left new/1700000002.M1P1.host
}
