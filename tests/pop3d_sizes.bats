#!/usr/bin/env bats
# pop3d: sizes that are counted and kept, ids that another server gave, quota and temporary files.

bats_require_minimum_version 1.5.0
load helper
load pop3d

kept() { # LINE ...: what trivet-sizes holds
	diff <(printf '%s\n' "$@") "$HOUSE/mail/alice/trivet-sizes"
}

# Puts standard input into alice's Maildir as a file of her own.
put_file() { # PATH
	install -m 600 -o "${OWNER%:*}" -g "${OWNER#*:}" /dev/stdin "$HOUSE/mail/alice/$1"
}

# A login, commands and QUIT at once; what the answers to the commands are, to standard output.
session() { # LINE ...
	connect
	say 'USER alice' 'PASS secret' "$@" QUIT
	read -r -t 20 -u "$C" && read -r -t 20 -u "$C"
	tr -d '\r' <&"$C"
	exec {C}>&-
	all_over
}

answers() { # WANTED-LINES COMMAND ...
	diff <(printf '%s\n' "$1" +OK) <(session "${@:2}")
}

is_traced() { # PID
	[ "$(status "$1" TracerPid)" = "$tracer" ]
}

# Writes down the system calls of a session from now on, until it ends.
trace() { # PID CALLS
	strace -qq -p "$1" -e "trace=$2" -o "$BATS_TEST_TMPDIR/calls" 3>&- &
	tracer=$!
	wait_for is_traced "$1"
}

@test "a foreign message is counted once: its size is kept, whatever becomes of its flags" {
	fixture
	two_letters
	letter 3 'Subject: three\n\nHello\n' ,S=22,W=25
	start
	answers '+OK 3 71' STAT
	kept 'trivet-sizes 1 imported' '23 - 1700000001.M1P1.host' '23 - 1700000002.M1P1.host'
	[ "$(stat -c '%a %u:%g' "$HOUSE/mail/alice/trivet-sizes")" = "600 $OWNER" ]
	[ -z "$(ls -A "$HOUSE/mail/alice/tmp")" ]
	# Nobody counts again: what is kept is believed.
	sed -i 's/^23 - \(.*2.M1P1\)/27 - \1/' "$HOUSE/mail/alice/trivet-sizes"
	cd "$HOUSE/mail/alice"
	mv new/1700000002.M1P1.host cur/1700000002.M1P1.host:2,S
	answers '+OK 3 75' STAT
	left new/1700000001.M1P1.host cur/1700000002.M1P1.host:2,S new/1700000003.M1P1.host,S=22,W=25
}

@test "sizes are kept without QUIT, entries of vanished messages are dropped, marks change nothing" {
	fixture
	two_letters
	start
	login alice secret 2
	say 'DELE 1' RSET LIST 'DELE 1'
	hear +OK +OK +OK '1 23' '2 23' . +OK
	exec {C}>&-
	all_over
	both_left
	kept 'trivet-sizes 1 imported' '23 - 1700000001.M1P1.host' '23 - 1700000002.M1P1.host'
	letter 3 'Subject: three\n\nHello\n'
	answers '+OK'$'\n''+OK 2 48' 'DELE 1' STAT
	kept 'trivet-sizes 1 imported' '23 - 1700000002.M1P1.host' '25 - 1700000003.M1P1.host'
	rm "$HOUSE/mail/alice/new/"*.M1P1.host
	letter 4 'Subject: four\n\nHello\n'
	answers '+OK 1 24' STAT
	kept 'trivet-sizes 1 imported' '24 - 1700000004.M1P1.host'
}

