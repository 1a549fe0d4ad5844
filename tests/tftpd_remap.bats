#!/usr/bin/env bats
# tftpd: remap rules, and what -q tells of names.

load helper
load tftpd

query() { # STATUS ARGUMENT ...
	bats_require_minimum_version 1.5.0
	run "-$1" "$TRIVET/tftpd/tftpd" -f "$CONF" "${@:2}"
}

# The folder as it comes from Windows, and the command of the sample's comment, which renames.
windows_folder() {
	mkdir -p "$FILES/Boot/Fonts" "$FILES/Boot/X64"
	printf bcd >"$FILES/Boot/BCD"
	printf font >"$FILES/Boot/Fonts/wgl4_boot.ttf"
	head -c 20000 /dev/urandom >"$FILES/Boot/boot.SDI"
	printf first >"$FILES/Boot/X64/wdsnbp.com"
	(cd "$FILES" && eval "$(sed -n 's/^# *//; /^find/,/;$/p' "$HERE/../etc/tftp-map.windows")")
	[ "$(cd "$FILES" && find . -type f | sort | xargs)" = \
		"./boot/bcd ./boot/boot.sdi ./boot/fonts/wgl4_boot.ttf ./boot/x64/wdsnbp.com" ]
}

@test "Windows PXE: backslashes and any case, by the sample" {
	windows_folder
	serve -s -m "$HERE/../etc/tftp-map.windows" "$FILES"
	play <<-'END'
		C: RRQ "\\Boot\\BCD" octet
		S: DATA 1 "bcd"
		C: ACK 1
		N:
		C: RRQ "Boot\\\\Fonts\\wgl4_Boot.ttf" octet tsize 0
		S: OACK tsize 4
		C: ACK 0
		S: DATA 1 "font"
		C: ACK 1
		N:

		# The size first, which is given up with an ERROR; then the file, perhaps by windows.
		C: RRQ "/boot\\x64\\wdsnbp.com" octet tsize 0 blksize 1456
		S: OACK blksize 1456 tsize 5
		C: ERROR 8 "User aborted the transfer"
		C: RRQ "/boot\\x64\\wdsnbp.com" octet blksize 1456
		T: 2000
		S: OACK blksize 1456
		C: ACK 0
		S: DATA 1 "first"
		C: ACK 1
		N:
		C: RRQ "\\BOOT\\boot.sdi" octet tsize 0 blksize 1456 windowsize 8
		S: OACK blksize 1456 tsize 20000 windowsize 8
		C: ERROR 0 "TFTP Aborted"
		N:
		C: RRQ "\\boot\\..\\..\\etc\\passwd" octet
		S: ERROR 2 "Access violation"
		N:
		C: RRQ "\\Boot\\none" octet
		S: ERROR 1
	END
	logged 'get file="\\x5cBoot\\x5cBCD" .*result=ok'
	logged 'refused get file=.*tried=.*/files/boot/none reason=missing'
	logged 'reason="remap rule"'
}

@test "rules for uploads only, and by client" {
	mkdir -p "$FILES/in/127.0.0.1"
	chmod 777 "$FILES/in/127.0.0.1"
	cat >map <<-'END'
		aP ^/		No\ absolute\ names
		rP ^		in/\i/
		aG ^in/
	END
	serve -c -m map "$FILES"
	play <<-'END'
		C: WRQ f octet
		S: ACK 0
		C: DATA 1 "end"
		S: ACK 1
		N:
		C: WRQ /f octet
		S: ERROR 2 "No absolute names"
		N:
		C: RRQ in/127.0.0.1/f octet
		S: ERROR 2
	END
	[ "$(cat "$FILES/in/127.0.0.1/f")" = end ]
}

@test "a rule that is wrong is an error at the start, with file and line" {
	printf '# first\nr (a)\\1 b\n' >map
	query 78 -DF -a 127.0.0.1:0 -m map "$FILES"
	[[ $output = *"map, line 2: a back-reference in a pattern is not allowed" ]]
	printf 'r (a b\n' >map
	query 78 -DF -a 127.0.0.1:0 -m map "$FILES"
	[[ $output = *"map, line 1: "* ]]
	query 78 -DF -a 127.0.0.1:0 -m nowhere "$FILES"
	[[ $output = *nowhere* ]]
}

