#!/usr/bin/env bats
# pop3d: transcripts in every way it can be started, what lies in the Maildirs afterwards, real
# clients, and what happens when something dies or changes in the middle.

load helper
load modes

# 1700000001.M1P1.host and so on: the number, and the octets as printf has them.
letter() { # NUMBER FORMAT [SUFFIX]
	# shellcheck disable=SC2059
	printf "$2" | put_mail alice "$(printf '17%08d.M1P1.host%s' "$1" "${3:-}")"
}

two_letters() {
	letter 1 'Subject: one\n\nHello\n'
	letter 2 'Subject: two\n\nHello\n'
}

# A block of 256 KiB, but for so many octets, and what follows.
block() { # NUMBER LACKING FORMAT
	# shellcheck disable=SC2059
	{
		head -c $((262144 - $2)) /dev/zero | tr '\0' a
		printf "$3"
	} | put_mail alice "$(printf '17%08d.M1P1.host' "$1")"
}

# A session by hand: descriptor $C.
connect() {
	exec {C}<>"/dev/tcp/127.0.0.1/${1:-$PORT}"
	hear '+OK mail.example.org POP3 server ready'
}

say() { # LINE ...
	printf '%s\r\n' "$@" >&"$C"
}

# The next lines are these.
hear() { # LINE ...
	local line wanted
	for wanted; do
		read -r -t 20 -u "$C" line || line='nothing'
		[ "$line" = "$wanted"$'\r' ] || { echo "wanted $wanted, got $line" && return 1; } >&2
	done
}

# The server has closed, and says nothing more.
closed() {
	local line
	if read -r -t 20 -u "$C" line || [ $? -gt 128 ]; then
		echo "not closed: ${line:-}" >&2
		return 1
	fi
	exec {C}>&-
}

login() { # USER PASSWORD MESSAGES
	connect
	say "USER $1" "PASS $2"
	hear '+OK send PASS' "+OK $3 messages"
}

start() {
	start_daemon pop3d -DF -l 127.0.0.1:0 "$@"
}

wait_for() { # COMMAND ...: until it is true; at most 20 s
	local tries
	for ((tries = 0; tries < 2000; tries++)); do
		! "$@" || return 0
		read -r -t 0.01 <><(:) || true
	done
	echo "never: $*" >&2
	return 1
}

children() { # PID
	local pids
	read -r -a pids <"/proc/$1/task/$1/children" || true
	echo "${pids[@]}"
}

no_children() { # PID
	[ -z "$(children "$1")" ]
}

# All sessions of the daemon have ended.
all_over() {
	wait_for no_children "$PID"
}

log=$BATS_TEST_TMPDIR/pop3d.log

logged() { # REGEX
	grep -qE "$1" "$log"
}

says() { # REGEX, in the log, soon
	wait_for logged "$1" || { cat "$log" && return 1; }
}

# Exactly these files are in alice's Maildir.
left() { # FOLDER/NAME ...
	diff <(printf '%s\n' "$@" | sort) <(cd "$HOUSE/mail/alice" && find new cur -mindepth 1 | sort)
}

both_left() {
	left new/1700000001.M1P1.host new/1700000002.M1P1.host
}

# Transcripts

# bats test_tags=builds
@test "before login: the same words whoever it is, the same CAPA as after it" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/authorization.talk" pop3d -o errors=0
}

# bats test_tags=builds
@test "QUIT before login closes, and nothing behind it is looked at" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/quit.talk" pop3d
}

# bats test_tags=builds
@test "numbers do not move under DELE, and RSET brings all back" {
	prepare() {
		letter 1 'Subject: one\n\nHello\n'
		letter 2 'Subject: two\n\nHello\n' ,S=20,W=23
		letter 3 'Subject: three\n\n.\n..\n.x'
		letter 4 'Subject: four\r\n\r\nHi!\r\n'
	}
	play_everywhere "$HERE/pop3d/transaction.talk" pop3d
}

# bats test_tags=builds
@test "octets: LIST counts what RETR sends, whatever the message holds" {
	prepare() {
		letter 1 '.\nSubject: x\n\nr\n'
		letter 2 '..'
		letter 3 '.'
		letter 4 '\n'
		letter 5 '\r\n'
		letter 6 '\r'
		letter 7 'a\r\r\n'
		letter 8 'a\nb\r\nc'
		letter 9 'a\rb\n'
		letter 10 '\0\n\0'
		letter 11 ''
		letter 12 '\033\200\377\303\n'
		{ head -c 1048576 /dev/zero | tr '\0' x && echo; } | put_mail alice 1700000013.M1P1.host
		block 14 1 '\n.b\n'
		block 15 1 '\r\n.c\n'
		block 16 1 '\rd\n'
		block 17 0 ''
		block 18 1 '\n.\n.'
	}
	play_everywhere "$HERE/pop3d/octets.talk" pop3d
}

