#!/usr/bin/env bats
# pop3d: two processes and what they may do; many messages, large messages, and what they cost.

load helper
load hold
load pop3d

# Where its descriptors lead to, each once.
held() { # PID FIND-TEST ...
	find "/proc/$1/fd" -type l "${@:2}" -printf '%l\n' | sed 's/\[[0-9]*\]$//' | sort -u
}

kilobytes() { # PID FIELD
	status "$1" "$2" | tr -cd 0-9
}

# bats test_tags=sandbox
@test "the front: filtered, no privileges, an empty root, nothing but sockets" {
	local user
	for user in root nobody; do
		as_user $user
		fixture
		start
		connect
		front=$(children "$(children "$PID")")
		[ "$(status "$front" Seccomp)" = 2 ]
		[ "$(status "$front" NoNewPrivs)" = 1 ]
		[ "$(status "$front" CapEff)" = 0000000000000000 ]
		# Of a process that is not dumpable, only root may see more.
		if is_root; then
			[ "$(held "$front")" = socket: ]
			id=$(id -u nobody)
			[ "$(status "$front" Uid)" = "$id $id $id $id" ]
		fi
		if is_root && [ $user = root ]; then
			[ "$(status "$front" Groups)" = "$(id -g nobody)" ]
			[ "$(readlink "/proc/$front/root")" = "$HOUSE/run/empty" ]
			[ -z "$(ls -A "$HOUSE/run/empty")" ]
		fi
		exec {C}>&-
	done
}

# bats test_tags=sandbox
@test "a session: the mailbox's owner for good, one process, no file but in that Maildir" {
	fixture
	two_letters
	start
	login alice secret 2
	session=$(children "$PID")
	wait_for no_children "$session"
	uid=${OWNER%:*}
	[ "$(status "$session" Uid)" = "$uid $uid $uid $uid" ]
	[ "$(status "$session" NoNewPrivs)" = 1 ]
	[ "$(status "$session" CapEff)" = 0000000000000000 ]
	[ -z "$(held "$session" ! -name '[012]' | grep -vE "^(socket:|$HOUSE/mail/alice(/|$))")" ]
}

# bats test_tags=sandbox
@test "a password takes one record between the two processes" {
	local trace=$BATS_TEST_TMPDIR/records
	fixture
	two_letters
	RUNAS=(strace -D -f -qq -o "$trace" -e trace=sendmsg)
	start
	login alice secret 2
	say QUIT
	hear +OK
	stop_daemon pop3d
	[ "$(grep -c 'sendmsg(' "$trace")" -eq 1 ]
}

# LARGE=1, as make check-large has it: 2,000,000.
# bats test_tags=once
@test "large: 20,000 messages: LIST and UIDL in few writes, at most 24 octets each besides their names" {
	local n=$((LARGE ? 2000000 : 20000))
	fixture
	python3 - "$HOUSE/mail/alice/new" "$n" <<-'END'
		import os, sys
		uid = os.stat(sys.argv[1]).st_uid
		for i in range(1, int(sys.argv[2]) + 1):
		    path = '%s/17%08d.M1P1.host,S=300000,W=310000' % (sys.argv[1], i)
		    os.close(os.open(path, os.O_CREAT, 0o600))
		    os.chown(path, uid, -1)
	END
	start
	login alice secret "$n"
	session=$(children "$PID")
	strace -qq -p "$session" -e trace=sendto,openat,stat,newfstatat -o "$BATS_TEST_TMPDIR/calls" 3>&- &
	tracer=$!
	wait_for eval '[ "$(status "$session" TracerPid)" = $tracer ]'
	say STAT LIST UIDL "DELE $((n - 1))" "LIST $((n - 2))" "LIST $n" "UIDL $n" "LIST $((n + 1))"
	hear "+OK $n $((n * 310000))" +OK
	hear_lines < <(seq -f '%.0f 310000' "$n")
	hear . +OK
	hear_lines < <(seq "$n" | awk '{ printf "%d 17%08d.M1P1.host,S=300000,W=310000\n", $1, $1 }')
	hear . +OK "+OK $((n - 2)) 310000" "+OK $n 310000"
	hear "$(printf '+OK %d 17%08d.M1P1.host,S=300000,W=310000' "$n" "$n")" '-ERR no such message'
	# The names have 37 octets; the program itself takes less than 4 MiB.
	[ "$(kilobytes "$session" VmHWM)" -lt $((n * (37 + 24) / 1024 + 4096)) ]
	say QUIT
	hear +OK
	wait $tracer
	[ "$(find "$HOUSE/mail/alice/new" -type f | wc -l)" -eq $((n - 1)) ]
	# Of up to 256 KiB, and no more than the client takes at once.
	[ "$(grep -c sendto "$BATS_TEST_TMPDIR/calls")" -lt $((n / 1000 + 10)) ]
	[ "$(grep -cE '(open|stat).*M1P1' "$BATS_TEST_TMPDIR/calls")" -eq 0 ]
}

