#!/usr/bin/env bats
# How a daemon starts, what it says when it cannot, and what it makes of its settings.

load helper

teardown() {
	local file
	for file in "$HOUSE"/run/*.pid; do
		[ ! -s "$file" ] || kill "$(cat "$file")" || true
	done
	stop_daemons
}

# Waits until the log of the daemon has so many lines that match.
told() { # REGULAR-EXPRESSION [COUNT]
	timeout 20 grep -m "${2:-1}" -- "$1" < <(tail -n +1 -s 0.02 -f "$log" --pid=$$)
}

hello='S~ \+OK .*
C: QUIT
S: +OK'

greets() { # HOST PORT
	"$TALK" - connect "$1" "$2" <<<"$hello"
}

# A start that fails: the status, and one line that matches; what follows is the usage, for 64.
fails() { # STATUS REGULAR-EXPRESSION PROGRAM ARGUMENT ...
	local wanted=$1 words=$2 program status=0
	program=$(program "$3")
	shift 3
	"${RUNAS[@]}" "$program" "$@" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- || status=$?
	cat "$BATS_TEST_TMPDIR/err"
	[ "$status" -eq "$wanted" ] || { echo "status $status" && return 1; }
	head -n 1 "$BATS_TEST_TMPDIR/err" | grep -qE -- "$words" || return 1
	[ ! -s "$BATS_TEST_TMPDIR/out" ] || return 1
	[ "$wanted" -eq 64 ] || [ "$(wc -l <"$BATS_TEST_TMPDIR/err")" -eq 1 ]
}

not() { # COMMAND ...
	! "$@"
}

# Waits until a process that is not ours has ended; somebody may yet have to reap it.
gone() { # PID
	local i
	for ((i = 0; i < 3000; i++)); do
		[[ $(ps -o stat= -p "$1") = [!Z]* ]] || return 0
		read -r -t 0.01 <> <(:) || true
	done
	false
}

# Starts it detached, looks at it, and ends it.
detach() { # PROGRAM LETTER ARGUMENT ...
	local name=$1 letter=$2 program pid
	shift 2
	program=$(program "$name")
	"${RUNAS[@]}" "$program" -f "$CONF" -D "$letter" 127.0.0.1:0 "$@" 2>"$BATS_TEST_TMPDIR/err" 3>&-
	[ "$(wc -l <"$BATS_TEST_TMPDIR/err")" -eq 1 ]
	PORT=$(sed -n 's/^listening on 127\.0\.0\.1:\([0-9]*\)$/\1/p' "$BATS_TEST_TMPDIR/err")
	pid=$(cat "$HOUSE/run/$name.pid")
	# A session of its own, without a terminal, and nothing of ours open.
	[ "$(ps -o sid= -p "$pid" | tr -d ' ')" = "$pid" ]
	[ "$(ps -o tty= -p "$pid" | tr -d ' ')" = '?' ]
	if [ -r "/proc/$pid/fd" ]; then # in its jail it may be looked at by root alone
		[ "$(readlink "/proc/$pid/fd/0" "/proc/$pid/fd/1" "/proc/$pid/fd/2" | sort -u)" = /dev/null ]
		not grep -v '^/dev/null$\|^socket:\|^/$\|/files$' < <(readlink "/proc/$pid"/fd/*)
	fi
	[ "$name" = tftpd ] || greets 127.0.0.1 "$PORT"
	kill "$pid"
	gone "$pid"
}

@test "-D detaches when it serves, with a pid file that it removes" {
	for user in root nobody; do
		is_root || [ "$user" = nobody ] || continue
		as_user "$user"
		fixture
		detach pop3d -l
		[ ! -e "$HOUSE/run/pop3d.pid" ]
	done
}

@test "-D detaches a daemon that gives up its rights" {
	fixture
	detach tftpd -a "$HOUSE/files"
}

@test "-D fails with the status of what went wrong, and leaves no pid file" {
	fixture
	start_daemon pop3d -DF -l 127.0.0.1:0
	fails 69 "^pop3d: cannot listen on 127.0.0.1:$PORT: Address already in use$" \
		pop3d -f "$CONF" -D -l "127.0.0.1:$PORT"
	[ ! -e "$HOUSE/run/pop3d.pid" ]
	fails 69 "^pop3d: cannot listen on 127.0.0.1:$PORT: " pop3d -f "$CONF" -DF -l "127.0.0.1:$PORT"
	fails 69 '^pop3d: cannot listen on 192.0.2.1:110: ' pop3d -f "$CONF" -D -l 192.0.2.1
	# What begins with two colons was taken for a port alone: ::1 listened on all addresses.
	fails 69 '^pop3d: cannot listen on \[::2\]:110: ' pop3d -f "$CONF" -D -l ::2
	greets 127.0.0.1 "$PORT"
}

@test "it listens on several addresses, IPv4 and IPv6" {
	fixture
	start_daemon pop3d -DF -l 127.0.0.1:0 -l 127.0.0.2:0 -l '[::1]:0'
	[ "${#PORTS[@]}" -eq 3 ]
	greets 127.0.0.1 "${PORTS[0]}"
	greets 127.0.0.2 "${PORTS[1]}"
	greets ::1 "${PORTS[2]}"
	stop_daemon pop3d
	start_daemon pop3d -DF -l 0
	greets 127.0.0.1 "$PORT"
	greets ::1 "$PORT"
	stop_daemon pop3d
	grep -qx "listening on 0.0.0.0:$PORT" "$BATS_TEST_TMPDIR/pop3d.log"
	grep -qx "listening on \[::\]:$PORT" "$BATS_TEST_TMPDIR/pop3d.log"
}

@test "it serves again at once on the port that it has just left" {
	fixture
	start_daemon pop3d -DF -l 127.0.0.1:0
	local port=$PORT
	greets 127.0.0.1 "$port"
	stop_daemon pop3d
	start_daemon pop3d -DF -l "127.0.0.1:$port"
	[ "$PORT" = "$port" ]
	greets 127.0.0.1 "$port"
}

# bats test_tags=builds
@test "mistakes on the command line end with 64 and the usage" {
	fixture
	fails 64 '^pop3d: there is no option -x$' pop3d -x
	fails 64 '^pop3d: there is no option --help$' pop3d --help
	fails 64 '^pop3d: -l needs an argument: ' pop3d -D -l
	fails 64 '^pop3d: "more" is more than it takes$' pop3d -D more
	fails 64 '^tftpd: there is no option -x$' tftpd -x
	for text in x 127.0.0.1:65536 '[::1' localhost:110 '[]:0' :; do
		fails 64 '^pop3d: ".*" is not an address like 127.0.0.1:110 or \[::1\]:110$' \
			pop3d -f "$CONF" -DF -l "$text"
	done
	fails 64 '^tftpd: no client on descriptor 0: start it with -D, or from inetd$' \
		tftpd -f "$CONF" "$HOUSE/files"
}

@test "bad settings end with 78, and are named" {
	fixture
	fails 78 '^pop3d: clients: "x" is not a number of clients from 1 to 100000$' pop3d -o clients=x
	fails 78 '^pop3d: there is no setting "colour"$' pop3d -DF -o colour=red
	fails 78 '^pop3d: "sandbox" is not name=value$' pop3d -n -o sandbox
	fails 78 '^pop3d: cannot read /nonexistent/trivet.conf: No such file or directory$' \
		pop3d -f /nonexistent/trivet.conf -D
	local lines
	lines=$(wc -l <"$CONF")
	echo 'sandbox perhaps' >>"$CONF"
	fails 78 "^pop3d: $CONF:$((lines + 1)): sandbox: \"perhaps\" is not on or off$" pop3d -f "$CONF" -D
	# Another program's section is looked at as well.
	sed -i '$d' "$CONF"
	printf '[smtpd]\nrecipients 7\n' >>"$CONF"
	fails 78 "^pop3d: $CONF:$((lines + 2)): recipients: \"7\" " pop3d -f "$CONF" -D
}

@test "folders that are missing or cannot be used end with 78, and are named" {
	fixture
	fails 78 "^pop3d: .*$HOUSE/nowhere" pop3d -f "$CONF" -DF -l 127.0.0.1:0 -o accounts="$HOUSE/nowhere"
	fails 78 "^smtpd: .*$HOUSE/nowhere" smtpd -f "$CONF" -DF -l 127.0.0.1:0 -o accounts="$HOUSE/nowhere"
	as_user nobody
	fixture
	chmod 000 "$HOUSE/accounts"
	fails 78 "^pop3d: .*$HOUSE/accounts" pop3d -f "$CONF" -DF -l 127.0.0.1:0
	chmod 700 "$HOUSE/accounts"
}

@test "as root it wants a user to become, and a run folder that is root's" {
	needs_root || return 0
	fixture
	fails 78 '^pop3d: there is no user "nosuch" ' pop3d -f "$CONF" -DF -l 127.0.0.1:0 -u nosuch
	fails 78 '^pop3d: there is no user "root" ' pop3d -f "$CONF" -DF -l 127.0.0.1:0 -u root
	fails 78 '^tftpd: .*"?nosuch' tftpd -f "$CONF" -DF -a 127.0.0.1:0 -u nosuch "$HOUSE/files"
	fails 78 "^pop3d: cannot make the folder $HOUSE/no/run: " \
		pop3d -f "$CONF" -DF -l 127.0.0.1:0 -o run="$HOUSE/no/run"
	chmod 777 "$HOUSE/run"
	fails 78 "^pop3d: $HOUSE/run must be a folder that only root can write$" \
		pop3d -f "$CONF" -DF -l 127.0.0.1:0
	chown nobody "$HOUSE/run"
	chmod 755 "$HOUSE/run"
	fails 78 "^pop3d: $HOUSE/run must be a folder that only root can write$" \
		pop3d -f "$CONF" -DF -l 127.0.0.1:0
}

@test "-n prints the settings in effect, and they load again to the same" {
	fixture
	for name in pop3d smtpd tftpd mailuser; do
		"$TRIVET/$name/$name" -f "$CONF" -n -o run=relative >"$BATS_TEST_TMPDIR/first" 2>"$BATS_TEST_TMPDIR/err" || {
			[ "$name" = mailuser ] && continue
			false
		}
		"$TRIVET/$name/$name" -f "$BATS_TEST_TMPDIR/first" -n >"$BATS_TEST_TMPDIR/second"
		diff "$BATS_TEST_TMPDIR/first" "$BATS_TEST_TMPDIR/second"
		grep -qx "run $PWD/relative" "$BATS_TEST_TMPDIR/first"
		[ ! -s "$BATS_TEST_TMPDIR/err" ]
	done
}

@test "-V tells the version" {
	for name in pop3d smtpd tftpd; do
		[[ $("$TRIVET/$name/$name" -V) =~ ^$name\ [0-9.]+$ ]]
	done
}

@test "READY=1 goes to systemd, also from a daemon that gives up its rights" {
	fixture
	local name letter
	for name in pop3d tftpd; do
		[ "$name" = tftpd ] && letter=-a || letter=-l
		# Starts it and prints what comes within 20 seconds of the wait.
		run python3 - "$BATS_TEST_TMPDIR/notify" "$(program "$name")" -f "$CONF" -DF $letter 127.0.0.1:0 <<-'END'
			import os, socket, subprocess, sys
			s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
			s.bind(sys.argv[1])
			s.settimeout(20)
			files = [os.path.dirname(sys.argv[4]) + "/files"] if "tftpd" in sys.argv[2] else []
			daemon = subprocess.Popen(sys.argv[2:] + files, stderr=subprocess.DEVNULL,
			    env=dict(os.environ, NOTIFY_SOCKET=sys.argv[1]))
			try:
			    print(s.recv(100).decode())
			finally:
			    daemon.terminate()
			    os.unlink(sys.argv[1])
			sys.exit(daemon.wait())
		END
		echo "$output"
		[ "$status" -eq 0 ] && [ "$output" = READY=1 ]
	done
}

@test "SIGHUP: new clients see the new settings, a faulty file changes nothing" {
	fixture
	start_daemon pop3d -DF -l 127.0.0.1:0
	log=$BATS_TEST_TMPDIR/pop3d.log
	# One that is there already keeps what it has.
	exec {old}<>"/dev/tcp/127.0.0.1/$PORT"
	read -r -t 20 -u "$old" line
	[[ $line == '+OK mail.example.org '* ]]

	echo 'hostname new.example.org' >>"$CONF"
	kill -HUP "$PID"
	told 'settings read again'
	"$TALK" - connect 127.0.0.1 "$PORT" <<<'S: +OK new.example.org POP3 server ready
C: QUIT
S: +OK'
	local lines
	lines=$(wc -l <"$CONF")
	printf 'hostname newer.example.org\nclients none\n' >>"$CONF"
	kill -HUP "$PID"
	told "settings not read again: $CONF:$((lines + 2)): clients: \"none\" "
	"$TALK" - connect 127.0.0.1 "$PORT" <<<'S: +OK new.example.org POP3 server ready
C: QUIT
S: +OK'
	rm "$CONF"
	kill -HUP "$PID"
	told "settings not read again: cannot read $CONF: "
	printf 'QUIT\r\n' >&"$old"
	read -r -t 20 -u "$old" line
	[ "$line" = $'+OK\r' ]
	exec {old}>&-
}

# They were taken, and only the sessions found out: every client was refused until somebody looked.
@test "SIGHUP: settings that a start would refuse are refused, and the old ones stay" {
	fixture
	start_daemon smtpd -DF -l 127.0.0.1:0
	log=$BATS_TEST_TMPDIR/smtpd.log
	cp "$CONF" "$CONF.old"
	local bad n=0
	for bad in 'rcpt-hook /nowhere/hook' 'hostname a..b' 'accounts checkpassword /bin/true' \
		'domains example.org -x'; do
		printf 'hostname new.example.org\n%s\n' "$bad" >>"$CONF"
		kill -HUP "$PID"
		told 'settings not read again: a start with them did not go well' $((++n))
		"$TALK" - connect 127.0.0.1 "$PORT" <<<'S: 220 mail.example.org ESMTP
C: QUIT
S~ 221 .*'
		cp "$CONF.old" "$CONF"
	done
	grep '^smtpd: rcpt-hook /nowhere/hook: cannot be run: ' "$log"
	if is_root; then
		echo 'user nobody-of-this-name' >>"$CONF"
		kill -HUP "$PID"
		told 'settings not read again: a start with them did not go well' $((++n))
		grep 'there is no user "nobody-of-this-name"' "$log"
		cp "$CONF.old" "$CONF"
	fi
	echo 'hostname new.example.org' >>"$CONF"
	kill -HUP "$PID"
	told 'settings read again'
	"$TALK" - connect 127.0.0.1 "$PORT" <<<'S: 220 new.example.org ESMTP
C: QUIT
S~ 221 .*'
}

@test "SIGHUP reaches a daemon in its jail" {
	fixture
	echo inside >"$HOUSE/files/x"
	chmod 644 "$HOUSE/files/x"
	start_daemon tftpd -DF -a 127.0.0.1:0 "$HOUSE/files"
	log=$BATS_TEST_TMPDIR/tftpd.log
	get() { curl -sS --max-time "$1" "tftp://127.0.0.1:$PORT/x" 2>&1; }
	[ "$(get 20)" = inside ]
	cp "$CONF" "$CONF.old"
	echo 'deny 127.0.0.0/8' >>"$CONF"
	kill -HUP "$PID"
	told 'settings read again'
	not get 1
	cp "$CONF.old" "$CONF"
	echo 'deny 127.0.0.1/8' >>"$CONF"
	kill -HUP "$PID"
	told 'settings not read again: .*deny: '
	not get 1
	cp "$CONF.old" "$CONF"
	kill -HUP "$PID"
	told 'settings read again' 2
	not grep 'there is no user' "$log"
	[ "$(get 20)" = inside ]
}

# The child of a confined daemon could otherwise take what its parent is to read.
@test "a transfer holds its socket and its file, and no way to the settings" {
	needs_root || return 0
	fixture
	head -c 2000 /dev/zero >"$HOUSE/files/x"
	chmod 644 "$HOUSE/files/x"
	start_daemon tftpd -DF -a 127.0.0.1:0 "$HOUSE/files"
	exec {client}<>"/dev/udp/127.0.0.1/$PORT"
	printf '\0\1x\0octet\0' >&"$client"
	local i child=
	for ((i = 0; i < 1000; i++)); do
		for child in $(ps -o pid= --ppid "$PID"); do
			readlink "/proc/$child"/fd/* | grep -q /files/x && break 2
		done
		read -r -t 0.01 <> <(:) || true
	done
	ls -l "/proc/$child/fd"
	[ "$(readlink "/proc/$child"/fd/* | grep -c '^socket:')" -eq 1 ]
	exec {client}>&-
	kill "$child" # blocked: it goes on until its client has been given up
	kill -KILL "$child"
	stop_daemon tftpd
	sed -i '/died of signal 9$/d' "$BATS_TEST_TMPDIR/tftpd.log"
}