# bats test_tags=builds
@test "TOP: header, blank line, n lines; any n" {
	prepare() {
		letter 1 'H: 1\nI: 2\n\none\n.two\nthree'
		letter 2 'H: only\n'
		letter 3 'H: open'
		letter 4 '\nbody\nmore\n'
		letter 5 'H: 1\r\n\r\none\r\ntwo\r\n'
		letter 6 ''
		letter 7 'H: 1\n\n\n\nx\n'
	}
	play_everywhere "$HERE/pop3d/top.talk" pop3d -o errors=0
}

# bats test_tags=builds
@test "numbers are decimal digits and nothing else" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/numbers.talk" pop3d -o errors=0
}

# bats test_tags=builds
@test "odd lines: one line has one reply, and no echo, in both states" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/lines.talk" pop3d -o errors=0
}

@test "however long a line is, it is one, in pieces of any size" {
	fixture
	two_letters
	start -o errors=0
	for piece in 255 1000 4096 1000000; do
		"$TALK" -s $piece "$HERE/pop3d/long.talk" connect 127.0.0.1 "$PORT"
	done
}

# bats test_tags=builds
@test "a whole session in one packet" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/pipeline.talk" pop3d
}

# bats test_tags=builds
@test "what is sent along with a PASS that fails is refused" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/denied.talk" pop3d
}

# bats test_tags=builds
@test "ten errors in a row end a session" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/errors.talk" pop3d
}

# bats test_tags=builds
@test "a mailbox that does not exist yet is empty" {
	prepare() {
		add_user carol secret3
		rm -rf "$HOUSE/mail/carol"
	}
	play_everywhere "$HERE/pop3d/absent.talk" pop3d
	[ ! -e "$HOUSE/mail/carol" ]
}

# UPDATE

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
		says 'user=alice .* dele=1 left=1 .* reason=quit$'
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
		'C> QUIT' 'C: Q\nS: -ERR unknown command\nS: -ERR too many errors' 'C: QUIT now\nS: -ERR wrong arguments\nS: -ERR too many errors'; do
		printf "$talk$end\n" | "$TALK" - connect 127.0.0.1 "$PORT"
		all_over
		both_left
	done
	logged 'reason=closed' && logged 'reason=timeout' && logged 'reason=errors'
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
	left cur/1700000001.M1P1.host:2,S
	says 'dele=1 left=1 .* reason=quit$'
}

# The lock

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
	all_over
	say 'USER alice' 'PASS secret'
	hear '+OK send PASS' '-ERR [SYS/TEMP] cannot check this now'
	closed
	login alice secret 2
	sed -i '/session [0-9]* died of signal 9/d' "$log"
}

# Behind the session

@test "a message that another program moves or flags is found again; one that vanishes is one error" {
	fixture
	two_letters
	letter 3 'Subject: three\n\n'
	letter 4 'Subject: four\n\n'
	cd "$HOUSE/mail/alice"
	start
	login alice secret 4
	mv new/1700000001.M1P1.host cur/1700000001.M1P1.host:2,
	mv new/1700000002.M1P1.host cur/1700000002.M1P1.host:2,FS
	rm new/1700000003.M1P1.host
	say 'RETR 1' 'RETR 2' 'RETR 3' 'TOP 4 0'
	hear +OK 'Subject: one' '' Hello . +OK 'Subject: two' '' Hello . '-ERR cannot read this message'
	hear +OK 'Subject: four' '' .
	# Numbers and ids stay; and again with other flags.
	mv cur/1700000002.M1P1.host:2,FS cur/1700000002.M1P1.host:2,FRST
	say UIDL 'RETR 2' 'DELE 1' 'DELE 2' 'DELE 3'
	hear +OK '1 1700000001.M1P1.host' '2 1700000002.M1P1.host' '3 1700000003.M1P1.host' '4 1700000004.M1P1.host' .
	hear +OK 'Subject: two' '' Hello . +OK +OK +OK
	mv cur/1700000001.M1P1.host:2, cur/1700000001.M1P1.host:2,S
	say QUIT
	hear +OK
	closed
	left new/1700000004.M1P1.host
}

