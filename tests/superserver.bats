#!/usr/bin/env bats
# Started by real superservers, in a terminal, and with what they leave in the environment.

load helper

setup() {
	fixture
	umask 022
	echo inside >"$HOUSE/files/x"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	[ -z "${SERVER:-}" ] || { kill "$SERVER"; wait "$SERVER" || true; }
	stop_daemons
}

# A port that nothing has just now: superservers cannot choose one and tell.
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

until_so() { # COMMAND ...
	local i
	for ((i = 0; i < 1000; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		read -r -t 0.02 <> <(:) || true
	done
	"$@"
}

not() { # COMMAND ...
	! "$@"
}

greets() {
	"$TALK" -t 20 - connect 127.0.0.1 "$PORT" <<-END
		S: +OK mail.example.org POP3 server ready
		C: USER alice
		S: +OK send PASS
		C: PASS secret
		S: +OK 0 messages
		C: QUIT
		S: +OK
	END
}

sends_file() {
	[ "$(curl -sS --max-time 2 "tftp://127.0.0.1:$PORT/x")" = inside ]
}

superserver() { # COMMAND ...
	"${RUNAS[@]}" "$@" 3>&- >"$BATS_TEST_TMPDIR/superserver.log" 2>&1 &
	SERVER=$!
}

# tftpd as a superserver has started it: serves who comes while it waits for more; the next one is
# served by another.
sends_files() {
	local first second
	until_so sends_file
	first=$(cat "/proc/$SERVER/task/$SERVER/children")
	sends_file
	second=$(cat "/proc/$SERVER/task/$SERVER/children")
	[ -n "$first" ]
	[ "$first" = "$second" ]
	kill $first
	until_so not kill -0 $first # it serves who came before the signal
	until_so sends_file
	second=$(cat "/proc/$SERVER/task/$SERVER/children")
	[ -n "$second" ]
	[ "$first" != "$second" ]
	kill $second
}

stop_superserver() {
	kill "$SERVER"
	wait "$SERVER" || true
	SERVER=
}

# As root inetd leaves its process id in /run, which is therefore one of its own.
run_inetd() { # LINE
	echo "$1" >"$HOUSE/inetd.conf"
	if is_root && [ ${#RUNAS[@]} -eq 0 ]; then
		superserver unshare -m sh -c \
			'mount -t tmpfs none /run && exec /usr/sbin/inetd -d "$1"' sh "$HOUSE/inetd.conf"
	else
		superserver /usr/sbin/inetd -d "$HOUSE/inetd.conf"
	fi
}

run_xinetd() { # TYPE PROTOCOL WAIT USER PROGRAM ARGUMENTS
	cat >"$HOUSE/xinetd.conf" <<-END
		defaults
		{
			log_type = FILE $HOUSE/run/xinetd.log
		}
		service trivet
		{
			type = UNLISTED
			bind = 127.0.0.1
			port = $PORT
			socket_type = $1
			protocol = $2
			wait = $3
			user = $4
			server = $5
			server_args = $6
		}
	END
	superserver "$HERE/../build/aside/xinetd/usr/sbin/xinetd" -dontfork -f "$HOUSE/xinetd.conf" \
		-pidfile "$HOUSE/run/xinetd.pid"
}

# Both superservers' daemons run as the user that the superserver is.
each_user() { # FUNCTION
	local user
	for user in root nobody; do
		is_root || [ "$user" = nobody ] || continue
		as_user "$user"
		fixture
		echo inside >"$HOUSE/files/x"
		is_root || user=$(id -un)
		"$1" "$user"
	done
}

inetd_both() {
	PORT=$(free_port)
	run_inetd "127.0.0.1:$PORT stream tcp nowait $1 $(program pop3d) pop3d -f $CONF"
	until_so greets
	greets
	stop_superserver
	PORT=$(free_port)
	# As it was for in.tftpd, but for the program.
	run_inetd "127.0.0.1:$PORT dgram udp wait $1 $(program tftpd) in.tftpd -f $CONF --timeout 60 --secure -v $HOUSE/files"
	sends_files
	stop_superserver
}

@test "inetd: nowait for pop3d, wait for tftpd" {
	each_user inetd_both
}

xinetd_both() {
	PORT=$(free_port)
	run_xinetd stream tcp no "$1" "$(program pop3d)" "-f $CONF"
	until_so greets
	greets
	stop_superserver
	PORT=$(free_port)
	run_xinetd dgram udp yes "$1" "$(program tftpd)" "-f $CONF -t 60 $HOUSE/files"
	sends_files
	stop_superserver
}

@test "xinetd: nowait for pop3d, wait for tftpd" {
	each_user xinetd_both
}

@test "systemd: sockets to listen on, and clients on descriptor 3 or 0" {
	local how
	for how in '' -a '--inetd -a'; do
		PORT=$(free_port)
		# shellcheck disable=SC2086
		superserver systemd-socket-activate $how -l "127.0.0.1:$PORT" "$(program pop3d)" -F -f "$CONF"
		until_so greets
		greets
		stop_superserver
	done
	PORT=$(free_port)
	superserver systemd-socket-activate -d -l "127.0.0.1:$PORT" "$(program tftpd)" -F -f "$CONF" "$HOUSE/files"
	until_so sends_file
	sends_file
	stop_superserver
	grep -q ' ends$' superserver.log
}

@test "in a terminal it serves whoever sits there" {
	use_terminals -s
	run python3 - "$(program pop3d)" -f "$CONF" <<-'END'
		import os, pty, sys
		pid, fd = pty.fork()
		if pid == 0:
		    os.execv(sys.argv[1], sys.argv[1:])
		seen = b""
		while b"ready" not in seen:
		    seen += os.read(fd, 1000)
		os.write(fd, b"NOOP\nQUIT\n")
		try:
		    while True:
		        seen += os.read(fd, 1000)
		except OSError:
		    pass
		print(seen.decode())
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'-ERR log in first'* ]]
	[[ $output == *'pop3d['*']: session user=- ip=- '*'reason=quit'* ]]
}

# What pop3d logs of a client behind pipes, with such an environment.
logged_ip() { # VARIABLE=VALUE ...
	printf 'QUIT\r\n' | env "$@" "${RUNAS[@]}" "$(program pop3d)" -F -f "$CONF" 2>&1 >/dev/null |
		sed -n 's/.* ip=\([^ ]*\) .*/\1/p'
}

@test "a session says once a boot that it is not confined, and a plain user's run folder that is missing hurts nobody" {
	local i
	for i in 1 2; do
		printf 'QUIT\r\n' | "$(program pop3d)" -F -f "$CONF" -o sandbox=off >>out 2>>err
	done
	[ "$(grep -c 'not confined as it could be: sandbox is off' err)" -eq 1 ]
	[ "$(grep -c '^+OK' out)" -eq 4 ]
	is_root || printf 'QUIT\r\n' | "$(program pop3d)" -F -f "$CONF" -o sandbox=off -o run="$HOUSE/none" >>out
}

@test "behind a pipe, the environment tells who the client is" {
	[ "$(logged_ip A=B)" = - ]
	[ "$(logged_ip REMOTE_ADDR=192.0.2.9 REMOTE_PORT=5)" = 192.0.2.9 ]
	[ "$(logged_ip REMOTE_ADDR=::ffff:192.0.2.9)" = 192.0.2.9 ]
	[ "$(logged_ip TCPREMOTEIP=2001:db8::1)" = 2001:db8::1 ]
	[ "$(logged_ip REMOTE_ADDR=$'x\nauth failed ip=192.0.2.1')" = - ]
	[ "$(logged_ip REMOTE_ADDR=80)" = - ]
	[ "$(logged_ip REMOTE_ADDR=192.0.2.0/24)" = - ]
	local status=0
	printf 'QUIT\r\n' | REMOTE_ADDR=192.0.2.9 "$(program pop3d)" -F -f "$CONF" -o deny=192.0.2.0/24 >out 2>err || status=$?
	[ "$status" -eq 77 ]
	grep -q 'refused ip=192.0.2.9 reason=deny' err
	not grep -q +OK out
}

@test "a socket knows better than the environment" {
	REMOTE_ADDR=192.0.2.9 "$TALK" -l "$BATS_TEST_TMPDIR/pop3d.log" - accepted \
		"$(program pop3d)" -F -f "$CONF" <<-END
			S~ \+OK .*
			C: QUIT
			S: +OK
		END
	grep -q ' ip=127.0.0.1 ' pop3d.log
}

# inetd makes the client standard error, too: what is wrong with the settings is not for it.
@test "a client never reads what is meant for the administrator" {
	run python3 - "$(program pop3d)" "$CONF" <<-'END'
		import socket, subprocess, sys
		def told(*arguments):
		    with socket.create_server(("127.0.0.1", 0)) as listener:
		        ours = socket.create_connection(listener.getsockname(), 20)
		        theirs = listener.accept()[0]
		    with ours, theirs:
		        ours.settimeout(20)
		        ours.sendall(b"QUIT\r\n")
		        status = subprocess.run([sys.argv[1], *arguments],
		            stdin=theirs, stdout=theirs, stderr=theirs, timeout=20).returncode
		        theirs.shutdown(socket.SHUT_WR)
		        print(status, ours.makefile("rb").read())
		told("-f", sys.argv[2], "-o", "clients=none")
		told("-f", sys.argv[2] + ".missing")
		told("-f", sys.argv[2], "-o", "accounts=" + sys.argv[2] + ".missing")
		told("-x")
		told("-v", "-f", sys.argv[2])
	END
	echo "$output"
	[ "${lines[0]}" = "78 b''" ]
	[ "${lines[1]}" = "78 b''" ]
	[ "${lines[2]}" = "78 b''" ]
	[ "${lines[3]}" = "64 b''" ]
	[ "${lines[4]}" = "0 b'+OK mail.example.org POP3 server ready\\r\\n+OK\\r\\n'" ]
}

# bats test_tags=once
@test "the units are what systemd takes" {
	local unit
	mkdir units
	for unit in "$HERE"/../etc/systemd/*; do
		sed "s,/usr/local/sbin/\([a-z0-9]*\),$TRIVET/\1/\1," "$unit" >"units/${unit##*/}"
	done
	run systemd-analyze verify --man=no units/*
	echo "$output"
	[ "$status" -eq 0 ] && [ -z "$output" ]
}

# They named programs in /usr/local, wherever these were.
# bats test_tags=once
@test "make install: samples and manual pages tell where the programs are; uninstall leaves nothing" {
	local file
	install_to() { # GOAL
		make -s -C "$HERE/.." -o all OUT="$TRIVET" DESTDIR="$PWD/root" PREFIX=/opt/t "$1"
	}
	install_to install
	cd root/opt/t/share
	[ -z "$(grep -rlE '/usr/local/s(bin|hare)/' .)" ]
	for file in doc/trivet/{inetd.conf,xinetd.conf,systemd/pop3d@.service,systemd/tftpd.service} \
		man/man8/{pop3d,smtpd,tftpd}.8; do
		grep -q /opt/t/sbin/ "$file" || { echo "$file" && false; }
	done
	grep -q /opt/t/share/doc/trivet/greylist man/man8/smtpd.8
	[ -x doc/trivet/greylist ] && [ -x ../sbin/smtpd ]
	cd "$OLDPWD"
	install_to uninstall
	[ -z "$(find root -type f)" ]
}