# Plays what standard input holds after the daemon has read its files again.
play_reread() {
	rereads=$((${rereads:-0} + 1))
	kill -HUP "$PID"
	timeout 20 sh -c "until [ \$(grep -cE 'remap rules (not )?read again' $LOG) -eq $rereads ]; do :; done"
	play
}

# bats test_tags=builds
@test "SIGHUP: the rules are read again; those that are wrong are logged, and the old ones stay" {
	printf one >"$FILES/one"
	printf two >"$FILES/two"
	echo 'r ^f$ one' >map
	serve -m map "$FILES"
	printf 'C: RRQ f octet\nS: DATA 1 "one"\nC: ACK 1\n' >first
	printf 'C: RRQ f octet\nS: DATA 1 "two"\nC: ACK 1\n' >second
	printf 'C: RRQ f octet\nS: ERROR 1\n' >missing
	play <first
	echo 'r ^f$ two' >map
	play <first
	play_reread <second
	printf '# changed\nr ^f$ one\nr (a one\n' >map
	play_reread <second
	rm map
	play_reread <second
	: >map
	play_reread <missing
	echo 'r ^f$ one' >map
	play_reread <first
	stop_daemon tftpd
	[ "$(grep -c 'settings read again' "$LOG")" -eq 5 ]
	[ "$(grep -c 'remap rules read again' "$LOG")" -eq 3 ]
	grep -q "remap rules not read again: $BATS_TEST_TMPDIR/map, line 3: " "$LOG"
	grep -q "remap rules not read again: cannot read $BATS_TEST_TMPDIR/map: No such file" "$LOG"
}

@test "a name on which the rules would work for long is refused, and the others are served" {
	local i
	make_file f 100
	for i in {1..20}; do
		echo 'r (a|b|c|d|e)*(a.{200})(.*e.{30})z x'
	done >map
	echo 's ^abcde' >>map
	serve -m map "$FILES"
	{
		printf 'C: RRQ %s octet\n' "$(printf 'abcde%.0s' {1..100})"
		echo 'T: 9000'
		echo 'S: ERROR 2 "Access violation"'
	} >long
	play <long
	play <<-'END'
		C: RRQ f octet
		S: DATA 1 100
		C: ACK 1
	END
	logged 'reason="remap rules take too long"'
}

@test "-q: which rules fit, and which file, or why none" {
	mkdir -p "$FILES/by/192.0.2.10"
	printf own >"$FILES/by/192.0.2.10/f"
	printf common >"$FILES/f"
	printf x >"$FILES/private"
	chmod 600 "$FILES/private"
	printf 'r ^/+\nri ^F$ f\na ^secret\n' >map
	query 0 -m map -o client-folders=by/%i -q /F "$FILES"
	[ "$output" = "asked     /F
line 1    F
line 2    f
served    $FILES/f, 6 octets" ]
	query 0 -m map -o client-folders=by/%i -q /f@192.0.2.10 "$FILES"
	[[ $output = *"served    $FILES/by/192.0.2.10/f, 3 octets" ]]
	query 66 -m map -q f@x@y "$FILES"
	[[ $output = *"refused   $FILES/f@x@y: missing: ERROR 1 "* ]]
	query 66 -m map -q secret "$FILES"
	[[ $output = *"line 3"*"refused   remap rule: ERROR 2 "* ]]
	query 66 -q private "$FILES"
	[[ $output = *"not world-readable: ERROR 2 "* ]]
	query 64 -q '' "$FILES"
	query 77 -o deny=192.0.2.0/24 -q f@192.0.2.1 "$FILES"
	[[ $output = *"refused   no answer: "* ]]
	query 0 -o deny=192.0.2.0/24 -q f@192.0.3.1 "$FILES"
}
