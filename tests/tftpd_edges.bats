#!/usr/bin/env bats
# tftpd: where other servers have gone wrong: edges of blocks, of names, and of files that change.

load helper
load tftpd

# bats test_tags=builds
@test "the first block, without options, is sent again as it was" {
	printf 0123456789 >"$FILES/f"
	serve "$FILES"
	play <<-'END'
		C: RRQ f octet
		S: DATA 1 "0123456789"
		T: 5000
		S: same
		C: ACK 1
	END
	logged 'octets=10 blocks=1 resent=1 .*result=ok'
}

# bats test_tags=builds
@test "netascii at the edges of blocks, both ways" {
	printf '%0510d\n' 0 >"$FILES/whole"
	printf '%0511d\nb\r' 0 >"$FILES/split"
	serve -c "$FILES"
	play <<-END
		# It grows to just a block.
		C: RRQ whole netascii
		S: DATA 1 "$(printf %0510d 0)\\r\\n"
		C: ACK 1
		S: DATA 2 ""
		C: ACK 2
		N:
		C: RRQ split netascii
		S: DATA 1 "$(printf %0511d 0)\\r"
		C: ACK 1
		S: DATA 2 "\\nb\\r\\0"
		C: ACK 2
		N:
		C: WRQ back netascii blksize 8
		S: OACK blksize 8
		C: DATA 1 "1234567\\r"
		S: ACK 1
		C: DATA 2 "\\nabcdef\\r"
		S: ACK 2
		C: DATA 3 "\\0\\r"
		S: ACK 3
	END
	printf '1234567\nabcdef\r\r' | cmp - "$FILES/back"
}

@test "what is no file, under whatever name, is neither sent nor written" {
	local name
	mkfifo -m 666 "$FILES/fifo"
	mkdir -m 777 "$FILES/folder" "$HOUSE/files-evil"
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$FILES/socket"
	chmod 666 "$FILES/socket"
	ln -s fifo "$FILES/link"
	ln -s loop "$FILES/loop"
	! is_root || mknod -m 666 "$FILES/null" c 1 3
	for name in fifo folder folder/ socket link loop / $(is_root && echo null); do
		printf 'C: RRQ "%s" octet\nS: ERROR 2\nN:\n' "$name"
		printf 'C: WRQ "%s" octet\nS: ERROR 2\nN:\n' "$name"
	done >requests
	serve -c "$FILES"
	play <requests
	play <<-END
		C: WRQ "$HOUSE/files-evil/f" octet
		S: ERROR 1
		N:
		C: WRQ "../files-evil/f" octet
		S: ERROR 2
		N:
		C: WRQ "folder/../../files-evil/f" octet
		S: ERROR 2
		N:
		C: RRQ "..\\\\files-evil\\\\f" octet
		S: ERROR 1
	END
	[ -z "$(find "$HOUSE/files-evil" "$FILES/folder" -mindepth 1)" ]
	nothing_temporary
}

@test "names and requests as long as a datagram: an answer, and no harm" {
	local long i
	make_file f 100
	printf -v long '%0511d' 0
	serve "$FILES"
	{
		printf 'C: RRQ %s octet\nS: ERROR 1\nN:\n' "$long"
		printf 'C: RRQ 0%s octet\nS: ERROR 4\nN:\n' "$long"
		printf 'C: RRQ f octet'
		printf ' x%.0s 1' {1..400}
		printf ' blksize 600 tsize 0\nS: OACK blksize 600 tsize 100\nC: ACK 0\nS: DATA 1 100\nC: ACK 1\n'
	} | play
}

@test "a reader of the old file is not disturbed by an upload, nor is the file by a bad request" {
	printf '%0512dold' 0 >"$FILES/f"
	chmod 666 "$FILES/f"
	serve "$FILES"
	cat >upload <<-END
		C: WRQ f mail
		S: ERROR 4
		N:
		C: WRQ f octet
		S: ACK 0
		X: grep -q old $FILES/f
		C: DATA 1 "new"
		S: ACK 1
		X: grep -q new $FILES/f
	END
	play <<-END
		C: RRQ f octet timeout 5
		S: OACK timeout 5
		C: ACK 0
		S: DATA 1 512
		X: $TESTBIN/tftptalk upload connect 127.0.0.1 $PORT
		C: ACK 1
		S: DATA 2 "old"
		C: ACK 2
	END
}

@test "DATA and ACK cut short are nothing" {
	make_file f 600
	serve -c "$FILES"
	play <<-'END'
		C: RRQ f octet timeout 5
		S: OACK timeout 5
		C: ACK 0
		S: DATA 1 512
		C: raw "\0\x04\0"
		C: raw "\0\x04"
		C: raw ""
		W: 20
		S: nothing
		C: ACK 1
		S: DATA 2 88
		C: ACK 2
		N:
		C: WRQ new octet timeout 5
		S: OACK timeout 5
		C: raw "\0\x03\0"
		C: raw "\0\x03"
		W: 20
		S: nothing
		C: DATA 1 "end"
		S: ACK 1
	END
	[ "$(cat "$FILES/new")" = end ]
}

@test "the size of a file of more than 4 GiB" {
	truncate -s 5368709121 "$FILES/f"
	serve -c "$FILES"
	play <<-'END'
		C: RRQ f octet tsize 0 blksize 65464
		S: OACK blksize 65464 tsize 5368709121
		C: ERROR 8 "only the size"
		N:
		C: WRQ f octet tsize 18446744073709551615
		S: ERROR 2
		N:
		C: WRQ new octet tsize 18446744073709551615
		S: ERROR 3
	END
}

@test "20 uploads of one name at once: it is one of them, whole, all the time" {
	local i jobs=() sums sum
	mkdir sent
	for i in {1..20}; do
		head -c $((100000 + i)) /dev/urandom >"sent/$i"
	done
	sums=$(sha256sum sent/* | cut -d ' ' -f 1)
	serve -c "$FILES"
	curl -sS -T sent/1 "tftp://127.0.0.1:$PORT/f"
	for i in {2..20}; do
		curl -sS --max-time 60 -T "sent/$i" "tftp://127.0.0.1:$PORT/f" 3>&- &
		jobs+=($!)
	done
	for i in "${jobs[@]}"; do
		sum=$(sha256sum <"$FILES/f")
		[[ $sums = *"${sum%% *}"* ]]
		wait "$i"
	done
	sum=$(sha256sum <"$FILES/f")
	[[ $sums = *"${sum%% *}"* ]]
	logged 'put file=f .*octets=1000.. .*result=ok'
	[ "$(grep -c 'put file=f .*result=ok' "$LOG")" -eq 20 ]
	nothing_temporary
}
