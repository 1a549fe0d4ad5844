#!/usr/bin/env bats
# tftpd: what can be asked for, and what can be had.

load helper
load tftpd

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
		C: RRQ f octet blksize 7 timeout 256 windowsize 0 tsize -1 rollover 2 utimeout 9999
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

# In a network of its own. The daemon listens on all addresses, so that it hears of them.
@test "what went to everybody, or comes from nobody, gets no answer" {
	needs_root || return 0
	make_file f 100
	cat >inside <<-END
		ip link set lo up
		ip link add v0 type veth peer name v1
		ip addr add 192.0.2.1/24 brd 192.0.2.255 dev v0
		ip link set v0 up
		ip link set v1 up
		ip route add 255.255.255.255 dev v0
		$TRIVET/tftpd/tftpd -DF -f $CONF -a 0.0.0.0:1069 $FILES 2>>$LOG 3>&- &
		timeout 10 tail -n +1 -F $LOG 2>/dev/null | grep -qm 1 'listening on'
		python3 $HERE/tftpd/nonsense.py 192.0.2.1 192.0.2.255 1069
		kill \$!
		wait \$!
	END
	touch "$LOG"
	unshare -n sh -e inside
	cat "$LOG"
	[ "$(grep -cE 'get|refused' "$LOG")" -eq 1 ]
	grep -q 'get file=f ip=192.0.2.1 .*result=ok' "$LOG"
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

# A folder of the name that was asked for ended the search.
@test "several folders: one of that name is no file, and the next has it" {
	mkdir "$HOUSE/second" "$FILES/boot" "$FILES/alone" "$FILES/mine"
	printf second >"$HOUSE/second/boot"
	: >"$HOUSE/second/mine"
	chmod 666 "$HOUSE/second/mine"
	chmod 777 "$HOUSE/second"
	serve "$FILES" "$HOUSE/second"
	play <<-END
		C: RRQ boot octet
		S: DATA 1 "second"
		C: ACK 1
		N:
		C: RRQ alone octet
		S: ERROR 2
		N:
		C: WRQ mine octet
		S: ACK 0
		C: DATA 1 "new"
		S: ACK 1
	END
	[ "$(cat "$HOUSE/second/mine")" = new ]
	logged "file=alone .*tried=$FILES/alone reason=\"not a regular file\""
}

@test "ERRORs leave from one port, where nothing is heard; a transfer has its own" {
	make_file f 100
	serve "$FILES"
	play <<-'END'
		C: RRQ a octet
		S: ERROR 1
		C2: RRQ b octet
		S2: ERROR 1
		C2: RRQ f mail
		S2: ERROR 4
		C: ACK 0
		C2: ERROR 0 ""
		N:
		C: RRQ f octet
		S: DATA 1 100
		C: ACK 1
	END
	logged 'file=f .*result=ok'
}
