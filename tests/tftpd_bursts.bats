#!/usr/bin/env bats
# tftpd: how many blocks leave at a time, and how large they are.

load helper
load tftpd

is_root || TRIVET_SANDBOX=off # who is behind the sandbox is traced by root alone

# bats test_tags=sandbox
@test "blocks are as large as the route carries in one piece, or as -B says" {
	needs_root || return 0
	make_file f 300000
	cat >inside <<-END
		ip link set lo mtu 1500 up
		$TRIVET/tftpd/tftpd -DF -f $CONF \$2 -a "\$1:1069" $FILES 2>>$LOG 3>&- &
		timeout 10 tail -n +1 -F $LOG 2>/dev/null | grep -qm 1 'listening on'
		printf "%s\\n" "C: RRQ f octet blksize \$3 windowsize 9" "S: OACK blksize \$4 windowsize 9" \
			'C: ERROR 0 ""' | $TESTBIN/tftptalk - connect "\$(echo \$1 | tr -d '[]')" 1069 || exit
		[ "\$1" = '[::1]' ] || $TESTBIN/tftpcopy -b \$3 -w 9 get 1069 f >got
		kill \$!
		wait \$!
	END
	while read -r address option asked granted; do
		rm -f "$LOG" got
		touch "$LOG"
		unshare -n sh -e inside "$address" "$option" "$asked" "$granted"
		[ "$address" = '[::1]' ] || cmp got "$FILES/f"
	done <<-END
		127.0.0.1 -v 65464 1468
		127.0.0.1 -v 1432 1432
		127.0.0.1 -B8192 65464 8192
		[::1] -v 65464 1448
	END
}

# The calls that a transfer makes: the daemon's child, of which strace writes a file of its own.
traced() { # STRACE-OPTION ... -- TFTPCOPY-OPTION ...
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	rm -f calls.*
	strace -ff -qq -o calls "${options[@]}" -p "$PID" 3>&- 2>tracer &
	TRACER=$!
	timeout 10 sh -c "until grep -q TracerPid:.*[1-9] /proc/$PID/status; do :; done"
	"$TESTBIN/tftpcopy" "${@:2}" get "$PORT" f >got
	kill -INT $TRACER
	wait $TRACER || true
	cmp got "$FILES/f"
}

# bats test_tags=sandbox
@test "a window is read by a call or two and sent by one; what the kernel refuses is sent otherwise" {
	local error n
	make_file f $((64 * 1428 * 20))
	serve "$FILES"
	traced -e trace=sendmmsg,sendto,preadv -- -b 1428 -w 64
	n=$(cat calls.* | grep -c 'sendmmsg(')
	[ "$n" -le 22 ]
	[ "$(cat calls.* | grep -c 'preadv(')" -le 22 ]
	for error in EINVAL EIO EMSGSIZE; do
		traced -e trace=sendmmsg,sendto -e "inject=sendmmsg:error=$error:when=1" -- \
			-b 1428 -w 64
		grep -hq "sendmmsg.*$error.*INJECTED" calls.*
		traced -e trace=sendmmsg,sendto -e "inject=sendmmsg:error=$error" -- -b 1428 -w 64
		[ "$(cat calls.* | grep -c 'sendto(')" -ge 1280 ]
		[ "$(cat calls.* | grep -c 'sendmmsg(')" -eq 2 ]
	done
	stop_daemon tftpd
	[ "$(grep -c 'blocks=1281 .*result=ok' "$LOG")" -eq 7 ]
}

# bats test_tags=sandbox
@test "in lock step a block costs two calls: its ACK is waited for and received by one, and it is sent" {
	make_file f $((1428 * 4000))
	serve "$FILES"
	traced -- -b 1428
	wc -l calls.*
	[ "$(cat calls.* | grep -c .)" -le $((4000 * 2 + 4000 / 40 + 200)) ]
}
