#!/usr/bin/env bats
# smtpd: transcripts in every way it can be started, what lies in the Maildirs afterwards, and what
# happens when something dies or is full in the middle.

load helper
load modes

# A session by hand: descriptor $C.
connect() {
	exec {C}<>"/dev/tcp/127.0.0.1/$PORT"
	hear 220
}

say() { # LINE ...
	printf '%s\r\n' "$@" >&"$C"
}

# The next reply, all lines of it, begins so.
hear() { # TEXT
	local line
	while read -r -t 20 -u "$C" line && [[ $line = ???-* ]]; do :; done
	[[ $line = "$1"* ]] || { echo "wanted $1, got $line" && return 1; } >&2
}

# Up to the 354 and the first lines of a message.
begin_message() { # RECIPIENT ...
	local to
	connect
	say 'EHLO client.example.net'
	hear 250
	say 'MAIL FROM:<a@example.net>'
	hear 250
	for to in "$@"; do
		say "RCPT TO:<$to>"
		hear '250 2.1.5'
	done
	say DATA
	hear 354
	say 'Subject: test' '' 'one line'
}

text() { # OCTETS, in lines of 76 and their ends
	head -c "$(($1 / 78 * 76))" /dev/zero | tr '\0' a | fold -w 76 | awk '{ printf "%s\r\n", $0 }' >&"$C"
}

end_message() {
	say .
	hear "${1:-250 2.0.0}"
}

# The server has closed.
closed() {
	local line
	if read -r -t 20 -u "$C" line; then
		echo "not closed: $line" >&2
		return 1
	fi
	exec {C}>&-
}

send() { # RECIPIENT ...
	begin_message "$@"
	end_message
	say QUIT
	hear 221
	closed
}

children() { # PID
	local pids
	read -r -a pids <"/proc/$1/task/$1/children" || true
	echo "${pids[@]}"
}

# The two processes of the one session there is.
processes() {
	KEEPER=$(children "$PID")
	FRONT=$(children "$KEEPER")
	[ -n "$KEEPER" ] && [ -n "$FRONT" ]
}

wait_for() { # COMMAND ...: until it is true; at most 20 s
	local tries
	for ((tries = 0; tries < 2000; tries++)); do
		! "$@" || return 0
		read -r -t 0.01 <><(:) || true
	done
	echo "never: $*" >&2
	return 1
}

messages() { # USER ...: the files of delivered messages
	local user
	for user in "$@"; do
		find "$HOUSE/mail/$user/new" -type f 2>/dev/null
	done
}

count() { # WANTED USER ...
	local wanted=$1 got
	shift
	got=$(messages "$@" | wc -l)
	[ "$got" -eq "$wanted" ] || { echo "$got messages of $*, not $wanted" && return 1; } >&2
}

no_drafts() {
	[ -z "$(find "$HOUSE"/mail/*/tmp -type f)" ]
}

logged() { # REGEX
	grep -qE "$1" "$BATS_TEST_TMPDIR/smtpd.log" ||
		{ echo "not logged: $1" && cat "$BATS_TEST_TMPDIR/smtpd.log" && return 1; } >&2
}

# Does not start: the status and what is said.
refuses() { # STATUS TEXT ARGUMENT ...
	local wanted=$1 text=$2
	shift 2
	run "$(program smtpd)" -f "$CONF" "$@" </dev/null
	[ "$status" -eq "$wanted" ] && [[ $output = *"$text"* ]] || { echo "$status: $output" && return 1; } >&2
}

start() {
	start_daemon smtpd -DF -l 127.0.0.1:0 "$@"
}

# bats test_tags=builds
@test "every command, in order and out of it" {
	play_everywhere "$HERE/smtpd/commands.talk" smtpd
}

# bats test_tags=builds
@test "addresses and parameters, good and bad; no relaying" {
	play_everywhere "$HERE/smtpd/addresses.talk" smtpd
}

# bats test_tags=builds
@test "long names and lines; the tail of a line is no command" {
	play_everywhere "$HERE/smtpd/lengths.talk" smtpd
}

# bats test_tags=builds
@test "only CRLF.CRLF ends a message; bare CR, bare LF and NUL are refused" {
	play_everywhere "$HERE/smtpd/ends.talk" smtpd
	count 0 alice
}

# bats test_tags=builds
@test "messages pipelined, empty and full of dots" {
	play_everywhere "$HERE/smtpd/messages.talk" smtpd
	count 2 alice
	count 2 bob
	no_drafts
}

