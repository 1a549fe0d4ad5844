#!/usr/bin/env bats
# tftpd: transcripts of each rule, real clients, what can be had and what cannot.

load helper

# $FILES is served. As root, the daemon becomes nobody, who may write there.
setup() {
	HOUSE=$BATS_TEST_TMPDIR/house
	CONF=$HOUSE/trivet.conf
	FILES=$HOUSE/files
	LOG=$BATS_TEST_TMPDIR/tftpd.log
	umask 022
	mkdir -p "$FILES" "$HOUSE/run"
	chmod 777 "$FILES"
	printf 'run %s\nuser nobody\nsandbox %s\n' "$HOUSE/run" "${TRIVET_SANDBOX:-on}" >"$CONF"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	! mountpoint -q "$FILES" || umount "$FILES"
	stop_daemons
}

serve() { # ARGUMENT ...
	start_daemon tftpd -DF -a 127.0.0.1:0 "$@"
}

# Standard input is a transcript.
play() { # [HOST [PORT]]
	"$TESTBIN/tftptalk" - connect "${1:-127.0.0.1}" "${2:-$PORT}"
}

make_file() { # NAME SIZE
	head -c "$2" /dev/urandom >"$FILES/$1"
}

get() { # [CURL-ARGUMENT ...] NAME
	curl -sS --max-time 60 "${@:1:$#-1}" -o got "tftp://127.0.0.1:$PORT/${*: -1}"
}

# All that ran has ended, and a line of the log matches.
logged() { # REGULAR-EXPRESSION
	[ -z "${DAEMON[tftpd]:-}" ] || stop_daemon tftpd
	grep -Eq -- "$1" "$LOG" || { echo "not logged: $1" && cat "$LOG" && false; }
}

nothing_temporary() {
	[ -z "$(find "$FILES" -name '.trivet-*')" ]
}

# Starting

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

# Real clients

sizes='0 1 511 512 513 1024 65464 100000'

@test "curl, tftp-hpa and atftp fetch files of every edge" {
	local size option
	serve "$FILES"
	for size in $sizes; do
		make_file "f$size" "$size"
		for option in --silent '--tftp-blksize 65464' --tftp-no-options; do
			[ "$size" -gt 0 ] || continue # a file of nothing is too much for curl 7.88
			# shellcheck disable=SC2086
			get $option "f$size"
			cmp got "$FILES/f$size"
		done
		rm -f got
		tftp -m binary 127.0.0.1 "$PORT" -c get "f$size" got
		cmp got "$FILES/f$size"
		rm got
		atftp --get -r "f$size" -l got 127.0.0.1 "$PORT"
		cmp got "$FILES/f$size"
		rm got
		atftp --option 'blksize 1428' --option 'timeout 2' --option 'tsize 0' \
			--get -r "f$size" -l got 127.0.0.1 "$PORT"
		cmp got "$FILES/f$size"
	done
}

@test "curl, tftp-hpa and atftp send files of every edge" {
	local size
	serve -c "$FILES"
	mkdir sent
	for size in $sizes; do
		head -c "$size" /dev/urandom >"sent/f$size"
		curl -sS -T "sent/f$size" "tftp://127.0.0.1:$PORT/a$size"
		cmp "sent/f$size" "$FILES/a$size"
		tftp -m binary 127.0.0.1 "$PORT" -c put "sent/f$size" "b$size"
		cmp "sent/f$size" "$FILES/b$size"
		atftp --option 'blksize 1428' --put -l "sent/f$size" -r "c$size" 127.0.0.1 "$PORT"
		cmp "sent/f$size" "$FILES/c$size"
	done
	nothing_temporary
}

@test "text in netascii, both ways" {
	serve -c "$FILES"
	printf 'one\n\ntwo\r\nthree\r' >"$FILES/text"
	printf 'one\r\n\r\ntwo\r\0\r\nthree\r\0' >wire
	get -B text
	cmp got wire # curl does not convert
	rm got
	tftp -m ascii 127.0.0.1 "$PORT" -c get text got
	tftp -m ascii 127.0.0.1 "$PORT" -c put "$FILES/text" back
	cmp "$FILES/back" "$FILES/text"
}

