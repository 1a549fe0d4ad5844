#!/usr/bin/env bats
# pop3d: RETR through a program, by the setting filter.

load helper
load modes
load pop3d

# A shell script, which finds the folder $FILES to leave word in.
script() { # LINE ...
	FILES=$HOUSE/files
	chmod 777 "$FILES"
	printf '%s\n' '#!/bin/sh' "cd $FILES || exit" "$@" >"$FILES/script"
	chmod 755 "$FILES/script"
	mkfifo -m 666 "$FILES/never"
}

retrieves() { # LINE ...: message 1 comes as these
	say 'RETR 1'
	hear +OK "$@" .
}

fails() { # LOGGED
	say 'RETR 1'
	hear '-ERR [SYS/TEMP] the filter has failed'
	# The session goes on.
	say 'TOP 1 0'
	hear +OK 'Subject: one' '' .
	says "filter failed user=alice message=1700000001.M1P1.host $1$"
}

# It has ended; whether it was reaped is the matter of others.
gone() { # PID
	[ ! -e "/proc/$1" ] || [[ $(status "$1" State) = *Z* ]] || [ ! -e "/proc/$1" ]
}

# So have those of the script.
all_gone() {
	local pid
	for pid in $(cat "$FILES/pids"); do
		wait_for gone "$pid"
	done
}

nothing_in_tmp() {
	[ -z "$(ls -A "$HOUSE/mail/alice/tmp")" ]
}

# bats test_tags=builds
@test "RETR goes through the program; sizes and TOP are of what is stored" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/filter.talk" pop3d -o 'filter=/bin/sed s/Hell/.\n./'
	nothing_in_tmp
	! logged 'wrong size'
}

@test "the program: the user, a minimal environment, a group of its own, no other descriptor" {
	local user uid
	for user in root nobody; do
		as_user $user
		fixture
		two_letters
		start -o filter=/usr/bin/env
		login alice secret 2
		retrieves PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin USER=alice
		start -o 'filter=/bin/ls /proc/self/fd'
		login alice secret 2
		retrieves 0 1 2 3 # the last is the folder that ls reads
		uid=${OWNER%:*}
		start -o 'filter=/bin/grep -E ^((Uid|Sig[BIC]|NSpgid|NSpid|Seccomp|NoNewPrivs).*) /proc/self/status'
		login alice secret 2
		say 'RETR 1'
		timeout 20 sed '/^\.\r$/q; s/\r//' <&"$C" >"$BATS_TEST_TMPDIR/said"
		# Signals 32 and 33 are the C library's own, and stay as whoever started us had them.
		awk -v uid="$uid" '{ is[$1] = $0; own[$1] = $2 }
			END { exit !(is["Uid:"] == "Uid:\t" uid "\t" uid "\t" uid "\t" uid &&
				own["NSpid:"] == own["NSpgid:"] && own["Seccomp:"] == 0 && own["NoNewPrivs:"] == 0 &&
				own["SigBlk:"] ~ /^0+$/ && own["SigIgn:"] ~ /^0+(180000000)?$/) }' "$BATS_TEST_TMPDIR/said"
		retrieves_nothing_of_the_client
	done
}

# The helper has neither the client nor the log; the keeper is confined as ever.
retrieves_nothing_of_the_client() {
	local session helper
	session=$(children "$PID")
	helper=$(children "$session")
	[ "$(status "$helper" NoNewPrivs)" = 0 ]
	[ "$TRIVET_SANDBOX" = off ] || [ "$(status "$session" NoNewPrivs)" = 1 ]
	say QUIT
	hear +OK
	closed
	wait_for gone "$helper"
}

@test "a program that fails, crashes, or is none: SYS/TEMP, logged, and the session goes on" {
	fixture
	letter 1 'Subject: one\n\nHello\n'
	script 'read -r how <how' 'eval "$how"'
	start -o "filter=$FILES/script"
	login alice secret 1
	echo 'exit 3' >"$FILES/how"
	fails status=3
	echo 'kill -SEGV $$' >"$FILES/how"
	fails signal=11
	echo cat >"$FILES/how"
	retrieves 'Subject: one' '' Hello
	chmod -x "$FILES/script"
	fails status=127
	chmod +x "$FILES/script"
	rmdir "$HOUSE/mail/alice/tmp"
	fails errno=2 # there is no room for what it says
}

# It wrote until the disk was full, or for filter-timeout.
@test "output without end is cut off: SYS/TEMP, logged, and the session goes on" {
	fixture
	letter 1 'Subject: one\n\nHello\n'
	script 'yes | head -c 100000000'
	start -o "filter=$FILES/script" -o filter-timeout=60
	login alice secret 1
	fails 'status=153'
	nothing_in_tmp
	printf '%s\n' '#!/bin/sh' 'exec head -c 100000000 /dev/zero' >"$FILES/script"
	fails 'signal=25'
	nothing_in_tmp
	# Less than 64 MiB it may write.
	printf '%s\n' '#!/bin/sh' "cd $FILES" 'head -c 67000000 /dev/zero >much && rm much && cat' >"$FILES/script"
	retrieves 'Subject: one' '' Hello
}

@test "filter-timeout: the program and all that it has started are killed; the client is not idle" {
	fixture
	letter 1 'Subject: one\n\nHello\n'
	script 'cat never & echo $! $$ >pids' cat 'cat never'
	start -o "filter=$FILES/script" -o filter-timeout=3 -o autologout=2
	login alice secret 1
	fails seconds=3
	all_gone
	nothing_in_tmp
}

@test "a program that ends well leaves nothing behind, either" {
	fixture
	letter 1 'Subject: one\n\nHello\n'
	script 'cat never & echo $! $$ >pids' 'exec cat'
	start -o "filter=$FILES/script"
	login alice secret 1
	retrieves 'Subject: one' '' Hello
	all_gone
	nothing_in_tmp
}

@test "kill -9 of the session: its helper, and the program that runs, end with it" {
	local session helper
	fixture
	letter 1 'Subject: one\n\nHello\n'
	script 'cat never & echo $! $$ >pids.new; mv pids.new pids' 'cat never'
	start -o "filter=$FILES/script"
	login alice secret 1
	say 'RETR 1'
	wait_for test -e "$FILES/pids"
	session=$(children "$PID")
	helper=$(children "$session")
	kill -9 "$session"
	wait_for gone "$helper"
	all_gone
	closed
	nothing_in_tmp
	# And the maildrop is free.
	login alice secret 1
	all_over_but_one
	sed -i '/session [0-9]* died of signal 9/d' "$log"
}

all_over_but_one() {
	wait_for eval '[[ "$(children "$PID")" != *" "* ]]'
}

@test "kill -9 of the helper: RETR fails, and the rest goes on" {
	local helper
	fixture
	letter 1 'Subject: one\n\nHello\n'
	start -o filter=/bin/cat
	login alice secret 1
	retrieves 'Subject: one' '' Hello
	helper=$(children "$(children "$PID")")
	kill -9 "$helper"
	fails errno=32
	say QUIT
	hear +OK
	closed
}

@test "a relative path is no filter; without one, there is no helper" {
	fixture
	run "$TRIVET/pop3d/pop3d" -f "$CONF" -o filter=cat -n
	[ "$status" -eq 78 ]
	[[ $output = *'filter: "cat" is not a full path and arguments'* ]]
	start
	login alice secret 0
	wait_for no_children "$(children "$PID")"
	# Nor where there is nothing to filter yet.
	rm -r "$HOUSE/mail/alice"
	start -o filter=/bin/cat
	login alice secret 0
	wait_for no_children "$(children "$PID")"
}