# bats test_tags=builds
@test "too many errors" {
	play_everywhere "$HERE/smtpd/errors.talk" smtpd
}

# bats test_tags=builds
@test "the same whatever pieces a burst comes in" {
	local size
	fixture
	start
	for size in 2 3 5 7 13 64 301; do
		"$TALK" -s "$size" "$HERE/smtpd/messages.talk" connect 127.0.0.1 "$PORT"
	done
	count 14 alice
	[ "$(messages alice | xargs -d '\n' -n 1 tail -n +5 | sort -u | md5sum)" = \
		"$(messages alice | head -n 2 | xargs -d '\n' -n 1 tail -n +5 | sort -u | md5sum)" ]
}

# bats test_tags=builds
@test "what is stored: trace lines, LF, dots unstuffed, sizes in the name, 0600" {
	local file
	fixture
	start
	begin_message alice@example.org
	say ..dot '..' ''
	end_message
	say QUIT
	hear 221
	file=$(messages alice)
	cat -A "$file"
	[ "$(sed -n 1p "$file")" = 'Return-Path: <a@example.net>' ]
	[ "$(sed -n 2p "$file")" = 'Received: from client.example.net ([127.0.0.1])' ]
	[[ $(sed -n 3p "$file") =~ ^$'\t''by mail.example.org with ESMTP id '[0-9A-FP]+$ ]]
	[[ $(sed -n 4p "$file") =~ ^$'\t''for <alice@example.org>; '[A-Z][a-z]{2}', '[0-9]{2}' '[A-Z][a-z]{2}' '20[0-9]{2}' '[0-9:]{8}' '[+-][0-9]{4}$ ]]
	[ "$(tail -n +5 "$file" | od -An -c)" = "$(printf 'Subject: test\n\none line\n.dot\n.\n\n' | od -An -c)" ]
	[ "$(stat -c %a:%u:%g "$file")" = "600:$OWNER" ]
	[[ $file = *",S=$(stat -c %s "$file"),W=$(sed 's/$/\r/' "$file" | wc -c)" ]]
	logged "message id=$(sed -n '3s/.* //p' "$file") ip=127.0.0.1 helo=client.example.net from=<a@example.net> to=1 octets=$(stat -c %s "$file") status=2.0.0 ms="
}

# bats test_tags=builds
@test "a made-up HELO and a quoted sender cannot break the trace lines" {
	local file
	fixture
	start
	connect
	say $'HELO a(b)<c>;\x01d"e f\xff' 'MAIL FROM:<"a> b\"c"@example.net>' 'RCPT TO:<"alice"@example.org>' DATA
	hear '250 mail'
	hear '250 2.1.0'
	hear '250 2.1.5'
	hear 354
	end_message
	file=$(messages alice)
	cat -A "$file"
	[ "$(sed -n 1p "$file")" = 'Return-Path: <"a> b\"c"@example.net>' ]
	[ "$(sed -n 2p "$file")" = 'Received: from a?b??c???d?e?f? ([127.0.0.1])' ]
	grep -q $'^\tby mail.example.org with SMTP id [0-9A-FP]*$' "$file"
	grep -q $'^\tfor <alice@example.org>; ' "$file"
	[ "$(wc -l <"$file")" -eq 4 ]
	exec {C}>&-
}

# Over a pipe nobody knows who the client is; over IPv6 the address is a literal with a tag.
@test "Received without an address, and with one of IPv6" {
	local script=$BATS_TEST_TMPDIR/one.talk
	fixture
	printf '%s\n' 'S: 220 mail.example.org ESMTP' 'C: HELO x' 'C: MAIL FROM:<>' 'C: RCPT TO:<alice>' 'C: DATA' \
		'S: 250 mail.example.org' 'S: 250 2.1.0 Sender OK' 'S: 250 2.1.5 Recipient OK' \
		'S: 354 End with a line that is one dot' 'C: .' 'S~ 250 2\.0\.0 .*' 'C: QUIT' 'S: 221 2.0.0 Goodbye' >"$script"
	play_started pipe "$script" smtpd
	[ "$(sed -n 2p "$(messages alice)")" = 'Received: from x' ]
	rm "$(messages alice)"
	start_daemon smtpd -DF -l '[::1]:0'
	"$TALK" "$script" connect ::1 "$PORT"
	[ "$(sed -n 2p "$(messages alice)")" = 'Received: from x ([IPv6:::1])' ]
	[ "$(sed -n 1p "$(messages alice)")" = 'Return-Path: <>' ]
}

