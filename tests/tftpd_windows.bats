#!/usr/bin/env bats
# tftpd: windows of blocks (RFC 7440), in both directions, and what becomes of them when packets are
# lost.

load helper
load tftpd

# bats test_tags=builds
@test "a window leaves at once; sending resumes behind the last block that is acknowledged" {
	make_file f 1000
	serve "$FILES"
	play <<-'END'
		C: RRQ f octet blksize 100 windowsize 4 timeout 5
		S: OACK blksize 100 timeout 5 windowsize 4
		C: ACK 0
		S: DATA 1 100
		S: DATA 2 100
		S: DATA 3 100
		S: DATA 4 100
		C: ACK 4
		S: DATA 5 100
		S: DATA 6 100
		S: DATA 7 100
		S: DATA 8 100

		# Block 7 was lost; the ACK comes twice, an old one and one ahead come too.
		C: ACK 6
		S: DATA 7 100
		S: DATA 8 100
		S: DATA 9 100
		S: DATA 10 100
		C: ACK 4
		C: ACK 12
		C: ACK 65535
		C: ACK 10
		S: DATA 11 ""
		C: ACK 11
	END
	logged 'octets=1000 blocks=11 resent=2 .*result=ok'
}

@test "after a loss a window is sent in smaller bursts" {
	make_file f 100000
	serve "$FILES"
	play <<-'END'
		C: RRQ f octet windowsize 4 utimeout 200000
		S: OACK utimeout 200000 windowsize 4
		C: ACK 0
		S: DATA 1 512
		S: DATA 2 512
		S: DATA 3 512
		S: DATA 4 512
		S: DATA 1 512
		S: DATA 2 512
		S: DATA 3 512
		S: DATA 4 512
		C: ACK 2
		S: DATA 3 512
		S: DATA 4 512
		S: DATA 5 512
		S: DATA 6 512
		C: ERROR 0 "enough"
	END
	logged 'octets=1024 blocks=6 resent=6 '
}

@test "a repeated ACK means once that the first block of the window was lost" {
	make_file f 100000
	serve "$FILES"
	play <<-'END'
		C: RRQ f octet windowsize 2 timeout 5
		S: OACK timeout 5 windowsize 2
		C: ACK 0
		S: DATA 1 512
		S: DATA 2 512
		C: ACK 0
		S: DATA 1 512
		S: DATA 2 512
		C: ACK 0
		C: ACK 0
		W: 100
		S: nothing
		C: ACK 2
		S: DATA 3 512
		S: DATA 4 512
		C: ACK 2
		W: 100
		S: nothing
		C: ACK 4
		S: DATA 5 512
		S: DATA 6 512
		C: ACK 6
		S: DATA 7 512
		S: DATA 8 512
		C: ACK 6
		S: DATA 7 512
		S: DATA 8 512
		C: ERROR 0 "enough"
	END
}

@test "windowsize 1 is lock step" {
	make_file f 1000
	serve "$FILES"
	play <<-'END'
		C: RRQ f octet windowsize 1 timeout 5
		S: OACK timeout 5 windowsize 1
		C: ACK 0
		S: DATA 1 512
		C: ACK 0
		C: ACK 0
		W: 20
		S: nothing
		C: ACK 1
		S: DATA 2 488
		C: ACK 2
	END
}

@test "an ACK that comes again later than an answer would: the window is sent again, however long the wait" {
	local try
	make_file f 1500
	serve "$FILES"
	{
		printf '%s\n' 'C: RRQ f octet windowsize 2' 'S: OACK windowsize 2' 'C: ACK 0' \
			'S: DATA 1 512' 'S: DATA 2 512' 'C: ACK 0'
		# Four times for nothing: then it is not sent again for a second.
		for try in 1 2 3 4; do
			printf '%s\n' 'S: DATA 1 512' 'S: DATA 2 512'
		done
		printf '%s\n' 'W: 200' 'C: ACK 0' 'T: 600' 'S: DATA 1 512' 'T: 600' 'S: DATA 2 512' \
			'C: ERROR 0 "enough"'
	} >late.talk
	play <late.talk
}

# bats test_tags=builds
@test "an upload: each window is acknowledged, a gap once, the last block at once" {
	serve -c "$FILES"
	play <<-'END'
		C: WRQ new octet windowsize 3 timeout 5
		S: OACK timeout 5 windowsize 3
		C: DATA 1 512
		C: DATA 2 512
		W: 20
		S: nothing
		C: DATA 3 512
		S: ACK 3

		# Block 5 is missing.
		C: DATA 4 512
		C: DATA 6 512
		S: ACK 4
		C: DATA 7 512
		C: DATA 6 512
		W: 20
		S: nothing
		C: DATA 5 512
		C: DATA 6 512
		C: DATA 7 512
		S: ACK 7

		# The ACK was lost.
		W: 30
		C: DATA 5 512
		S: ACK 7
		C: DATA 6 512
		C: DATA 7 512
		W: 5
		S: nothing
		C: DATA 8 "end"
		S: ACK 8
	END
	[ "$(stat -c %s "$FILES/new")" -eq $((7 * 512 + 3)) ]
	logged 'octets=3587 blocks=8 '
}

@test "an upload whose window stops is acknowledged as far as it came" {
	serve -c "$FILES"
	play <<-'END'
		C: WRQ new octet windowsize 8 timeout 1
		S: OACK timeout 1 windowsize 8
		C: DATA 1 512
		C: DATA 2 512
		S: ACK 2
		C: DATA 3 "end"
		S: ACK 3
	END
	[ "$(stat -c %s "$FILES/new")" -eq 1027 ]
}