@test "a file of sizes that is not as it was written is ignored as a whole, and replaced" {
	local bad
	fixture
	two_letters
	start
	for bad in 'junk\n' '' 'trivet-sizes 2\n' 'trivet-sizes 1 imported' 'trivet-sizes 1\n99 - 1700000001.M1P1.host' \
		'trivet-sizes 1\n99 - 1700000001.M1P1.host\nx - 1700000002.M1P1.host\n' \
		'trivet-sizes 1\n99 - 1700000001.M1P1.host\n18446744073709551615 - 1700000002.M1P1.host\n' \
		'trivet-sizes 1\n99 - 1700000001.M1P1.host\n-1 - 1700000002.M1P1.host\n' \
		'trivet-sizes 1\n99 - 1700000001.M1P1.host\n 3\n' \
		'trivet-sizes 1\n99 - 1700000001.M1P1.host\n\0\n' \
		"trivet-sizes 1\n99 - 1700000001.M1P1.host\n3 - $(printf '%01000d' 0)\n"; do
		# shellcheck disable=SC2059
		printf "$bad" | put_file trivet-sizes
		answers $'+OK\n1 23\n2 23\n.' LIST || { echo "with: $bad" && false; }
		kept 'trivet-sizes 1 imported' '23 - 1700000001.M1P1.host' '23 - 1700000002.M1P1.host'
	done
	says 'ignored trivet-sizes'
	cd "$HOUSE/mail/alice"
	rm trivet-sizes && mkfifo trivet-sizes
	answers '+OK 2 46' STAT
	rm trivet-sizes && ln -s "$CONF" trivet-sizes
	answers '+OK 2 46' STAT
	[ -f trivet-sizes ] && [ ! -L trivet-sizes ] && grep -q '^hostname' "$CONF"
	rm trivet-sizes && mkdir trivet-sizes
	answers '+OK 2 46' STAT
	says 'cannot replace trivet-sizes'
	rmdir tmp
	answers '+OK 2 46' STAT
}

@test "what is empty, cannot be read, or has a line end in its name is not kept" {
	fixture
	letter 1 ''
	two_letters
	printf 'H: x\n\n' | put_mail alice $'1700000003\n99 - 1700000001.M1P1.host'
	chmod 0 "$HOUSE/mail/alice/new/1700000001.M1P1.host"
	! is_root || chown root "$HOUSE/mail/alice/new/1700000001.M1P1.host"
	start
	answers $'+OK\n1 0\n2 23\n3 8\n.' LIST
	kept 'trivet-sizes 1 imported' '23 - 1700000002.M1P1.host'
}

@test "a wrong size in a name is logged by RETR, a right one is not" {
	fixture
	letter 1 'Subject: one\n\n.Hello' ,S=20,W=24
	letter 2 'Subject: two\n\nHello\n' ,S=20
	letter 3 'Subject: two\n\nHello\n' ,S=20,W=24
	letter 4 'Subject: two\n\nHello\n' ,S=21
	start
	session 'TOP 3 0' 'RETR 1' 'RETR 2' >/dev/null
	[ "$(grep -c 'wrong size' "$log")" -eq 0 ]
	session 'RETR 3' 'RETR 4' >/dev/null
	says 'wrong size user=alice message="1700000003.M1P1.host,S=20,W=24" S=20 W=23'
	says 'wrong size user=alice message="1700000004.M1P1.host,S=21" S=20 W=23'
}

# A file that is nothing but flags made the line of a message without a name, and with it every later
# session ignored all that was kept: ids whose list had been removed since were lost.
@test "a message whose name is flags alone is kept like others, and spoils nothing" {
	fixture
	two_letters
	printf 'H: x\n\n' | put_mail alice :2,S
	printf '3 V15 N10\n7 :1700000001.M1P1.host\n' | put_file dovecot-uidlist
	start
	answers '+OK 3 54' STAT
	rm "$HOUSE/mail/alice/dovecot-uidlist"
	for _ in 1 2; do
		answers '+OK 2 000000070000000f' 'UIDL 2'
		answers '+OK 3 54' STAT
		kept 'trivet-sizes 1 imported' '8 - ' '23 000000070000000f 1700000001.M1P1.host' \
			'23 - 1700000002.M1P1.host'
	done
	! logged 'ignored trivet-sizes'
}

# bats test_tags=once
@test "20,000 foreign messages: opened once each, and never again" {
	fixture
	python3 - "$HOUSE/mail/alice/new" <<-'PY'
		import os, sys
		uid = os.stat(sys.argv[1]).st_uid
		for i in range(20000):
		    path = '%s/17%08d.M1P1.host' % (sys.argv[1], i)
		    open(path, 'w').write('Subject: x\n\n')
		    os.chown(path, uid, -1)
	PY
	start
	answers '+OK 20000 280000' STAT
	[ "$(wc -l <"$HOUSE/mail/alice/trivet-sizes")" -eq 20001 ]
	login alice secret 20000
	trace "$(children "$PID")" openat,newfstatat,stat
	say STAT QUIT
	hear '+OK 20000 280000' +OK
	wait $tracer
	[ "$(grep -c 1700 "$BATS_TEST_TMPDIR/calls")" -eq 0 ]
}

