#!/usr/bin/env bats
# tftpd: real clients: curl, tftp-hpa, atftp and busybox.

load helper
load tftpd

busybox() {
	"$HERE/../build/aside/busybox-static/bin/busybox" "$@"
}

sizes='0 1 511 512 513 1024 65464 100000'

@test "curl, tftp-hpa, atftp and busybox fetch files of every edge" {
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
		for option in 512 1428 65464; do
			rm got
			busybox tftp -g -b "$option" -r "f$size" -l got 127.0.0.1 "$PORT"
			cmp got "$FILES/f$size"
		done
	done
}

@test "curl, tftp-hpa, atftp and busybox send files of every edge" {
	local size option
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
		for option in 512 1428 65464; do
			busybox tftp -p -b "$option" -l "sent/f$size" -r "d$size" 127.0.0.1 "$PORT"
			cmp "sent/f$size" "$FILES/d$size"
			rm "$FILES/d$size"
		done
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
		# Neither curl 7.88 nor tftp-hpa 5.2 can send so much.
		atftp --put -l got -r big 127.0.0.1 "$PORT"
		cmp got "$FILES/big"
	done
}

@test "100 transfers at once" {
	make_file f 300000
	serve -o clients-per-source=100 "$FILES"
	get_at_once 100 f
}
