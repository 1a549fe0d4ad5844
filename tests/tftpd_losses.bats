#!/usr/bin/env bats
# tftpd: packets that are lost, doubled, late, or of strangers.

load helper
load tftpd

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
		C: ACK 1
		S: DATA 2 512
		S: same
		C: ERROR 3 ""
	END
	logged 'get file=f .* options=blksize:500 octets=1000 blocks=3 resent=3 .* result="client error 0 enough"'
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

@test "who answers once and no more is sent a block six times again" {
	make_file f 100
	serve "$FILES"
	play <<-'END'
		C: RRQ f octet timeout 1
		S: OACK timeout 1
		C: ACK 0
		S: DATA 1 100
		S: same
		S: same
		S: same
		S: same
		S: same
		S: same
		W: 1500
		S: nothing
	END
	logged 'resent=6 .*result=timeout'
}

# Nobody answers; the first block comes, then as often again.
unanswered() { # NAME OCTETS TIMES
	{
		echo "C: RRQ $1 octet"
		echo "S: DATA 1 $2"
		for ((i = 0; i < $3; i++)); do
			echo 'S: same'
		done
		printf 'W: 2000\nS: nothing\n'
	} | play
}

# A request of 10 octets may draw 40.
@test "who has not answered gets three packets, and no more than four times what it has sent" {
	local i players=()
	make_file f 100
	make_file a 4
	make_file b 16
	make_file c 17
	make_file d 1000
	serve -c -T 100000 "$FILES"
	play <<-'END' &
		C: RRQ f octet timeout 1
		S: OACK timeout 1
		S: same
		S: same
		W: 3000
		S: nothing
	END
	players+=($!)
	for i in 'a 4 2' 'b 16 1' 'c 17 0' 'd 512 0' 'f 100 0'; do
		# shellcheck disable=SC2086
		unanswered $i &
		players+=($!)
	done
	# Meanwhile another upload of the same name is not disturbed.
	play <<-END
		C: WRQ new octet
		S: ACK 0
		S: same
		S: same
		X: $TESTBIN/tftpcopy put $PORT new <$FILES/d
		W: 1500
		S: nothing
	END
	for i in "${players[@]}"; do
		wait "$i"
	done
	logged 'get file=f .*resent=2 .*result=timeout'
	logged 'get file=a .*resent=2 .*result=timeout'
	logged 'get file=b .*resent=1 .*result=timeout'
	logged 'get file=c .*resent=0 .*result=timeout'
	logged 'get file=d .*resent=0 .*result=timeout'
	logged 'get file=f .*resent=0 .*result=timeout'
	logged 'put file=new .*resent=2 .*result=timeout'
	logged 'put file=new .*result=ok'
	cmp "$FILES/d" "$FILES/new"
	nothing_temporary
}

@test "who asks again some time later is served anew: the first block may have been lost" {
	make_file f 100
	serve "$FILES"
	play <<-'END'
		C: RRQ f octet
		S: DATA 1 100
		C: RRQ f octet
		W: 1600
		S: nothing
		C: RRQ f octet
		T: 1000
		S: DATA 1 100
		C: ACK 1
	END
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