# bats test_tags=builds
@test "several recipients share one file by hard links; who is named twice gets one" {
	fixture
	start
	send alice@example.org bob@example.org ALICE@EXAMPLE.ORG postmaster
	count 1 alice
	count 1 bob
	count 1 postmaster
	[ "$(messages alice bob postmaster | xargs -d '\n' stat -c %i:%h | sort -u | wc -l)" -eq 1 ]
	[ "$(stat -c %h "$(messages alice)")" -eq 3 ]
	[ "$(grep -c 'for <' "$(messages alice)")" -eq 0 ]
	logged 'to=4 '
	no_drafts
}

@test "recipients with owners of their own get copies, and each group links" {
	needs_root || return 0
	local user
	fixture
	for user in carol dave erin; do
		add_user "$user" x
	done
	printf 'uid 4300\ngid 4300\n' >>"$HOUSE/accounts/carol"
	printf 'uid 4300\ngid 4300\n' >>"$HOUSE/accounts/erin"
	printf 'uid 4301\ngid 4302\n' >>"$HOUSE/accounts/dave"
	rm -rf "$HOUSE/mail/"{carol,dave,erin}
	chmod 1777 "$HOUSE/mail"
	start
	send alice carol bob dave erin
	[ "$(stat -c %u:%g:%h "$(messages alice)")" = "$OWNER:2" ]
	[ "$(stat -c %u:%g:%h "$(messages carol)")" = 4300:4300:2 ]
	[ "$(stat -c %u:%g:%h "$(messages dave)")" = 4301:4302:1 ]
	[ "$(stat -c %u:%g "$HOUSE/mail/dave/new")" = 4301:4302 ]
	cmp "$(messages alice)" "$(messages bob)"
	cmp "$(messages alice)" "$(messages carol)"
	cmp "$(messages alice)" "$(messages dave)"
	cmp "$(messages alice)" "$(messages erin)"
	no_drafts
}

@test "a hundred recipients" {
	local i to=()
	fixture
	for ((i = 0; i < 100; i++)); do
		cp -p "$HOUSE/accounts/alice" "$HOUSE/accounts/user$i"
		to+=("user$i@example.org")
	done
	start
	send "${to[@]}"
	[ "$(find "$HOUSE/mail" -path '*/new/*' -type f -links 100 | wc -l)" -eq 100 ]
}

@test "too many recipients: 452, and those accepted before stay" {
	local i
	fixture
	echo 'recipients 100' >>"$CONF"
	start
	connect
	say 'HELO x' 'MAIL FROM:<>'
	hear 250
	hear 250
	for ((i = 0; i < 100; i++)); do
		say 'RCPT TO:<alice>'
	done
	say 'RCPT TO:<bob>' DATA
	for ((i = 0; i < 100; i++)); do
		hear '250 2.1.5'
	done
	hear '452 4.5.3'
	hear 354
	end_message
	count 1 alice
	count 0 bob
	exec {C}>&-
}

# bats test_tags=builds
@test "accounts: by address before local part, revoked, forwarded, broken" {
	fixture
	add_user bob@example.org x
	add_user carol x
	printf 'revoked\n' >>"$HOUSE/accounts/alice"
	printf 'forward bob\n' >>"$HOUSE/accounts/carol"
	add_user dave x
	chmod 666 "$HOUSE/accounts/dave"
	echo 'domains example.org example.net' >>"$CONF"
	start
	connect
	say 'HELO x' 'MAIL FROM:<>' 'RCPT TO:<carol>' 'RCPT TO:<dave>'
	hear 250
	hear 250
	hear '451 4.3.0'
	hear '451 4.3.0'
	say 'RCPT TO:<Alice@example.net>' 'RCPT TO:<BOB@example.org>' DATA
	hear '250 2.1.5'
	hear '250 2.1.5'
	hear 354
	end_message
	count 1 alice
	count 1 bob@example.org
	count 0 bob
	exec {C}>&-
}

# bats test_tags=builds
@test "our own address as a literal is a local domain" {
	fixture
	start
	connect
	say 'HELO x' 'MAIL FROM:<>' 'RCPT TO:<alice@[127.0.0.1]>' 'RCPT TO:<alice@[127.0.0.2]>'
	hear 250
	hear 250
	hear 250
	hear '550 5.7.1'
	exec {C}>&-
}