# An id for each of letters 1 to 3, by the name of a list.
uidls() { # ID ...
	local i lines='+OK'
	for ((i = 1; i <= $#; i++)); do lines+=$'\n'"$i ${!i}"; done
	answers "$lines"$'\n.' UIDL
}

three_letters() {
	two_letters
	letter 3 'Subject: three\n\nHello\n' ,S=22,W=25
}

dovecot_list() { # LINE ...
	printf '%s\n' '3 V1290642646 N25 G3085f01b7f11094c501100008c4a11c1' "$@" | put_file dovecot-uidlist
}

@test "the ids that Dovecot gave stay, are imported once, and need its list no more" {
	fixture
	three_letters
	mv "$HOUSE/mail/alice/new/1700000002.M1P1.host" "$HOUSE/mail/alice/cur/1700000002.M1P1.host:2,S"
	dovecot_list '255 :1700000001.M1P1.host:2,' '256 W23 :1700000002.M1P1.host:2,RS' junk '300 :1600000000.gone'
	start
	uidls 000000ff4ceda4d6 000001004ceda4d6 1700000003.M1P1.host,S=22,W=25
	says 'imported 2 ids from dovecot-uidlist'
	kept 'trivet-sizes 1 imported' '- 000000ff4ceda4d6 1700000001.M1P1.host' '- 000001004ceda4d6 1700000002.M1P1.host'
	# What Dovecot does from now on does not matter.
	dovecot_list '7 :1700000001.M1P1.host' '8 :1700000003.M1P1.host,S=22,W=25'
	uidls 000000ff4ceda4d6 000001004ceda4d6 1700000003.M1P1.host,S=22,W=25
	rm "$HOUSE/mail/alice/dovecot-uidlist"
	answers '+OK 3 71' STAT
	kept 'trivet-sizes 1 imported' '23 000000ff4ceda4d6 1700000001.M1P1.host' '23 000001004ceda4d6 1700000002.M1P1.host'
	answers $'+OK\n+OK 2 000001004ceda4d6' 'DELE 1' 'UIDL 2'
	uidls 000001004ceda4d6 1700000003.M1P1.host,S=22,W=25
}

@test "ids of Dovecot by other formats, and those that a message has of its own" {
	local format
	start_daemon_with() { fixture; three_letters; dovecot_list "${@:2}"; start -o "import-uidl=$1"; }
	start_daemon_with %v.%u '255 :1700000001.M1P1.host:2,' '256 PUID1-5 :1700000003.M1P1.host,S=22,W=25'
	uidls 1290642646.255 1700000002.M1P1.host UID1-5
	start_daemon_with %g '255 Gabc :1700000001.M1P1.host:2,' '256 :1700000003.M1P1.host,S=22,W=25'
	uidls abc 1700000002.M1P1.host 1700000003.M1P1.host,S=22,W=25
	start_daemon_with '' '255 :1700000001.M1P1.host:2,'
	uidls 1700000001.M1P1.host 1700000002.M1P1.host 1700000003.M1P1.host,S=22,W=25
	[ ! -e "$HOUSE/mail/alice/trivet-sizes" ]
	for format in %m %v '%{uid}'; do
		run -78 "$TRIVET/pop3d/pop3d" -DF -l 127.0.0.1:0 -f "$CONF" -o "import-uidl=$format"
	done
}

@test "the ids that Courier gave stay, by the format of each of its versions" {
	local list
	for list in '/1 8\n1700000001.M1P1.host 23 7\n' '/2 8 99\n1700000001.M1P1.host:2,S 23 7:0\n' \
		'/3 8 99\n1700000001.M1P1.host 23 7:0:0\n1700000002.M1P1.host 23 0:0:0\n'; do
		fixture
		three_letters
		# shellcheck disable=SC2059
		printf "$list" | put_file courierpop3dsizelist
		start
		uidls UID7 1700000002.M1P1.host 1700000003.M1P1.host,S=22,W=25
	done
	fixture
	three_letters
	printf '/3 9 99\n1700000003.M1P1.host,S=22,W=25:2,S 23 7:98:0\n1700000001.M1P1.host 23 8:99:1\n' |
		put_file courierpop3dsizelist
	start
	uidls UID8-99 1700000002.M1P1.host UID7-98
}

@test "imported ids are unique: the first message keeps one, and no id is another's name" {
	fixture
	three_letters
	dovecot_list '1 Psame :1700000003.M1P1.host,S=22,W=25' '2 Psame :1700000001.M1P1.host' \
		'3 P1700000001.M1P1.host :1700000002.M1P1.host'
	start
	uidls same 1700000002.M1P1.host 1700000003.M1P1.host,S=22,W=25
	uidls same 1700000002.M1P1.host 1700000003.M1P1.host,S=22,W=25
}

@test "a list that comes after the first session with messages changes no id" {
	fixture
	letter 1 'H: x\n\n'
	rm "$HOUSE/mail/alice/new/1700000001.M1P1.host"
	start
	answers '+OK 0 0' STAT
	[ ! -e "$HOUSE/mail/alice/trivet-sizes" ]
	two_letters
	answers '+OK' NOOP
	kept 'trivet-sizes 1 imported'
	dovecot_list '255 :1700000001.M1P1.host:2,'
	uidls 1700000001.M1P1.host 1700000002.M1P1.host
	# Unless what was kept is lost: then the list is the next best.
	echo junk | put_file trivet-sizes
	uidls 000000ff4ceda4d6 1700000002.M1P1.host
}

@test "a list that is no list, or no file, costs nothing" {
	fixture
	three_letters
	echo '2 what is this' | put_file dovecot-uidlist
	start
	uidls 1700000001.M1P1.host 1700000002.M1P1.host 1700000003.M1P1.host,S=22,W=25
	says 'cannot import dovecot-uidlist'
	fixture
	three_letters
	mkfifo "$HOUSE/mail/alice/dovecot-uidlist"
	ln -s /etc/passwd "$HOUSE/mail/alice/courierpop3dsizelist"
	start
	uidls 1700000001.M1P1.host 1700000002.M1P1.host 1700000003.M1P1.host,S=22,W=25
}

@test "maildirsize is kept right: a line for what QUIT removed, and nothing else" {
	fixture
	three_letters
	letter 4 'Subject: four\n\nHello\n'
	mv "$HOUSE/mail/alice/new/1700000004.M1P1.host" "$HOUSE/mail/alice/cur/1700000004.M1P1.host:2,ST"
	printf '1000000S,1000C\n106 4\n' | put_file maildirsize
	start
	answers $'+OK\n+OK' 'DELE 1' RSET
	answers $'+OK\n+OK\n+OK\n+OK 1 23' 'DELE 1' 'DELE 3' 'DELE 4' STAT
	diff <(printf '1000000S,1000C\n106 4\n-42 -2\n') "$HOUSE/mail/alice/maildirsize"
	cd "$HOUSE/mail/alice"
	rm maildirsize && ln -s "$CONF" maildirsize
	cp "$CONF" "$BATS_TEST_TMPDIR/conf"
	answers '+OK' 'DELE 1'
	cmp "$CONF" "$BATS_TEST_TMPDIR/conf"
}

# What is old enough is a matter of the clock: tests/unit/maildir_tidy.c.
@test "files in tmp/ that were made or changed just now stay, whatever their times of writing say" {
	fixture
	two_letters
	cd "$HOUSE/mail/alice/tmp"
	touch fresh changed
	mkdir folder
	touch -d '40 hours ago' changed folder
	start
	answers '+OK 2 46' STAT
	[ "$(ls -A | tr '\n' ' ')" = 'changed folder fresh ' ]
}

# bats test_tags=once
@test "100,000 messages with sizes in their names: none is opened or asked for, and each costs 24 octets" {
	fixture
	python3 - "$HOUSE/mail/alice/new" <<-'PY'
		import os, sys
		uid = os.stat(sys.argv[1]).st_uid
		for i in range(100000):
		    path = '%s/17%08d.M1P1.host,S=300000,W=310000' % (sys.argv[1], i)
		    os.close(os.open(path, os.O_CREAT, 0o600))
		    os.chown(path, uid, -1)
	PY
	start
	connect
	session=$(children "$PID")
	trace "$session" openat,newfstatat,fstat,stat,statx,sendto,write
	say 'USER alice' 'PASS secret' STAT
	hear '+OK send PASS' '+OK 100000 messages' '+OK 100000 31000000000'
	# A name and its NULs take 40 octets; the program itself, less than 1 MB.
	[ "$(status "$session" RssAnon | tr -cd 0-9)" -lt $((100000 * (40 + 24) / 1024 + 1024)) ]
	say LIST UIDL QUIT
	[ "$(wc -l <&"$C")" -eq 200005 ]
	wait $tracer
	[ -z "$(grep 17000 "$BATS_TEST_TMPDIR/calls" | grep -v sendto)" ]
	sends=$(grep -cE 'sendto|write' "$BATS_TEST_TMPDIR/calls")
	[ "$sends" -gt 20 ] && [ "$sends" -lt 60 ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/calls")" -lt 120 ]
}