# bats test_tags=once
@test "block numbers wrap: files of 65535 blocks, an octet less, and more, both ways" {
	local size
	serve -c "$FILES"
	for size in $((65535 * 512 - 1)) $((65535 * 512)) $((65536 * 512)) $((65537 * 512 + 1)); do
		make_file big "$size"
		get --tftp-no-options big
		cmp got "$FILES/big"
		rm -f "$FILES/big"
		# The client of tftp-hpa 5.2 cannot send so much.
		curl -sS --max-time 60 --tftp-no-options -T got "tftp://127.0.0.1:$PORT/big"
		cmp got "$FILES/big"
	done
}

@test "50 transfers at once" {
	local i jobs=()
	make_file f 300000
	serve "$FILES"
	for i in {1..50}; do
		curl -sS --max-time 60 -o "got$i" "tftp://127.0.0.1:$PORT/f" 3>&- &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	for i in {1..50}; do
		cmp "got$i" "$FILES/f"
	done
}

# Requests

# bats test_tags=builds
@test "requests: modes, options, junk" {
	make_file f 100
	make_file g 512
	printf 'a\nb\r' >"$FILES/text"
	serve "$FILES"
	play <<-'END'
		C: RRQ f OcTeT
		S: DATA 1 100
		C: ACK 1
		N:
		C: RRQ f mail
		S: ERROR 4
		N:
		C: RRQ f binary
		S: ERROR 4
		N:
		C: RRQ "" octet
		S: ERROR 4
		N:
		C: raw "\0\x01f\0octet"
		S: ERROR 4
		N:
		C: raw "\0\x01f"
		S: ERROR 4

		# An exact multiple ends with a block of nothing.
		N:
		C: RRQ g octet
		S: DATA 1 512
		C: ACK 1
		S: DATA 2 ""
		C: ACK 2

		# What is not known, has no sense or comes again is passed over; what is asked for is answered once.
		N:
		C: RRQ f octet multicast "" BLKSIZE 65500 blksize 8 tsize 5 timeout 0
		S: OACK blksize 65464 tsize 100
		C: ACK 0
		S: DATA 1 100
		C: ACK 1
		N:
		C: RRQ f octet blksize 7 timeout 256 windowsize 4 tsize -1
		S: DATA 1 100
		C: ACK 1
		N:
		C: RRQ f octet blksize
		S: DATA 1 100
		C: ACK 1
		N:
		C: raw "\0\x01f\0octet\0blksize\x00200\0\xff\xff\xff"
		S: OACK blksize 200
		C: ERROR 8 "no"

		# The size of a text on its way is not known.
		N:
		C: RRQ text netascii tsize 0
		S: DATA 1 "a\r\nb\r\0"
		C: ACK 1
	END
}

@test "what is no request gets no answer and does no harm" {
	make_file f 100
	serve "$FILES"
	play <<-'END'
		C: raw ""
		C: raw "\0"
		C: raw "\0\x01"
		S: ERROR 4
		C: raw "\0\x05"
		C: raw "\0\x05\0\x05stop\0"
		C: raw "\0\x04\0\x01"
		C: raw "\0\x03\0\x01data"
		C: raw "\xff\xff\xff\xff"
		S: nothing
		C: RRQ f octet
		S: DATA 1 100
		C: ACK 1
	END
}