# bats test_tags=builds
@test "a message over the limit is read to its end and refused" {
	fixture
	echo 'message-size 100000' >>"$CONF"
	start
	begin_message alice
	text 2000000
	end_message '552 5.3.4'
	say 'MAIL FROM:<> SIZE=100001'
	hear '552 5.3.4'
	say 'MAIL FROM:<> SIZE=100000' 'RCPT TO:<alice>' DATA
	hear 250
	hear 250
	hear 354
	# 99998 octets and CR LF: just so many.
	head -c 99998 /dev/zero | tr '\0' a >&"$C"
	say ''
	end_message
	count 1 alice
	say 'MAIL FROM:<>' 'RCPT TO:<alice>' DATA
	hear 250
	hear 250
	hear 354
	head -c 99999 /dev/zero | tr '\0' a >&"$C"
	say ''
	end_message '552 5.3.4'
	count 1 alice
	no_drafts
	logged 'status=5.3.4'
	exec {C}>&-
}

# bats test_tags=builds
@test "a client that is gone before the dot leaves nothing" {
	fixture
	start
	begin_message alice bob
	exec {C}>&-
	wait_for logged 'end=closed'
	stop_daemon smtpd
	count 0 alice bob
	no_drafts
	logged 'message .*status=lost'
}

# bats test_tags=builds
@test "waiting ends: for a command, and in a message that drips" {
	local line
	fixture
	echo 'timeout 1' >>"$CONF"
	start
	connect
	hear '421 4.4.2'
	closed
	begin_message alice
	# Less than what earns another second.
	while say drip 2>/dev/null && ! read -r -t 0.1 -u "$C" line; do :; done
	[[ $line = '421 4.4.2'* ]]
	exec {C}>&-
	stop_daemon smtpd
	count 0 alice
	no_drafts
	logged 'end=timeout'
}

# bats test_tags=builds
@test "SIGTERM in the middle of a message: it is delivered, then the session ends" {
	fixture
	start
	begin_message alice
	kill "$PID"
	wait_for logged 'smtpd\[[0-9]*\]: (ends|stops)|stopping'
	say 'more of it'
	end_message
	hear '421 4.3.2'
	closed
	stop_daemon smtpd
	count 1 alice
	no_drafts
}

# bats test_tags=builds
@test "kill -9 of the front in a message: nothing is delivered, no draft stays" {
	fixture
	start
	begin_message alice bob
	processes
	[ -n "$(find "$HOUSE/mail/alice/tmp" -type f)" ]
	kill -9 "$FRONT"
	closed
	stop_daemon smtpd
	count 0 alice bob
	no_drafts
	logged 'status=lost'
}

# bats test_tags=builds
@test "kill -9 of the keeper in a message: 421, nothing is delivered" {
	fixture
	start
	begin_message alice bob
	processes
	kill -9 "$KEEPER"
	wait_for logged 'died of signal 9'
	end_message '421 4.3.0'
	closed
	stop_daemon smtpd
	count 0 alice bob
	# That line is what the test has asked for.
	sed -i '/died of signal 9/d' "$BATS_TEST_TMPDIR/smtpd.log"
}

# bats test_tags=builds
@test "kill -9 of the parent: the session goes on to its end" {
	fixture
	start
	begin_message alice
	kill -9 "$PID"
	wait "$PID" || true
	end_message
	count 1 alice
	say QUIT
	hear 221
	closed
	unset 'DAEMON[smtpd]'
}

as_strace() { # FILE: daemons that start from now on are traced
	RUNAS=(strace -D -f -y -s 64 -o "$1" -e 'trace=fsync,fdatasync,renameat,renameat2,linkat,sendto')
}

# What a trace holds of a delivery, in order: each fsync of a file in tmp/ or of new/, each new name.
steps() { # FILE
	sed -n -e 's/.*fsync(.*\/tmp\/[^\/]*>.*/data/p' -e 's/.*fsync(.*\/new>.*/folder/p' \
		-e 's/.*fsync(.*/another fsync/p' -e 's/.*fdatasync(.*/another fsync/p' \
		-e 's/.*renameat.*/rename/p' -e 's/.*linkat.*/link/p' \
		-e 's/.*"250 2\.0\.0 [0-9A-F]*P.*/reply/p' "$1" | paste -sd ' '
}

