#!/usr/bin/env bats
# smtpd: what is on disk when, and in which order.
#
# bats file_tags=once

load helper
load smtpd

as_strace() { # FILE: daemons that start from now on are traced
	RUNAS=(strace -D -f -y -s 64 -o "$1" -e 'trace=fsync,fdatasync,io_setup,io_submit,io_getevents,renameat,renameat2,linkat,sendmsg')
}

# What a trace holds of a delivery, in order: each fsync, each new name, the keeper's answers to RCPT, DATA and
# the final dot. (Only root could see what the front says to the client.)
steps() { # FILE
	sed -n -e 's/.*fsync(.*\/tmp\/[^\/]*>.*/data/p' -e 's/.*fsync(.*\/new>.*/folder/p' \
		-e 's/.*fsync(.*/another fsync/p' -e 's/.*fdatasync(.*/another fsync/p' \
		-e 's/.*io_submit(.*\/new>.*\/new>.*\/new>.* = 3$/folders/p' \
		-e 's/.*io_getevents(.* = 3$/settled/p' \
		-e 's/.*renameat.*/rename/p' -e 's/.*linkat.*/link/p' \
		-e 's/.*sendmsg(.*iov_base="a", iov_len=1}.*/answer/p' "$1" | paste -sd ' '
}

@test "one recipient: two fsyncs, the data before the rename, new/ before the reply" {
	local trace=$BATS_TEST_TMPDIR/trace
	fixture
	as_strace "$trace"
	start
	send alice
	stop_daemon smtpd
	[ "$(steps "$trace")" = 'answer answer data rename folder answer' ]
}

@test "several recipients: one fsync of the data, all links, then every new/ at the same time" {
	local trace=$BATS_TEST_TMPDIR/trace
	fixture
	add_user carol x
	as_strace "$trace"
	start
	send alice bob carol
	stop_daemon smtpd
	[ "$(steps "$trace" | cut -d ' ' -f 5-)" = 'data link link rename folders settled answer' ]
}

@test "several recipients where the kernel syncs one file at a time: one new/ after the other" {
	local trace=$BATS_TEST_TMPDIR/trace call
	fixture
	add_user carol x
	for call in io_setup io_submit; do
		as_strace "$trace"
		RUNAS+=(-e "inject=$call:error=EAGAIN")
		start
		send alice bob carol
		stop_daemon smtpd
		grep -q "$call.*INJECTED" "$trace"
		[ "$(steps "$trace" | grep -o 'data.*')" = 'data link link rename folder folder folder answer' ]
	done
}

# Where the kernel has synced together, the end of the process takes a moment.
@test "a superserver's client has the end of the connection before the keeper's" {
	local trace=$BATS_TEST_TMPDIR/trace
	fixture
	add_user carol x
	python3 "$HERE/smtpd/inetd.py" alice bob carol -- "${RUNAS[@]}" strace -f -o "$trace" \
		-e trace=io_submit,close,exit_group "$(program smtpd)" -F -f "$CONF"
	[ "$(awk '/io_submit/ { keeper = $1 }
		$1 == keeper && /close\([01]\)|exit_group/ { print $2 }' "$trace" | xargs)" = \
		'close(0) close(1) exit_group(0)' ]
}

# What the kernel hears of a message's octets: where each part ends, and when it is synced.
told() { # RECIPIENT OCTETS START-OPTION ...
	local trace=$BATS_TEST_TMPDIR/trace
	RUNAS=(strace -D -f -o "$trace" -e trace=sync_file_range,fsync)
	start "${@:3}" >"$BATS_TEST_TMPDIR/out" # where a sink tells of mail
	begin_message "$1"
	text "$2"
	end_message
	stop_daemon smtpd
	sed -n 's/.*sync_file_range([0-9]*, \([0-9]*\), 262144, SYNC_FILE_RANGE_WRITE) *= 0$/\1/p
		s/.*\(fsync\)(.*/\1/p' "$trace"
}

@test "a large message begins to go to the disk while it comes in, a small one's or a sink's does not" {
	fixture
	[ "$(told alice 1000000 | xargs)" = '0 262144 524288 fsync fsync' ]
	[ "$(told alice 100000 | xargs)" = 'fsync fsync' ]
	[ -z "$(told anybody@example.org 1000000 -S "$HOUSE/sink")" ]
	[ -n "$(find "$HOUSE/sink/all/new" -size +900k)" ]
	grep -q 'exited with' "$BATS_TEST_TMPDIR/trace"
}
