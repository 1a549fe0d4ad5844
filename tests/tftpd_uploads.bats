#!/usr/bin/env bats
# tftpd: files that come in.

load helper
load tftpd

# bats test_tags=builds
@test "DATA that comes again is acknowledged again and stored once, also the last" {
	serve -c "$FILES"
	play <<-'END'
		C: WRQ new octet timeout 2
		S: OACK timeout 2
		C: DATA 2 512
		C: DATA 0 512
		C: DATA 1 512
		S: ACK 1

		# An echo, which some clients would answer with an echo; then a loss.
		C: DATA 1 512
		W: 30
		S: nothing
		C: DATA 1 512
		T: 1000
		S: same
		C: ACK 1
		C: raw "\0\x03\0\x02"
		S: ACK 2

		# While it dallies.
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

# The same request again was taken for one that the network had doubled, as long as the first upload's
# process stayed for its last ACK: clients that keep their port lost 5 seconds.
@test "who sends the same file again at once, from the same port, is heard" {
	serve -c -o overwrite=number "$FILES"
	play <<-'END'
		C: WRQ new octet
		S: ACK 0
		C: DATA 1 100
		S: ACK 1
		C: WRQ new octet
		S: ACK 0
		C: DATA 1 200
		S: ACK 1
	END
	[ "$(stat -c %s "$FILES/new")" -eq 100 ]
	[ "$(stat -c %s "$FILES/new.1")" -eq 200 ]
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
		C: WRQ f octet timeout 5
		S: OACK timeout 5
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

@test "an upload that does not go on ends, though the client repeats itself" {
	serve -c "$FILES"
	python3 - "$PORT" "$LOG" <<-'END'
		import socket, sys, time
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.settimeout(20)
		s.sendto(b'\0\2new\0octet\0utimeout\x00100000\0', ('127.0.0.1', int(sys.argv[1])))
		server = s.recvfrom(1024)[1]
		s.settimeout(0.03)
		end = time.monotonic() + 20
		while 'result=' not in open(sys.argv[2]).read():
		    assert time.monotonic() < end
		    s.sendto(b'\0\3\0\1' + bytes(512), server)
		    try:
		        s.recv(1024)
		    except OSError:
		        pass
	END
	logged 'put file=new .*octets=512 .*result=timeout'
	nothing_temporary
}

# bats test_tags=sandbox
@test "a large file begins to go to the disk while it comes in" {
	head -c 1000000 /dev/urandom >large
	RUNAS=(strace -D -f -qq -o calls -e trace=sync_file_range,fsync)
	serve -c "$FILES"
	curl -sS --max-time 20 -T large "tftp://127.0.0.1:$PORT/large"
	stop_daemon tftpd
	cmp large "$FILES/large"
	[ "$(sed -n 's/^[0-9]* *\(sync_file_range\|fsync\)(.* = 0$/\1/p' calls | xargs)" = \
		'sync_file_range sync_file_range sync_file_range fsync fsync' ]
}