@test "mail that comes during a session waits for the next; a file cut short ends where it ends" {
	fixture
	two_letters
	start
	login alice secret 2
	letter 3 'Subject: three\n\n'
	say LIST
	hear +OK '1 23' '2 23' .
	letter 1 'Subject: o'
	say 'RETR 1' STAT QUIT
	hear +OK 'Subject: o' . '+OK 2 46' +OK
	closed
	login alice secret 3
}

@test "a file whose name has a wrong size is sent whole" {
	fixture
	letter 1 'Subject: one\n\nHello\n' ,S=3,W=4
	letter 2 'Subject: two\n\nHello\n' ,S=30,W=4
	start
	login alice secret 2
	say 'RETR 1' 'LIST 2'
	hear +OK 'Subject: one' '' Hello . '+OK 2 23'
}

@test "what is no message is passed over; what cannot be read is one error" {
	fixture
	two_letters
	local new="$HOUSE/mail/alice/new"
	mkdir "$new/1700000000.folder"
	mkfifo "$new/1700000000.fifo"
	ln -s /nowhere "$new/1700000000.dangling"
	ln -s 1700000001.M1P1.host "$new/1700000000.link"
	ln -s ../../bob "$new/1700000000.bob"
	touch "$new/.hidden" "$new/..hidden"
	start
	login alice secret 2
	say LIST QUIT
	hear +OK '1 23' '2 23' . +OK
	closed

	if is_root; then
		chown root "$new/1700000001.M1P1.host"
	else
		chmod 0 "$new/1700000001.M1P1.host"
	fi
	login alice secret 2
	say 'RETR 1' 'TOP 1 0' 'RETR 2' 'DELE 1' QUIT
	hear '-ERR cannot read this message' '-ERR cannot read this message' +OK 'Subject: two' '' Hello . +OK +OK
	closed
	[ ! -e "$new/1700000001.M1P1.host" ] && [ -p "$new/1700000000.fifo" ]
}

@test "a message that becomes something else during the session is not opened" {
	fixture
	two_letters
	cd "$HOUSE/mail/alice/new"
	start
	login alice secret 2
	rm 1700000001.M1P1.host 1700000002.M1P1.host
	mkfifo 1700000001.M1P1.host
	ln -s "$CONF" 1700000002.M1P1.host
	say 'RETR 1' 'RETR 2' LIST QUIT
	hear '-ERR cannot read this message' '-ERR cannot read this message' +OK '1 0' '2 0' . +OK
}

@test "a Maildir that is a link, or whose folders are, is not entered" {
	fixture
	two_letters
	cd "$HOUSE/mail"
	start
	mv alice elsewhere
	ln -s elsewhere alice
	connect
	say 'USER alice' 'PASS secret'
	hear '+OK send PASS' '-ERR [SYS/PERM] cannot open the maildrop'
	closed
	rm alice && mv elsewhere alice && mv alice/cur alice/old && ln -s old alice/cur
	connect
	say 'USER alice' 'PASS secret'
	hear '+OK send PASS' '-ERR [SYS/PERM] cannot open the maildrop'
	closed
}

@test "trouble on our side is [SYS/TEMP], not [AUTH]" {
	fixture
	chmod 620 "$HOUSE/accounts/alice"
	start
	connect
	say 'USER alice' 'PASS secret'
	hear '+OK send PASS' '-ERR [SYS/TEMP] cannot check this now'
	chmod 600 "$HOUSE/accounts/alice"
	say 'USER alice' 'PASS secret'
	hear '+OK send PASS' '+OK 0 messages'
}

@test "UIDL: 1 to 70 octets of printable ASCII, unique, and the same whatever the flags and the session" {
	fixture
	python3 - "$HOUSE/mail/alice/new" <<-'END'
		import os, sys
		names = [b'x' * 70, b'y' * 71, b'y' * 72, b'z' * 250, b'with space', b'8-bit-\xff', b'8-bit-\xfe',
		         b'line\nend', b'del\x7f', b'!', b'~tilde', b'tab\there', b'comma,S=5', b'dot.']
		for name in names:
		    path = os.path.join(sys.argv[1].encode(), name)
		    open(path, 'wb').write(b'H: x\n')
		    os.chown(path, os.stat(sys.argv[1]).st_uid, -1)
	END
	start
	python3 - "$PORT" "$HOUSE/mail/alice" >"$BATS_TEST_TMPDIR/uidl.out" <<-'END'
		import os, poplib, sys
		def uidl(update):
		    c = poplib.POP3('127.0.0.1', int(sys.argv[1]), 20)
		    c.user('alice'), c.pass_('secret')
		    ids = dict(line.split(b' ', 1) for line in c.uidl()[1])
		    c.quit() if update else c.close()
		    return sorted(ids.values())
		ids = uidl(True)
		assert len(ids) == 14 == len(set(ids)), ids
		assert all(1 <= len(i) <= 70 and all(0x21 <= o <= 0x7e for o in i) for i in ids), ids
		assert {b'x' * 70, b'!', b'~tilde', b'comma,S=5', b'dot.'} < set(ids), ids
		box = sys.argv[2].encode()
		for name in os.listdir(box + b'/new'):
		    os.rename(box + b'/new/' + name, box + b'/cur/' + name + b':2,S')
		for update in False, True:
		    again = uidl(update)
		    assert again == ids, (again, ids)
	END
}