@test "what cannot be had: the code, and why in the log" {
	make_file f 100
	make_file private 100
	chmod 640 "$FILES/private"
	mkdir "$FILES/folder"
	mkfifo "$FILES/fifo"
	echo secret >"$HOUSE/secret"
	mkdir "$HOUSE/files-evil"
	echo secret >"$HOUSE/files-evil/f"
	ln -s f "$FILES/link"
	ln -s ../secret "$FILES/out"
	ln -s /dev/zero "$FILES/zero"
	ln -s "$FILES/f" "$FILES/absolute"
	echo mine >"$FILES/.trivet-1.0"
	serve "$FILES"
	play <<-END
		C: RRQ nowhere octet
		S: ERROR 1
		N:
		C: RRQ private octet
		S: ERROR 2
		N:
		C: RRQ folder octet
		S: ERROR 2
		N:
		C: RRQ fifo octet
		S: ERROR 2
		N:
		C: RRQ ../secret octet
		S: ERROR 2
		N:
		C: RRQ out octet
		S: ERROR 2
		N:
		C: RRQ zero octet
		S: ERROR 2
		N:
		C: RRQ "$HOUSE/files-evil/f" octet
		S: ERROR 1
		N:
		C: RRQ .trivet-1.0 octet
		S: ERROR 1
		N:
		C: RRQ "$FILES/f" octet
		S: DATA 1 100
		C: ACK 1
		N:
		C: RRQ "/folder/../link" octet
		S: DATA 1 100
		C: ACK 1
		N:
		C: RRQ absolute octet
		S: DATA 1 100
		C: ACK 1
	END
	logged 'refused get file=nowhere ip=127.0.0.1 tried=.*/files/nowhere reason=missing'
	logged 'file=private .*reason="not world-readable"'
	logged 'file=fifo .*reason="not a regular file"'
	logged 'file=\.\./secret .*reason=outside'
	logged 'file=out .*reason=outside'
	logged 'file=zero .*reason=outside'
}

@test "-s: names begin at the folder, whose own path means nothing" {
	make_file f 100
	ln -s /f "$FILES/link"
	serve -s "$FILES"
	play <<-END
		C: RRQ /f octet
		S: DATA 1 100
		C: ACK 1
		N:
		C: RRQ link octet
		S: DATA 1 100
		C: ACK 1
		N:
		C: RRQ "$FILES/f" octet
		S: ERROR 1
	END
}

@test "several folders: the first that has the file" {
	mkdir "$HOUSE/second"
	printf first >"$FILES/both"
	printf second >"$HOUSE/second/both"
	printf second >"$HOUSE/second/f"
	serve "$FILES" "$HOUSE/second"
	play <<-END
		C: RRQ both octet
		S: DATA 1 "first"
		C: ACK 1
		N:
		C: RRQ f octet
		S: DATA 1 "second"
		C: ACK 1
		N:
		C: RRQ "$HOUSE/second/both" octet
		S: DATA 1 "second"
		C: ACK 1
	END
}

# Losses and strangers

# bats test_tags=builds
@test "an ACK that is old, doubled or ahead sends nothing; only the timer sends again, as it was" {
	printf 'a\n' >"$FILES/text"
	head -c 2000 /dev/zero | tr '\0' '\n' >>"$FILES/text"
	make_file f 5000
	serve "$FILES"
	play <<-'END'
		C: RRQ f octet blksize 500
		S: OACK blksize 500
		S: same
		C: ACK 1
		C: ACK 65535
		C: ACK 0
		S: DATA 1 500
		C: ACK 0
		C: ACK 0
		C: ACK 2
		C: ACK 1
		S: DATA 2 500
		C: ACK 1
		C: ACK 1
		C: ACK 7
		C: raw "\0\x04\0"
		C: raw "\0\x04"
		C: raw "\0\x63\0\x02"
		C: DATA 2 "none of yours"
		S: same
		S: same
		C: ACK 2
		S: DATA 3 500
		C: ERROR 0 "enough"
		N:
		C: RRQ text netascii
		S: DATA 1 512
		S: same
		C: ACK 1
		S: DATA 2 512
		S: same
		C: ERROR 3 ""
	END
	logged 'get file=f .* blksize=500 octets=1000 blocks=3 resent=3 .* result="client error 0 enough"'
}

