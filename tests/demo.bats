#!/usr/bin/env bats
# What a stranger runs first: make demo and make run.
#
# bats file_tags=once

load helper

# Nothing is left: no process, no file in the folder for temporary files.
leaves_nothing() {
	[ -z "$(ls -A "$TMPDIR")" ] || { ls -lAR "$TMPDIR" && false; }
	! pgrep -f "$TMPDIR" || { ps -ef && false; }
}

setup() {
	export TMPDIR=$BATS_TEST_TMPDIR/tmp TRIVET
	mkdir -m 1777 "$TMPDIR"
}

@test "the demonstration shows mail and a file going through, and leaves nothing behind" {
	sh "$HERE/demo" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || { cat "$BATS_TEST_TMPDIR/out" && false; }
	grep -q '^C: MAIL FROM' "$BATS_TEST_TMPDIR/out"
	[ "$(grep -c 'equal, [0-9]* octets' "$BATS_TEST_TMPDIR/out")" -eq 3 ]
	tail -n 1 "$BATS_TEST_TMPDIR/out" | grep -q 'all that was sent came back'
	leaves_nothing
}

@test "the demonstration fails, and leaves nothing behind, when mail comes back changed" {
	# A pop3 client that takes one octet for another stands between.
	mkdir -p "$BATS_TEST_TMPDIR/bad/tests"
	ln -s "$TRIVET"/{pop3d,smtpd,tftpd,mailuser} "$BATS_TEST_TMPDIR/bad"
	cp "$TESTBIN/fetch" "$BATS_TEST_TMPDIR/bad/tests"
	cat >"$BATS_TEST_TMPDIR/bad/tests/mail" <<-END
		#!/bin/sh
		[ "\$1" != as-nobody ] || exec "$TESTBIN/mail" "\$@"
		"$TESTBIN/mail" "\$@" || exit
		[ "\$1" != pop3 ] || sed -i 's/html/hxml/' "\$5"
	END
	chmod 755 "$BATS_TEST_TMPDIR/bad/tests/mail"
	TRIVET=$BATS_TEST_TMPDIR/bad run sh "$HERE/demo" 3>&-
	[ "$status" -eq 1 ]
	[[ $output == *'is not what was sent'* ]]
	leaves_nothing
}

# The ports are fixed, so this needs a network of its own.
@test "make run serves curl on its three ports, and ends cleanly at Ctrl-C" {
	use_terminals -s
	needs_root || return 0
	local clients='
		printf "Subject: hi\r\n\r\nIt works.\r\n" | curl -sS smtp://127.0.0.1:1025 \
			--mail-from me@example.org --mail-rcpt demo@example.org -T -
		curl -sS pop3://demo:demo@127.0.0.1:1110/1 | grep "It works."
		curl -sS tftp://127.0.0.1:1069/hello.txt | grep Hello'
	unshare -n sh -c 'ip link set lo up && exec "$@"' - \
		python3 "$HERE/ctrl_c.py" 'nc -C' "$clients" sh "$HERE/run" 3>&-
	leaves_nothing
}
