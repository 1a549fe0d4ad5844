#!/usr/bin/env bats
# Failed logins and what they cost their address, by pop3d. How waits grow is shown by the log, which
# tells of each before it begins; unit/penalty has the arithmetic.

load helper

log=$BATS_TEST_TMPDIR/pop3d.log

start() {
	start_daemon pop3d -DF -l 127.0.0.1:0 -l '[::1]:0' "$@"
}

# A client that tries to log in, on descriptor $C.
try() { # 127.0.0.1-OR-::1 USER PASSWORD
	exec {C}<>"/dev/tcp/$1/${PORTS[$([ "$1" = 127.0.0.1 ]; echo $?)]}"
	printf 'USER %s\r\nPASS %s\r\n' "$2" "$3" >&"$C"
	hear '+OK mail.example.org POP3 server ready'
	hear '+OK send PASS'
}

hear() { # LINE
	local line
	read -r -t 20 -u "$C" line || line=nothing
	[ "$line" = "$1"$'\r' ] || { echo "wanted $1, got $line" && cat "$log" && return 1; } >&2
}

hang_up() {
	exec {C}>&-
}

# So many lines match, soon.
says() { # COUNT REGEX
	local tries
	for ((tries = 0; tries < 1000; tries++)); do
		[ "$(grep -cE "$2" "$log")" -ne "$1" ] || return 0
		read -r -t 0.01 <><(:) || true
	done
	echo "not $1 times: $2" >&2
	cat "$log" >&2
	return 1
}

@test "failures of one address wait 2, 4, 8 ... seconds, over all connections, and it alone" {
	fixture
	start -o auth-penalty=30
	# The client that hangs up has no advantage: the next attempt is not looked at before its time.
	try 127.0.0.1 alice wrong
	says 1 'auth failed user=alice ip=127.0.0.1 wait=2$'
	hang_up
	says 1 'session user=- ip=127.0.0.1 .* reason=closed'
	try 127.0.0.1 nobody secret
	says 1 'auth held ip=127.0.0.1 ms=[12]...'
	says 1 'auth failed user=nobody ip=127.0.0.1 wait=4$'
	hang_up
	try 127.0.0.1 alice secret
	says 1 'auth held ip=127.0.0.1 ms=[34]...'
	# Another address, and the same one when the password is right and the time has come, wait for
	# nothing; a success takes nothing back.
	try ::1 alice secret
	hear '+OK 0 messages'
	hang_up
	try ::1 alice wrong
	says 1 'auth failed user=alice ip=::1 wait=2$'
	hear '-ERR [AUTH] wrong name or password'
	hang_up
	try ::1 alice secret
	hear '+OK 0 messages'
	hang_up
	try ::1 alice wrong
	says 1 'auth failed user=alice ip=::1 wait=4$'
	hang_up
	# It is kept while no daemon runs.
	stop_daemon pop3d
	start -o auth-penalty=30
	try ::1 alice secret
	says 1 'auth held ip=::1 ms=[1234]...'
	hang_up
	says 3 'session user=- ip=::1 .* reason=closed'
}

@test "twenty attempts at once: none is answered before its time, and all are counted" {
	fixture
	start -o auth-penalty=1 -o login-timeout=5
	python3 - "$PORT" <<-'END'
		import socket, sys, time
		clients = [socket.create_connection(('127.0.0.1', int(sys.argv[1])), 30) for _ in range(20)]
		began = time.monotonic()
		for s in clients:
		    s.sendall(b'USER alice\r\nPASS wrong\r\n')
		for s in clients:
		    f = s.makefile('rb')
		    f.readline(), f.readline()
		    line = f.readline()
		    assert line == b'-ERR [AUTH] wrong name or password\r\n', line
		    assert time.monotonic() - began > 0.99
	END
	says 20 'auth failed user=alice ip=127.0.0.1 wait=1$'
	start -o auth-penalty=600
	try 127.0.0.1 alice wrong
	says 1 'auth failed user=alice ip=127.0.0.1 wait=600$'
	hang_up
}

@test "who waits is not idle, and is told when the daemon ends" {
	fixture
	start -o auth-penalty=30 -o login-timeout=1
	try 127.0.0.1 alice wrong
	hear '-ERR [AUTH] wrong name or password'
	hang_up
	try 127.0.0.1 alice wrong
	says 1 'auth failed .* wait=4$'
	stop_daemon pop3d
	hear '-ERR [SYS/TEMP] cannot check this now'
	hear '-ERR [SYS/TEMP] shutting down'
	hang_up
}

@test "without a folder for the file, each connection counts for itself, and that is logged" {
	fixture
	as_user nobody
	fixture
	start -o auth-penalty=1 -o run=/nowhere
	try 127.0.0.1 alice wrong
	hear '-ERR [AUTH] wrong name or password'
	says 1 'failed logins are counted for each connection alone: /nowhere/penalties: No such file'
	says 1 'auth failed user=alice ip=127.0.0.1 wait=1$'
	hang_up
}
