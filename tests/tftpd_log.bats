#!/usr/bin/env bats
# tftpd: what the log tells.

load helper
load tftpd

@test "one line a transfer: what was asked and served, how, how much, and how it ended" {
	make_file real 700
	ln -s real "$FILES/f"
	serve -c -o overwrite=number "$FILES"
	play <<-'END'
		C: RRQ /f octet tsize 0 blksize 500
		S: OACK blksize 500 tsize 700
		C: ACK 0
		S: DATA 1 500
		C: ACK 1
		S: DATA 2 200
		C: ACK 2
		N:
		C: WRQ f netascii
		S: ACK 0
		C: DATA 1 "a\r\nb"
		S: ACK 1
		N:
		C: RRQ "a b=\n" octet
		S: ERROR 1
	END
	logged 'get file=/f ip=127\.0\.0\.1 served=.*/files/f mode=octet options=blksize:500,tsize:700 octets=700 blocks=2 resent=0 repeated=0 seconds=[0-9]+\.[0-9]{3} result=ok$'
	logged 'put file=f ip=127\.0\.0\.1 served=.*/files/f\.1 mode=netascii options=none octets=4 blocks=1 resent=0 repeated=0 seconds=[0-9.]+ result=ok$'
	logged 'refused get file="a b=\\x0a" ip=127\.0\.0\.1 tried=".*/files/a b=\\x0a" reason=missing$'
	[ "$(grep -cE 'get|put' "$LOG")" -eq 3 ]
}

@test "SIGUSR1: totals of all processes" {
	make_file f 600
	serve -c "$FILES"
	play <<-END
		C: RRQ f octet
		S: DATA 1 512
		C: ACK 1
		S: DATA 2 88
		C: ACK 2
		N:
		C: RRQ f octet
		S: DATA 1 512
		C: ERROR 0 "enough"
		N:
		C: WRQ g octet
		S: ACK 0
		C: DATA 1 100
		S: ACK 1
		N:
		C: RRQ none octet
		S: ERROR 1
		N:
		C: RRQ f mail
		S: ERROR 4
		X: timeout 20 sh -c 'until [ "\$(grep -c result= $LOG)" -eq 3 ]; do :; done'
		X: kill -USR1 $PID; timeout 20 sh -c 'until grep -q totals $LOG; do :; done'
	END
	logged 'totals get=1 put=1 failed=1 refused=2 octets-out=600 octets-in=100 resent=0 repeated=0$'
}

@test "-v: requests as they come, with what they ask for" {
	make_file f 600
	serve -v "$FILES"
	play <<-END
		C: RRQ f octet windowsize 4 blksize 1000
		S: OACK blksize 1000 windowsize 4
		C: ACK 0
		S: DATA 1 600
		C: ACK 1
	END
	logged 'asked get file=f ip=127\.0\.0\.1 mode=octet options=blksize:1000,windowsize:4$'
}

# As systemctl kill and pkill do.
@test "SIGUSR1 to transfers as well does not end them" {
	make_file f 600
	serve "$FILES"
	play <<-END
		C: RRQ f octet
		S: DATA 1 512
		X: kill -USR1 $PID \$(cat /proc/$PID/task/$PID/children)
		C: ACK 1
		S: DATA 2 88
		C: ACK 2
	END
	logged 'get file=f .* result=ok'
}