@test "a stranger gets ERROR 5 once, and neither disturbs nor delays" {
	make_file f 5000
	serve "$FILES"
	play <<-'END'
		C: RRQ f octet timeout 1
		S: OACK timeout 1
		C2: ACK 0
		S2: ERROR 5
		C3: ERROR 0 "me too"
		C2: ERROR 0 "you"
		C2: ACK 0
		C: ACK 0
		S: DATA 1 512
		S2: nothing
		S3: nothing
		W: 700
		C2: ACK 1
		C3: ACK 1
		T: 600
		S: same
		S3: ERROR 5
		C: ACK 1
		S: DATA 2 512
		C: ERROR 0 "enough"
	END
	logged 'octets=512 blocks=2 resent=1 '
}

@test "nobody answers: six times again, then no more" {
	make_file f 100
	serve "$FILES"
	play <<-'END'
		C: RRQ f octet timeout 1
		S: OACK timeout 1
		S: same
		S: same
		S: same
		S: same
		S: same
		S: same
	END
	logged 'resent=6 .*result=timeout'
}

@test "a client may ask again from the same port after it has refused the answer" {
	make_file f 100
	serve "$FILES"
	play <<-'END'
		C: RRQ f octet tsize 0
		S: OACK tsize 100
		C: ERROR 8 "only the size"
		C: RRQ f octet blksize 1024
		T: 2000
		S: OACK blksize 1024
		C: ACK 0
		S: DATA 1 100
		C: ACK 1
	END
}

@test "a request that comes twice is served once" {
	make_file f 1000
	serve "$FILES"
	play <<-'END'
		C: RRQ f octet
		C: RRQ f octet
		S: DATA 1 512
		C: ACK 1
		S: DATA 2 488
		C: ACK 2
		S: nothing
	END
}

@test "a file that shrinks meanwhile ends in an ERROR, one that grows as it was" {
	make_file f 1000
	serve "$FILES"
	play <<-END
		C: RRQ f octet
		S: DATA 1 512
		X: truncate -s 700 $FILES/f
		C: ACK 1
		S: ERROR 0
		X: truncate -s 1000 $FILES/f
		N:
		C: RRQ f octet
		S: DATA 1 512
		X: truncate -s 5000 $FILES/f
		C: ACK 1
		S: DATA 2 488
		C: ACK 2
	END
	logged 'result="file became shorter"'
}

# Uploads

# bats test_tags=builds
@test "DATA that comes again is acknowledged again and stored once, also the last" {
	serve -c "$FILES"
	play <<-'END'
		C: WRQ new octet
		S: ACK 0
		S: same
		C: DATA 2 512
		C: DATA 0 512
		C: DATA 1 512
		S: ACK 1
		C: DATA 1 512
		S: same
		C: DATA 1 512
		S: same
		C: ACK 1
		C: raw "\0\x03\0\x02"
		S: ACK 2
		C: raw "\0\x03\0\x02"
		S: same
		C: DATA 2 512
		S: same
		C: DATA 3 512
		C: DATA 1 512
		S: nothing
	END
	[ "$(stat -c %s "$FILES/new")" -eq 512 ]
	nothing_temporary
	logged 'put file=new .*octets=512 blocks=2 .*result=ok'
}

@test "the OACK of an upload comes again too, and DATA 1 confirms it" {
	serve -c "$FILES"
	play <<-'END'
		C: WRQ new octet blksize 600 tsize 601
		S: OACK blksize 600 tsize 601
		C: ACK 0
		S: same
		C: DATA 1 600
		S: ACK 1
		C: DATA 2 "x"
		S: ACK 2
	END
	[ "$(stat -c %s "$FILES/new")" -eq 601 ]
}

@test "DATA longer than asked for is refused, and nothing is left" {
	serve -c "$FILES"
	play <<-'END'
		C: WRQ new octet blksize 100
		S: OACK blksize 100
		C: DATA 1 101
		S: ERROR 4
	END
	logged 'result="DATA longer than blksize"'
	[ ! -e "$FILES/new" ]
	nothing_temporary
}