# bats test_tags=once
@test "one recipient: two fsyncs, the data before the rename, new/ before the reply" {
	local trace=$BATS_TEST_TMPDIR/trace
	fixture
	as_strace "$trace"
	start
	send alice
	stop_daemon smtpd
	[ "$(steps "$trace")" = 'data rename folder reply' ]
}

# bats test_tags=once
@test "several recipients: one fsync of the data, all links, then one fsync for each new/" {
	local trace=$BATS_TEST_TMPDIR/trace
	fixture
	add_user carol x
	as_strace "$trace"
	start
	send alice bob carol
	stop_daemon smtpd
	[ "$(steps "$trace")" = 'data link link rename folder folder folder reply' ]
}

# A disk of 256 KiB, which only the daemon sees, in place of a folder.
small_disk() { # FOLDER
	local mount='mount -t tmpfs -o size=256k,mode=700,uid=$3,gid=$4 none "$2"'
	RUNAS=(unshare -m sh -c "$mount"' && shift 4 && exec "$@"' sh "$HOUSE" "$1" "${OWNER%:*}" "${OWNER#*:}")
}

seen() { # FILE ...: as the daemon sees them
	find "${@/#//proc/$PID/root}" -type f
}

@test "a full disk: 452, nothing left in tmp; then room again" {
	needs_root || return 0
	local i
	fixture
	mkdir -p "$HOUSE/mail/alice"
	small_disk "$HOUSE/mail/alice"
	start
	begin_message alice
	text 1000000
	end_message '452 4.3.1'
	[ -z "$(seen "$HOUSE/mail/alice")" ]
	for ((i = 0; i < 3; i++)); do
		say 'MAIL FROM:<a@example.net>' 'RCPT TO:<alice>' DATA
		hear 250
		hear 250
		hear 354
		say 'it fits'
		end_message
	done
	[ "$(seen "$HOUSE/mail/alice/new" | wc -l)" -eq 3 ]
	say QUIT
	hear 221
}

# All or none: bob's copy does not fit, so alice gets nothing either.
@test "a second recipient's disk is full: nobody gets the message" {
	needs_root || return 0
	fixture
	mkdir -p "$HOUSE/mail/bob"
	small_disk "$HOUSE/mail/bob"
	start
	begin_message alice bob
	text 1000000
	end_message '452 4.3.1'
	[ -z "$(seen "$HOUSE/mail/alice" "$HOUSE/mail/bob")" ]
	# A small one gets to both, on two file systems.
	say 'MAIL FROM:<a@example.net>' 'RCPT TO:<alice>' 'RCPT TO:<bob>' DATA
	hear 250
	hear 250
	hear 250
	hear 354
	end_message
	[ "$(seen "$HOUSE/mail/alice/new" "$HOUSE/mail/bob/new" | wc -l)" -eq 2 ]
	[ "$(seen "$HOUSE/mail/alice/tmp" "$HOUSE/mail/bob/tmp" | wc -l)" -eq 0 ]
	say QUIT
	hear 221
}

