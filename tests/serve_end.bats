#!/usr/bin/env bats
# How daemons and sessions end: asked to, by the end of their other half, or by a bare signal 9.

load helper

setup() {
	fixture
	LOG=$BATS_TEST_TMPDIR/pop3d.log
}

teardown() {
	stop_daemons
}

until_so() { # COMMAND ...
	local i
	for ((i = 0; i < 2000; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		read -r -t 0.01 <> <(:) || true
	done
	"$@"
}

# A process that nobody has reaped yet has ended, too.
gone() { # PID
	[[ $(ps -o stat= -p "$1") != [!Z]* ]]
}

children() { # PID
	ps -o pid= --ppid "$1" | tr -d ' '
}

nobody_left() {
	[ -z "$(children "$PID")" ]
}

# A client on descriptor $C.
connects() {
	exec {C}<>"/dev/tcp/127.0.0.1/$PORT"
	hears '+OK mail.example.org POP3 server ready'
}

says() {
	printf '%s\r\n' "$1" >&"$C"
}

hears() {
	local line=
	read -r -t 20 -u "$C" line || echo "nothing comes, not: $1"
	[ "$line" = "$1"$'\r' ] || { echo "heard: $line" && false; }
}

# The end, or a reset, and nothing before it.
hears_end() {
	local line= status=0
	read -r -t 20 -u "$C" line || status=$?
	exec {C}>&-
	[ "$status" -le 128 ] && [ -z "$line" ] && [ "$status" -ne 0 ]
}

logs_in() { # MESSAGES
	says 'USER alice'
	hears '+OK send PASS'
	says 'PASS secret'
	hears "+OK $1 messages"
}

leaves() {
	says QUIT
	hears +OK
	hears_end
}

# That a process died of a signal is what the test wants, and no fault.
forgive() { # SIGNAL
	stop_daemon pop3d || true
	grep -q "session [0-9]* died of signal $1\$" "$LOG"
	sed -i "/died of signal $1\$/d" "$LOG"
}

@test "SIGTERM: no one new, a word to the idle, RETR to its end, status 0" {
	yes 'a line of a message that takes a while' | head -n 230000 | put_mail alice 1.big
	start_daemon pop3d -DF -l 127.0.0.1:0
	# Nobody else reads what the server says to `slow` before the daemon was asked to end.
	python3 - "$PORT" "$PID" <<-'END'
		import os, signal, socket, sys
		port, pid = int(sys.argv[1]), int(sys.argv[2])
		def connect():
		    s = socket.create_connection(("127.0.0.1", port), 20)
		    s.settimeout(20)
		    f = s.makefile("rwb", 0)
		    assert f.readline().startswith(b"+OK")
		    return f
		def ask(f, line):
		    f.write(line + b"\r\n")
		    return f.readline()
		slow, fresh, idle = connect(), connect(), connect()
		assert ask(slow, b"USER alice").startswith(b"+OK")
		assert ask(slow, b"PASS secret") == b"+OK 1 messages\r\n"
		assert ask(idle, b"USER bob").startswith(b"+OK")
		assert ask(idle, b"PASS secret2") == b"+OK 0 messages\r\n"
		assert ask(slow, b"RETR 1").startswith(b"+OK")
		os.kill(pid, signal.SIGTERM)
		word = b"-ERR [SYS/TEMP] shutting down\r\n"
		assert fresh.read() == word
		assert idle.read() == word
		try:
		    connect()
		    sys.exit("it still listens")
		except ConnectionRefusedError:
		    pass
		rest = b""
		while True:
		    more = slow.read(65536)
		    if not more:
		        break
		    rest += more
		assert rest.endswith(b"\r\n.\r\n" + word), rest[-200:]
		assert len(rest) == 230000 * 40 + len(b".\r\n") + len(word), len(rest)
	END
	stop_daemon pop3d
	grep -q 'session user=alice .* retr=1/.* reason=shutdown' "$LOG"
	grep -q 'session user=bob .* reason=shutdown' "$LOG"
	grep -q 'session user=- .* reason=shutdown' "$LOG"
	tail -n 1 "$LOG" | grep -q ']: ends$'
	[ -e "$HOUSE/mail/alice/new/1.big" ] || [ -n "$(ls "$HOUSE"/mail/alice/cur)" ]
}

@test "Ctrl-C reaches all processes of a terminal, and ends them as SIGTERM does" {
	start_daemon pop3d -DF -l 127.0.0.1:0
	connects
	local keeper front
	keeper=$(children "$PID")
	front=$(children "$keeper")
	kill -INT "$front" "$keeper" "$PID"
	hears '-ERR [SYS/TEMP] shutting down'
	hears_end
	stop_daemon pop3d
}

@test "kill -9 of the daemon: its sessions go on" {
	echo one | put_mail alice 1.one
	start_daemon pop3d -DF -l 127.0.0.1:0
	connects
	logs_in 1
	kill -9 "$PID"
	until_so gone "$PID"
	says 'DELE 1'
	hears '+OK'
	leaves
	[ ! -e "$HOUSE/mail/alice/new/1.one" ]
	[ "$(stop_daemon pop3d || echo $?)" -eq 137 ]
	unset 'DAEMON[pop3d]' 'PUMP[pop3d]'
}

@test "kill -9 of a front: its keeper ends, the client is let go" {
	start_daemon pop3d -DF -l 127.0.0.1:0
	connects
	local keeper front
	keeper=$(children "$PID")
	front=$(children "$keeper")
	kill -9 "$front"
	hears_end
	until_so gone "$keeper"
	connects
	leaves
}

@test "kill -9 of a keeper before login: its front ends, the client is let go" {
	start_daemon pop3d -DF -l 127.0.0.1:0
	connects
	local keeper front
	keeper=$(children "$PID")
	front=$(children "$keeper")
	kill -9 "$keeper"
	hears '-ERR [SYS/TEMP] shutting down'
	hears_end
	until_so gone "$front"
	forgive 9
}

@test "kill -9 of a keeper in TRANSACTION: nothing is deleted, the maildrop is free" {
	echo one | put_mail alice 1.one
	start_daemon pop3d -DF -l 127.0.0.1:0
	connects
	logs_in 1
	says 'DELE 1'
	hears '+OK'
	kill -9 "$(children "$PID")"
	hears_end
	connects
	logs_in 1
	says STAT
	hears '+OK 1 5'
	leaves
	forgive 9
}

@test "a session that dies of a signal is logged, in either half" {
	start_daemon pop3d -DF -l 127.0.0.1:0
	connects
	kill -ABRT "$(children "$PID")"
	exec {C}>&-
	forgive 6
	start_daemon pop3d -DF -l 127.0.0.1:0
	connects
	kill -ABRT "$(children "$(children "$PID")")"
	hears_end
	forgive 6
}

@test "the mask and the ignored signals of who starts it do not matter" {
	RUNAS=(env --ignore-signal --block-signal)
	start_daemon pop3d -DF -l 127.0.0.1:0
	connects
	leaves
	until_so nobody_left # reaped, though SIGCHLD was ignored and blocked
	connects
	kill -TERM "$PID"
	hears '-ERR [SYS/TEMP] shutting down'
	hears_end
	stop_daemon pop3d
}

@test "what leaks in is closed, in the daemon and in its sessions" {
	exec {leak}<"$CONF"
	start_daemon pop3d -DF -l 127.0.0.1:0
	exec {leak}<&-
	connects
	local pid keeper
	keeper=$(children "$PID")
	for pid in "$PID" "$keeper" "$(children "$keeper")"; do
		[ -n "$pid" ]
		[ -z "$(readlink "/proc/$pid"/fd/* | grep -F "$CONF")" ]
	done
	# A session has the client, its other half, and no socket that listens.
	ls -l "/proc/$keeper/fd" "/proc/$PID/fd"
	[ "$(readlink "/proc/$keeper"/fd/* | grep -c '^socket:')" -eq 2 ]
	[ "$(readlink "/proc/$PID"/fd/* | grep -c '^socket:')" -eq 1 ]
	leaves
}

@test "started without descriptors 0, 1 and 2, no socket gets into their place" {
	local pid program
	program=$(program pop3d)
	"$program" -f "$CONF" -D -l 127.0.0.1:0 <&- >&- 2>&- 3>&-
	pid=$(cat "$HOUSE/run/pop3d.pid")
	[ "$(readlink "/proc/$pid/fd/0" "/proc/$pid/fd/1" "/proc/$pid/fd/2" | sort -u)" = /dev/null ]
	PORT=$(ss -Htlnp | sed -n "s/.* 127.0.0.1:\([0-9]*\) .*pid=$pid,.*/\1/p")
	connects
	leaves
	kill "$pid"
	until_so gone "$pid"
}

# The line that tells where it listens came before SIGTERM was heeded, and whoever read it could kill the daemon.
@test "SIGTERM as soon as it listens ends it as at any time" {
	fixture
	local i
	for i in {1..20}; do
		start_daemon pop3d -DF -l 127.0.0.1:0
		stop_daemon pop3d
	done
}