@test "without -c only a file that everybody may write is replaced; it keeps its mode" {
	echo old >"$FILES/open"
	chmod 646 "$FILES/open"
	echo old >"$FILES/closed"
	mkdir "$FILES/folder"
	serve "$FILES"
	play <<-'END'
		C: WRQ open octet
		S: ACK 0
		C: DATA 1 "new"
		S: ACK 1
		N:
		C: WRQ closed octet
		S: ERROR 2
		N:
		C: WRQ nowhere octet
		S: ERROR 1
		N:
		C: WRQ folder octet
		S: ERROR 2
	END
	[ "$(cat "$FILES/open")" = new ]
	[ "$(stat -c %a "$FILES/open")" = 646 ]
	[ "$(cat "$FILES/closed")" = old ]
	logged 'refused put file=closed .*reason="not world-writable"'
	logged 'refused put file=nowhere .*reason="missing, and create is off"'
}

@test "-c: new files, with the permissions that -U leaves; not outside, not under our names" {
	ln -s .. "$FILES/out"
	ln -s target "$FILES/link"
	mkdir -m 755 "$FILES/closed"
	is_root || chmod 555 "$FILES/closed"
	serve -c -U 027 "$FILES"
	play <<-'END'
		C: WRQ new octet
		S: ACK 0
		C: DATA 1 "new"
		S: ACK 1
		N:
		C: WRQ link octet
		S: ACK 0
		C: DATA 1 "new"
		S: ACK 1
		N:
		C: WRQ out/new octet
		S: ERROR 2
		N:
		C: WRQ ../new octet
		S: ERROR 2
		N:
		C: WRQ .trivet-new octet
		S: ERROR 1
		N:
		C: WRQ nowhere/new octet
		S: ERROR 1
		N:
		C: WRQ closed/new octet
		S: ERROR 2
		N:
		C: WRQ large octet tsize 1125899906842624
		S: ERROR 3
	END
	[ "$(stat -c %a "$FILES/new")" = 640 ]
	[ -L "$FILES/link" ] && [ "$(cat "$FILES/target")" = new ]
	[ ! -e "$HOUSE/new" ]
	nothing_temporary
}

@test "until the last block the old file is there, whole; a client that ends leaves nothing" {
	echo old >"$FILES/f"
	chmod 666 "$FILES/f"
	serve "$FILES"
	play <<-END
		C: WRQ f octet
		S: ACK 0
		C: DATA 1 512
		S: ACK 1
		X: grep -q old $FILES/f
		X: ls $FILES/.trivet-* >/dev/null
		C: ERROR 0 "no more"
		N:
		C: WRQ f octet timeout 1
		S: OACK timeout 1
		C: DATA 1 512
		S: ACK 1
		S: same
		S: same
	END
	logged 'put file=f .*result=timeout'
	logged 'put file=f .*result="client error 0 no more"'
	[ "$(cat "$FILES/f")" = old ]
	nothing_temporary
}

@test "two uploads of one name end as one of them" {
	serve -c "$FILES"
	play <<-'END' &
		C: WRQ f octet
		S: ACK 0
		C: DATA 1 512
		S: ACK 1
		C: DATA 2 "first"
		S: ACK 2
	END
	play <<-'END'
		C: WRQ f octet
		S: ACK 0
		C: DATA 1 512
		S: ACK 1
		C: DATA 2 "the second"
		S: ACK 2
	END
	wait $!
	[[ $(stat -c %s "$FILES/f") = 517 || $(stat -c %s "$FILES/f") = 522 ]]
	nothing_temporary
}

@test "a full disk is told before the last ACK, and nothing is left" {
	needs_root || return 0
	local status=0 left
	mount -t tmpfs -o size=256k,mode=777 none "$FILES"
	serve -c "$FILES"
	head -c 400000 /dev/urandom >large
	curl -sS --max-time 20 --tftp-no-options -T large "tftp://127.0.0.1:$PORT/large" || status=$?
	stop_daemon tftpd
	left=$(find "$FILES" -type f)
	umount "$FILES"
	[ "$status" -ne 0 ]
	[ -z "$left" ]
	logged 'put file=large .*result="no space"'
}

# The daemon as a process

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
}