@test "a message that lies in new and in cur is one message" {
	fixture
	letter 1 'Subject: one\n\nHello\n'
	ln "$HOUSE/mail/alice/new/1700000001.M1P1.host" "$HOUSE/mail/alice/cur/1700000001.M1P1.host:2,S"
	start
	login alice secret 1
}

# Real clients

@test "curl lists, fetches and deletes" {
	fixture
	two_letters
	letter 3 'Subject: dots\n\n.\n..x\nend'
	start
	url=pop3://alice:secret@127.0.0.1:$PORT
	[ "$(curl -sS "$url/" | tr -d '\r')" = $'1 23\n2 23\n3 30' ]
	[ "$(curl -sS "$url/3" | tr -d '\r')" = $'Subject: dots\n\n.\n..x\nend' ]
	[ "$(curl -sS -X 'UIDL 2' -I "$url/" 2>&1 | tr -d '\r')" = '' ]
	curl -sS -X 'DELE 2' -I "$url/"
	left new/1700000001.M1P1.host new/1700000003.M1P1.host
	run curl -sS "pop3://alice:wrong@127.0.0.1:$PORT/"
	[ "$status" -eq 67 ] # login denied
}

@test "Python's poplib: a whole session, and errors as it expects them" {
	fixture
	two_letters
	start
	python3 - "$PORT" <<-'END'
		import poplib, sys
		c = poplib.POP3('127.0.0.1', int(sys.argv[1]), 20)
		assert c.getwelcome() == b'+OK mail.example.org POP3 server ready'
		assert set(c.capa()) == {'USER', 'TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING'}
		c.user('alice')
		try:
		    c.pass_('wrong')
		    raise AssertionError('let in')
		except poplib.error_proto as e:
		    assert e.args[0].startswith(b'-ERR [AUTH] '), e
		c.user('alice')
		c.pass_('secret')
		assert c.stat() == (2, 46)
		assert c.list() == (b'+OK', [b'1 23', b'2 23'], 12)
		assert c.list(2) == b'+OK 2 23'
		assert c.uidl()[1] == [b'1 1700000001.M1P1.host', b'2 1700000002.M1P1.host']
		assert c.retr(1) == (b'+OK', [b'Subject: one', b'', b'Hello'], 23)
		assert c.top(1, 0) == (b'+OK', [b'Subject: one', b''], 16)
		assert c.dele(1) == b'+OK' == c.rset() == c.noop() == c.dele(2)
		assert c.quit() == b'+OK'
	END
	left new/1700000001.M1P1.host
}

# Two processes

# The fields of /proc/PID/status after their name.
status() { # PID NAME
	awk -v name="$2:" '$1 == name { $1 = ""; print substr($0, 2) }' "/proc/$1/status"
}

# Where its descriptors lead to, each once.
held() { # PID FIND-TEST ...
	find "/proc/$1/fd" -type l "${@:2}" -printf '%l\n' | sed 's/\[[0-9]*\]$//' | sort -u
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
		import socket, sys, time
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
		s.connect(('127.0.0.1', int(sys.argv[1])))
		s.sendall(b'USER alice\r\nPASS secret\r\nRETR 1\r\nNOOP\r\n')
		got, began = 0, time.monotonic()
		tail = b''
		while not tail.endswith(b'x\r\n.\r\n+OK\r\n'):
		    if got < 8000000: # slowly at first, for longer than the time-out
		        time.sleep(0.03)
		    octets = s.recv(65536)
		    assert octets, (got, tail)
		    got += len(octets)
		    tail = (tail + octets)[-40:]
		assert time.monotonic() - began > 3
	END
}

# Many

