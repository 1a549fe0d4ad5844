#!/usr/bin/env bats
# tftpd: how it is started, confined and ended.

load helper
load tftpd

# bats test_tags=builds
@test "the same transcripts hold, however it is started" {
	local how mode program
	make_file f 1300
	cat >rules <<-'END'
		C: RRQ "f" octet
		S: DATA 1 512
		C: ACK 1
		S: DATA 2 512
		C: ACK 2
		S: DATA 3 276
		C: ACK 3
		N:
		C: RRQ "nowhere" octet
		S: ERROR 1 "File not found"
		N:
		C: WRQ "new" octet tsize 103 timeout 3 blksize 100
		S: OACK blksize 100 timeout 3 tsize 103
		C: DATA 1 100
		S: ACK 1
		C: DATA 2 "end"
		S: ACK 2
	END
	for how in root nobody; do
		[ $how = nobody ] || is_root || continue
		as_user $how
		program=$(program tftpd)
		for mode in daemon inetd listener; do
			rm -f "$FILES/new"
			if [ $mode = daemon ]; then
				serve -c "$FILES"
				play <rules
				stop_daemon tftpd
			else
				"$TESTBIN/tftptalk" -l "$LOG" rules $mode \
					"${RUNAS[@]}" "$program" -F -f "$CONF" -c "$FILES"
			fi
			[ "$(tail -c 3 "$FILES/new")" = end ]
		done
	done
}

@test "under inetd it waits -t seconds for more, and ends" {
	make_file f 100
	printf 'C: RRQ "f" octet\nS: DATA 1 100\nC: ACK 1\n' >once
	timeout 20 "$TESTBIN/tftptalk" -k -l "$LOG" once inetd \
		"$TRIVET/tftpd/tftpd" -F -f "$CONF" -t 1 "$FILES"
	logged 'get file=f .* result=ok'
}

# Which inetd hands over as 0, 1 and 2.
# bats test_tags=sandbox
@test "under inetd no transfer has the socket of the service" {
	make_file f 600
	cat >look <<-'END'
		for daemon in $(cat /proc/$1/task/$1/children); do
			for child in $(cat /proc/$daemon/task/$daemon/children); do
				ls -l /proc/$child/fd 2>&1 | grep -B9 -A9 files/f
			done
		done
		true
	END
	printf '%s\n' 'C: RRQ "f" octet' 'S: DATA 1 512' 'X: sh look $PPID >seen' 'C: ACK 1' 'S: DATA 2 88' 'C: ACK 2' >once
	timeout 20 "$TESTBIN/tftptalk" -k -l "$LOG" once inetd \
		"$TRIVET/tftpd/tftpd" -F -f "$CONF" -t 1 "$FILES"
	is_root || return 0 # others may not look into it
	cat seen
	[ "$(grep -c socket: seen)" -eq 1 ]
}

@test "mistakes at the start: one line, and the status of sysexits.h" {
	local tftpd=$TRIVET/tftpd/tftpd
	bats_require_minimum_version 1.5.0
	run -64 "$tftpd" -f "$CONF" -DF -a 127.0.0.1:0 -s "$FILES" "$HOUSE"
	[[ $output = *"-s takes one folder"* && ${#lines[@]} -eq 1 ]]
	run -66 "$tftpd" -f "$CONF" -DF -a 127.0.0.1:0 "$HOUSE/nowhere"
	[[ $output = *nowhere* && ${#lines[@]} -eq 1 ]]
	run -66 "$tftpd" -f "$CONF" -DF -a 127.0.0.1:0 "$CONF"
	run -64 "$tftpd" -f "$CONF" -Q
	run -78 "$tftpd" -f "$CONF" -DF -U 999 "$FILES"
	serve "$FILES"
	run -69 "$tftpd" -f "$CONF" -DF -a "127.0.0.1:$PORT" "$FILES"
	! is_root || run -78 "$tftpd" -f "$CONF" -DF -u no-such-user -a 127.0.0.1:0 "$FILES"
}

@test "it answers from the address that was asked, and on IPv6" {
	make_file f 100
	printf 'C: RRQ "f" octet\nS: DATA 1 100\nC: ACK 1\n' >once
	start_daemon tftpd -DF -a 0.0.0.0:0 -a '[::1]:0' "$FILES"
	play 127.0.0.1 <once
	play 127.0.0.2 <once
	play ::1 "${PORTS[1]}" <once
}

@test "-R: the ports of transfers; when all are taken, who asks again is served" {
	local free range
	bats_require_minimum_version 1.5.0
	free=$(python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	make_file f 600
	serve -R "$free:$free" "$FILES"
	play <<-END
		C: RRQ f octet
		S: DATA 1 512
		X: ss -uanH | grep -q '127.0.0.1:$free '
		C2: RRQ f octet
		W: 1600
		S2: nothing
		C: ACK 1
		S: DATA 2 88
		C: ACK 2
		X: for i in \$(seq 2000); do ss -uanH | grep -q '127.0.0.1:$free ' || break; done
		C2: RRQ f octet
		S2: DATA 1 512
		C2: ERROR 0 "enough"
	END
	logged 'no socket: Address .* in use'
	for range in 40002:40001 0:5 1:65536 7 : 1:2:3 a:b; do
		run -78 "$TRIVET/tftpd/tftpd" -f "$CONF" -n -R "$range" "$FILES"
	done
	run -0 "$TRIVET/tftpd/tftpd" -f "$CONF" -n -R 40001:40002 "$FILES"
	[[ $output = *'ports 40001:40002'* ]]
}

@test "SIGTERM: what runs is finished, and then it ends" {
	make_file f 1000
	serve -c "$FILES"
	play <<-END
		C: WRQ new octet
		S: ACK 0
		X: kill $PID
		C: DATA 1 512
		S: ACK 1
		C: DATA 2 "end"
		S: ACK 2
	END
	logged 'put file=new .*octets=515 .*result=ok'
	[ "$(stat -c %s "$FILES/new")" -eq 515 ]
}

@test "SIGHUP: uploads are allowed from now on" {
	serve "$FILES"
	echo 'create on' >>"$CONF"
	play <<-END
		C: WRQ new octet
		S: ERROR 1
		X: kill -HUP $PID; timeout 5 tail -n +1 -F $LOG 2>/dev/null | grep -qm 1 'settings read'
		N:
		C: WRQ new octet
		S: ACK 0
		C: DATA 1 "end"
		S: ACK 1
	END
}

# bats test_tags=sandbox
@test "a transfer is nobody, behind chroot and the filter, and holds a socket and a file" {
	needs_root || return 0
	make_file f 1000
	serve "$FILES"
	cat >look <<-'END'
		for child in $(cat /proc/$1/task/$1/children); do
			grep -E '^(Uid|Seccomp):' /proc/$child/status
			readlink /proc/$child/root
			ls -l /proc/$child/fd
		done
	END
	play <<-END
		C: RRQ f octet
		S: DATA 1 512
		X: sh look $PID >seen
		C: ACK 1
		S: DATA 2 488
		C: ACK 2
	END
	cat seen
	grep -q "^$FILES$" seen
	grep -q "^Uid:.*$(id -u nobody)" seen
	grep -q '^Seccomp:.*2' seen
	grep -q "/files/f$" seen
	[ "$(grep -c "$HOUSE" seen)" -eq 2 ] # the root and the file: no other folder or file
}