# Soon after the last word, each takes less than so many kilobytes; page tables are told apart.
idle_sessions() { # N KILOBYTES
	start -o clients="$1"
	hold "$1" user secret
	all_say STAT
	wait_for sessions_below $(($1 * $2))
	[ -z "${LARGE:-}" ] || sessions_told "$1" >&3
	all_say STAT
	all_say QUIT
	all_over
}

# LARGE=1: 5,000.
# bats test_tags=once
@test "large: 500 idle sessions, each in a mailbox of its own, take less than 40 KB each, of the static program 20" {
	local n=$((LARGE ? 5000 : 500))
	fixture
	mailboxes $n
	idle_sessions $n 40
	static_build pop3d
	TRIVET=$BUILT idle_sessions $n 20
}

# bats test_tags=once
@test "what a long message has taken is given back when the client is silent" {
	fixture
	numbers 1048576 | fold -w 76 | put_mail alice 1700000001.M1P1.host
	start
	login alice secret 1
	session=$(children "$PID")
	say 'RETR 1'
	until read -r -t 20 -u "$C" line && [ "$line" = $'.\r' ]; do :; done
	wait_for eval '[ "$(kilobytes "$session" RssAnon)" -lt 256 ]'
	say NOOP
	hear +OK
}

@test "idle connections from elsewhere do not keep a user out" {
	fixture
	start
	python3 - "$PORT" <<-'END'
		import socket, sys
		idle = []
		for i in range(120):
		    s = socket.socket()
		    s.settimeout(20)
		    s.bind(('127.0.0.%d' % (2 + i % 2), 0))
		    s.connect(('127.0.0.1', int(sys.argv[1])))
		    idle.append(s)
		words = [s.recv(100) for s in idle]
		assert words.count(b'+OK mail.example.org POP3 server ready\r\n') == 100, words
		assert words.count(b'-ERR [SYS/TEMP] too many connections, try again later\r\n') == 20, words
		user = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 20)
		user.sendall(b'USER alice\r\nPASS secret\r\nQUIT\r\n')
		said = user.makefile('rb').readlines()
		assert said[2:] == [b'+OK 0 messages\r\n', b'+OK\r\n'], said
	END
}

# Alice's message comes back octet for octet.
comes_back() { # DOTS-ADDED COMMAND: which takes the CRs and the added dots away
	local octets
	start
	login alice secret 1
	session=$(children "$PID")
	say 'LIST 1' 'RETR 1'
	read -r -t 100 -u "$C" _ _ octets
	hear +OK
	head -c $((${octets%?} + $1)) <&"$C" | "${@:2}" | sha256sum >"$BATS_TEST_TMPDIR/came"
	sha256sum <"$HOUSE/mail/alice/new/1700000001.M1P1.host" | diff - "$BATS_TEST_TMPDIR/came"
	hear .
}

# The session has stayed small: its own memory and, in a static program, all of it.
comes_back_everywhere() { # DOTS-ADDED COMMAND
	static_build pop3d
	comes_back "$@"
	[ "$(kilobytes "$session" RssAnon)" -lt 1024 ]
	TRIVET=$BUILT comes_back "$@"
	[ "$(kilobytes "$session" VmHWM)" -lt 2048 ]
}

numbers() { # OCTETS
	seq 100000000 999999999 | tr '\n' ' ' | head -c "$1"
}

unstuffed_line() {
	tail -c +2 | tr -d '\r'
}

unstuffed_lines() {
	sed 's/^\.//; s/\r$//'
}

# LARGE=1, as make check-large has it: 2 GiB and 1 GiB instead.
# bats test_tags=once
@test "large: 64 MiB in one line that begins with a dot" {
	fixture
	{ printf . && numbers $((${LARGE:+32 * }67108864)) && echo; } |
		put_mail alice 1700000001.M1P1.host
	comes_back_everywhere 1 unstuffed_line
}

# bats test_tags=once
@test "large: 64 MiB in lines of 76, of which many begin with dots" {
	fixture
	{ numbers $((${LARGE:+16 * }67108864)) && echo; } | fold -w 76 | sed 's/^[12]/./' |
		put_mail alice 1700000001.M1P1.host
	comes_back_everywhere "$(grep -c '^\.' "$HOUSE/mail/alice/new/1700000001.M1P1.host")" unstuffed_lines
}

# bats test_tags=once
@test "the static program is under 150 KB" {
	static_build pop3d
	strip -o "$BATS_TEST_TMPDIR/pop3d" "$BUILT/pop3d/pop3d"
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/pop3d")" -lt 150000 ]
}