# A folder that is mounted once more has the same st_dev, and still no link leads into it.
@test "where links are impossible a copy is made, which the next ones share" {
	needs_root || return 0
	local user
	fixture
	add_user carol x
	mkdir "$HOUSE/aside"
	for user in bob carol; do
		echo "maildir $HOUSE/aside/$user" >>"$HOUSE/accounts/$user"
	done
	chown -R "$OWNER" "$HOUSE/aside"
	RUNAS=(unshare -m sh -c 'mount --bind "$1" "$1" && shift && exec "$@"' sh "$HOUSE/aside")
	start
	send alice bob carol
	[ "$(stat -c %h "$(messages alice)")" -eq 1 ]
	[ "$(find "$HOUSE/aside" -type f -links 2 | wc -l)" -eq 2 ]
	cmp "$(messages alice)" "$(find "$HOUSE/aside/bob/new" -type f)"
	[ -z "$(find "$HOUSE" -path "$HOUSE/*/tmp/*")" ]
}

@test "a folder in the way of one Maildir: the others get nothing, and no draft stays" {
	fixture
	rm -rf "$HOUSE/mail/bob"
	: >"$HOUSE/mail/bob"
	start
	begin_message alice bob
	end_message '451 4.3.0'
	say 'MAIL FROM:<a@example.net>' 'RCPT TO:<bob>' DATA
	hear 250
	hear 250
	hear '451 4.3.0'
	say QUIT
	hear 221
	count 0 alice
	[ -z "$(find "$HOUSE" -path "$HOUSE/mail/*/tmp/*")" ]
	logged 'delivery failed: maildir=.*/bob'
}

# bats test_tags=sandbox
@test "a live front: jailed, nothing in its hands but client, keeper, and in DATA the spool" {
	needs_root || return 0
	fixture
	start
	connect
	processes
	grep -qE '^Uid:\s65534\s65534\s65534\s65534$' "/proc/$FRONT/status"
	grep -qE '^Seccomp:\s2$' "/proc/$FRONT/status"
	grep -qE '^NoNewPrivs:\s1$' "/proc/$FRONT/status"
	[ "$(readlink "/proc/$FRONT/root")" = "$HOUSE/run/empty" ]
	[ "$(ls "/proc/$FRONT/fd" | paste -sd ' ')" = '0 1 2 3' ]
	[ "$(readlink /proc/$FRONT/fd/* | grep -vc socket)" -eq 0 ]
	exec {C}>&-
	wait_for logged end=closed
	begin_message alice
	processes
	[ "$(readlink /proc/$FRONT/fd/* | grep -vc socket)" -eq 1 ]
	[[ $(readlink /proc/$FRONT/fd/4) = "$HOUSE/mail/alice/tmp/"* ]]
	end_message
	[ "$(ls "/proc/$FRONT/fd" | paste -sd ' ')" = '0 1 2 3' ]
	exec {C}>&-
}

# bats test_tags=large
@test "64 MiB and back with the same SHA-256, and little memory" {
	local sum
	fixture
	echo 'message-size 1G' >>"$CONF"
	start
	begin_message alice
	# Dots at line ends and starts, and 8-bit.
	head -c 67108864 /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2>/dev/null | tr '\000\r\n' '.ab' |
		fold -b -w 76 >"$BATS_TEST_TMPDIR/sent"
	echo >>"$BATS_TEST_TMPDIR/sent"
	sum=$(sha256sum <"$BATS_TEST_TMPDIR/sent")
	sed 's/^\./../; s/$/\r/' "$BATS_TEST_TMPDIR/sent" >&"$C"
	processes
	! is_root || awk '/RssAnon/ { print; if ($2 > 2048) exit 1 }' "/proc/$FRONT/status" "/proc/$KEEPER/status" >&2
	end_message
	[ "$(tail -n +8 "$(messages alice)" | sha256sum)" = "$sum" ]
	exec {C}>&-
}

@test "real clients: curl, Python's smtplib" {
	fixture
	start
	printf 'Subject: from curl\r\n\r\n.\r\n..dots\r\nend\r\n' >"$BATS_TEST_TMPDIR/mail"
	curl -sS "smtp://127.0.0.1:$PORT" --mail-from a@example.net --mail-rcpt alice@example.org \
		--mail-rcpt bob@example.org -T "$BATS_TEST_TMPDIR/mail"
	[ "$(tail -n +5 "$(messages alice)")" = "$(tr -d '\r' <"$BATS_TEST_TMPDIR/mail")" ]
	run curl -sS "smtp://127.0.0.1:$PORT" --mail-from a@example.net --mail-rcpt b@example.net \
		-T "$BATS_TEST_TMPDIR/mail"
	[ "$status" -ne 0 ] && [[ $output = *550* ]]
	python3 - "$PORT" <<-'END'
		import smtplib, sys
		s = smtplib.SMTP("127.0.0.1", int(sys.argv[1]))
		refused = s.sendmail("a@example.net", ["bob@example.org", "nobody@example.org"],
		"Subject: from Python\n\n.\n..\n" + "x" * 100000 + "\n", ["BODY=8BITMIME"])
		assert list(refused) == ["nobody@example.org"] and refused["nobody@example.org"][0] == 550, refused
		assert s.verify("bob")[0] == 252
		assert b"MAIL" in s.help()
		s.quit()
	END
	count 2 bob
	grep -lq 'Subject: from Python' "$HOUSE"/mail/bob/new/*
}

# bats test_tags=once
@test "settings it cannot serve with: one line, and the status of sysexits" {
	fixture
	refuses 78 'domains: "x@" is not a domain name' -o 'domains=example.org x@'
	refuses 78 'not a domain name' -o 'hostname=a b'
	refuses 78 'cannot read the account folder' -o "accounts=$HOUSE/none"
	refuses 78 'recipients' -o recipients=1
	refuses 64 usage -x
}