# bats test_tags=once
@test "20,000 messages: LIST and UIDL in a few writes, octets beyond 4 GiB, a late number" {
	fixture
	python3 - "$HOUSE/mail/alice/new" <<-'END'
		import os, sys
		uid = os.stat(sys.argv[1]).st_uid
		for i in range(1, 20001):
		    path = '%s/17%08d.M1P1.host,S=300000,W=310000' % (sys.argv[1], i)
		    os.close(os.open(path, os.O_CREAT, 0o600))
		    os.chown(path, uid, -1)
	END
	start
	login alice secret 20000
	session=$(children "$PID")
	strace -qq -p "$session" -e trace=sendto,openat,stat,newfstatat -o "$BATS_TEST_TMPDIR/calls" 3>&- &
	tracer=$!
	wait_for eval '[ "$(status "$session" TracerPid)" = $tracer ]'
	say STAT LIST UIDL 'DELE 19999' 'LIST 19998' 'LIST 20000' 'UIDL 20000' 'LIST 20001'
	hear '+OK 20000 6200000000' +OK '1 310000' '2 310000'
	for n in {3..20000}; do hear "$n 310000"; done
	hear . +OK
	for n in {1..20000}; do hear "$n $(printf '17%08d' "$n").M1P1.host,S=300000,W=310000"; done
	hear . +OK '+OK 19998 310000' '+OK 20000 310000' '+OK 20000 1700020000.M1P1.host,S=300000,W=310000' '-ERR no such message'
	say QUIT
	hear +OK
	wait $tracer
	[ "$(find "$HOUSE/mail/alice/new" -type f | wc -l)" -eq 19999 ]
	[ "$(grep -c sendto "$BATS_TEST_TMPDIR/calls")" -lt 30 ]
	[ "$(grep -cE 'open|stat' "$BATS_TEST_TMPDIR/calls")" -eq 0 ]
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

# bats test_tags=once
@test "1,000 clients at once, each in a mailbox of its own, all served" {
	fixture
	python3 - "$HOUSE" <<-'END'
		import os, shutil, sys
		house = sys.argv[1]
		uid = os.stat(house + '/mail/alice').st_uid
		for i in range(1000):
		    shutil.copy2(house + '/accounts/alice', house + '/accounts/u%d' % i)
		    box = house + '/mail/u%d' % i
		    for folder in '', '/tmp', '/new', '/cur':
		        os.mkdir(box + folder, 0o700)
		        os.chown(box + folder, uid, -1)
		    open(box + '/new/1', 'w').write('Subject: for u%d\n\n' % i)
		    os.chown(box + '/new/1', uid, -1)
		    os.chown(house + '/accounts/u%d' % i, os.stat(house + '/accounts').st_uid, -1)
	END
	start -o clients=1000 -o clients-per-source=1000
	held=$(find "/proc/$PID/fd" -type l | wc -l)
	python3 - "$PORT" <<-'END'
		import resource, socket, sys
		resource.setrlimit(resource.RLIMIT_NOFILE, (4096, max(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
		def hear(f, wanted):
		    line = f.readline()
		    assert line == wanted, (wanted, line)
		clients = []
		for i in range(1000):
		    s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 60)
		    clients.append((s, s.makefile('rb')))
		for i, (s, f) in enumerate(clients):
		    s.sendall(b'USER u%d\r\nPASS secret\r\n' % i)
		for s, f in clients:
		    hear(f, b'+OK mail.example.org POP3 server ready\r\n')
		    hear(f, b'+OK send PASS\r\n')
		    hear(f, b'+OK 1 messages\r\n')
		for s, f in clients:
		    s.sendall(b'RETR 1\r\nDELE 1\r\nQUIT\r\n')
		for i, (s, f) in enumerate(clients):
		    for line in b'+OK', b'Subject: for u%d' % i, b'', b'.', b'+OK', b'+OK':
		        hear(f, line + b'\r\n')
		    hear(f, b'')
	END
	all_over
	[ -z "$(find "$HOUSE"/mail/u*/new -type f)" ]
	[ "$(find "/proc/$PID/fd" -type l | wc -l)" -eq "$held" ]
}

# Size

# The program as a static one; like the rest of what is built, so that it can be started.
static_build() {
	BUILT=$BATS_FILE_TMPDIR/musl
	make -s -C "$HERE/.." OUT="$BUILT" STATIC=1 CC=musl-gcc CFLAGS=-O2 "$BUILT/pop3d/pop3d" 3>&-
}

kilobytes() { # PID FIELD
	status "$1" "$2" | tr -cd 0-9
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
	static_build
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
	static_build
	strip -o "$BATS_TEST_TMPDIR/pop3d" "$BUILT/pop3d/pop3d"
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/pop3d")" -lt 150000 ]
}