@test "blksize2, utimeout, windows that are too large, options that are refused" {
	make_file f 100
	serve -r tsize -r timeout -B 1000 "$FILES"
	play <<-'END'
		R:
		C: RRQ f octet blksize2 5000 utimeout 50000 timeout 3 tsize 0 rollover 0
		S: OACK blksize2 512 utimeout 50000 rollover 0
		T: 100
		S: same
		C: ACK 0
		S: DATA 1 100
		T: 100
		S: same
		T: 100
		S: same
		C: ACK 1
		N:
		C: RRQ f octet timeout 3 blksize 1432 windowsize 65535
		S: OACK blksize 1000 windowsize 2088
		C: ACK 0
		S: DATA 1 100
		C: ACK 1
		N:
		C: RRQ f octet tsize 0 timeout 2
		S: DATA 1 100
		C: ACK 1
	END
}

@test "options are refused to some networks only" {
	make_file f 100
	echo 'refuse-options-from 127.0.0.2' >>"$CONF"
	start_daemon tftpd -DF -r windowsize -r blksize -a 0.0.0.0:0 "$FILES"
	play <<-'END'
		C: RRQ f octet tsize 0 windowsize 4 blksize 600
		S: OACK blksize 600 tsize 100 windowsize 4
		C: ACK 0
		S: DATA 1 100
		C: ACK 1
	END
	echo 'refuse-options-from 127.0.0.1' >>"$CONF"
	start_daemon tftpd -DF -r windowsize -r blksize -a 0.0.0.0:0 "$FILES"
	play <<-'END'
		C: RRQ f octet tsize 0 windowsize 4 blksize 600
		S: OACK tsize 100
		C: ACK 0
		S: DATA 1 100
		C: ACK 1
	END
	run "$TRIVET/tftpd/tftpd" -f "$CONF" -n -r nonsense "$FILES"
	[ "$status" -eq 78 ]
}

# Both ways, each with its own block and window sizes; `got` and `back` are what came.
there_and_back() { # PORT NAME OPTION ...
	local port=$1 name=$2
	shift 2
	"$TESTBIN/tftpcopy" "$@" get "$port" "$name" >got 2>>took || { tail -n 1 took && tail -n 3 "$LOG" && return 1; }
	cmp got "$FILES/$name"
	"$TESTBIN/tftpcopy" "$@" put "$port" back <got 2>>took || { tail -n 1 took && tail -n 3 "$LOG" && return 1; }
	cmp got "$FILES/back"
}

# bats test_tags=once
@test "files of every edge of block and window, both ways" {
	local blksize window n
	serve -c -o clients-per-source=500 "$FILES" # those that dally count
	for blksize in 8 512 1428 8192 65464; do
		for window in 1 2 7 64; do
			for n in 0 1 $((blksize - 1)) "$blksize" $((blksize * window - 1)) \
				$((blksize * window)) $((blksize * window + 1)) \
				$((blksize * (window + 1))) $((blksize * window * 3 + 5)); do
				make_file f "$n"
				there_and_back "$PORT" f -b "$blksize" -w "$window"
			done
		done
	done
}

# bats test_tags=once
@test "block numbers wrap, to 0 and to 1, in the middle of windows" {
	local size rollover
	serve -c "$FILES"
	for size in $((65535 * 8 - 1)) $((65535 * 8)) $((65536 * 8)) $((131075 * 8 + 3)); do
		make_file f "$size"
		for rollover in 0 1 2; do
			there_and_back "$PORT" f -b 8 -w 50 -r "$rollover"
		done
	done
	make_file f $((65536 * 8))
	there_and_back "$PORT" f -b 8 -r 1
}

# A request whose answer was lost is made again, and then two processes receive the same file: the
# one that finds no partner ends by itself, and leaves nothing.
#
# bats test_tags=once
@test "over a network that loses, doubles and reorders, both ways" {
	local seed lossy port
	make_file f 8000
	make_file g 60000
	serve -c "$FILES"
	for seed in '1 1 0 0' '2 20 0 0' '3 0 20 0' '4 0 0 20' '5 5 5 5' '6 20 20 20'; do
		mkfifo "end$seed" "port$seed"
		exec {end}<>"end$seed"
		# shellcheck disable=SC2086
		python3 "$HERE/lossy.py" "$PORT" $seed <"end$seed" >"port$seed" 3>&- &
		lossy=$!
		read -r -t 10 port <"port$seed"
		there_and_back "$port" f
		there_and_back "$port" g -b 1000 -w 4
		there_and_back "$port" g -b 1428 -w 32
		kill $lossy
		wait $lossy || true
		exec {end}>&-
	done
	stop_daemon tftpd
	cmp got "$FILES/back"
	nothing_temporary
	[ "$(grep -cE 'put file=back .*result=ok' "$LOG")" -eq 18 ]
	! grep 'put file=back' "$LOG" | grep -vE 'result=(ok|timeout)$'
}

@test "large: more than 4 GiB" {
	[ -n "${LARGE:-}" ] || return 0
	local size=$((4294967296 + 100000))
	truncate -s "$size" "$FILES/f"
	printf end | dd of="$FILES/f" bs=1 seek=$((size - 3)) conv=notrunc status=none
	serve "$FILES"
	"$TESTBIN/tftpcopy" -b 65464 -w 16 get "$PORT" f | cmp - "$FILES/f"
	"$TESTBIN/tftpcopy" -b 8192 -w 7 get "$PORT" f | cmp - "$FILES/f"
	logged 'octets=4295067296 .*result=ok'
}
