#!/usr/bin/env bats
# smtpd: rcpt-hook and data-hook: what the programs get, and what becomes of what they say.
#
# bats file_tags=builds

load helper
load smtpd

# A hook of these lines of sh, where the daemon's user can run it; {} is the folder of its notes.
hook() { # SETTING SHELL-LINES
	local folder=$BATS_TEST_TMPDIR/hooks
	chmod 755 "$BATS_TEST_TMPDIR"
	[ -d "$folder" ] || install -d -m 1777 "$folder"
	printf '#!/bin/sh\n%s\n' "${2//\{\}/$folder}" >"$folder/$1"
	chmod 755 "$folder/$1"
	echo "$1 $folder/$1 one two" >>"$CONF"
	HOOKS=$folder
}

envelope() { # RECIPIENT ...
	local to
	connect
	say 'EHLO (x)$y;é' 'MAIL FROM:<"a b"@example.net>'
	hear 250
	hear 250
	for to in "$@"; do
		say "RCPT TO:<$to>"
		hear "${WANTED:-250 2.1.5}"
	done
}

message() { # WANTED
	say DATA
	hear 354
	say 'Subject: test' '' 'one line'
	end_message "$1"
}

@test "rcpt-hook: its surroundings; it is asked for recipients that exist only" {
	fixture
	hook rcpt-hook '{ echo "$@"; env | grep -v ^PWD= | sort; id -u; ls /proc/self/fd; cat; } >>{}/seen'
	start
	envelope alice@example.org
	WANTED='550 5.1.1' envelope nobody@example.org
	diff - "$HOOKS/seen" <<-END
		one two
		CLIENT=127.0.0.1
		HELO=(x)\$y;??
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
		RECIPIENT=alice@example.org
		SENDER="a b"@example.net
		$(is_root && id -u nobody || id -u)
		0
		1
		2
		3
	END
}

@test "what a hook writes to standard error is in the log alone" {
	fixture
	hook rcpt-hook 'echo "no such table" >&2; exit 77'
	start
	WANTED='550 5.7.1 Refused here' envelope alice
	logged " rcpt-hook complains: command=$HOOKS/rcpt-hook text=\"no such table\"\$"
}

@test "rcpt-hook: exit statuses and texts" {
	fixture
	hook rcpt-hook 'case $RECIPIENT in
		alice*) exit 0 ;;
		bob*) echo; printf "Wait\033[2J \303\251 a\tminute\r\n"; echo more; exit 75 ;;
		postmaster*) echo X-No: text; echo "Go away"; exit 77 ;;
		esac; head -c 100000 /dev/zero | tr "\0" a; exit 77'
	add_user carol x
	start
	WANTED='250 2.1.5 ' envelope alice
	WANTED='450 4.7.1 Wait?[2J ?? a?minute'$'\r' envelope bob
	WANTED='550 5.7.1 Go away'$'\r' envelope postmaster
	connect
	say 'HELO x' 'MAIL FROM:<>' 'RCPT TO:<carol>' NOOP
	hear 250
	hear 250
	hear '550 5.7.1 aaaaaaaaaa'
	hear '250 2.0.0'
	logged 'recipient refused ip=127.0.0.1 .*to=<bob> status=4.7.1'
	logged 'recipient refused ip=127.0.0.1 .*to=<postmaster> status=5.7.1'
}

@test "hooks that say nothing: the usual words; that fail: 451" {
	local status
	fixture
	hook rcpt-hook 'case $RECIPIENT in
		kill*) kill -9 $$ ;; late*) exec tail -f /dev/null ;; esac; exit ${RECIPIENT%@*}'
	for status in 75 77 1 78 127 255 kill; do
		add_user $status x
	done
	start
	WANTED='450 4.7.1 Not now, try again later' envelope 75@example.org
	WANTED='550 5.7.1 Refused here' envelope 77@example.org
	for status in 1 78 127 255 kill; do
		WANTED='451 4.3.0' envelope $status@example.org
	done
	logged 'rcpt-hook /.*/rcpt-hook: status=78'
	logged 'rcpt-hook /.*/rcpt-hook: signal=9'
	rm "$HOOKS/rcpt-hook"
	WANTED='451 4.3.0' envelope 75@example.org
	logged 'rcpt-hook /.*/rcpt-hook: status=127'
}

# bats test_tags=once
@test "a hook that takes longer than 10 seconds is killed, with its children: 451" {
	local child
	fixture
	hook rcpt-hook 'tail -f /dev/null & echo $! >{}/child; wait'
	start
	WANTED='451 4.3.0' envelope alice
	logged 'rcpt-hook /.*: seconds=10'
	child=$(cat "$HOOKS/child")
	wait_for [ ! -d "/proc/$child" ]
}

@test "data-hook: sees the message as it is delivered, and all recipients" {
	fixture
	hook data-hook 'cat >{}/message; echo "$RECIPIENT" >{}/recipients; echo "$SENDER" >{}/sender; echo no field'
	start
	envelope alice@example.org '"bob"@EXAMPLE.ORG' postmaster
	message '250 2.0.0'
	printf '%s\n' alice@example.org bob@EXAMPLE.ORG postmaster | diff - "$HOOKS/recipients"
	[ "$(cat "$HOOKS/sender")" = '"a b"@example.net' ]
	cmp "$HOOKS/message" "$(messages alice)"
	head -n 1 "$HOOKS/message" | grep -q '^Return-Path: <'
	[ "$(stat -c %h "$(messages bob)")" -eq 3 ]
	[[ $(messages alice) = *,S=$(stat -c %s "$(messages alice)"),* ]]
	no_drafts
}

@test "data-hook: valid X- lines stand behind Return-Path; others are left out" {
	local file
	fixture
	hook data-hook 'echo X-Spam: no, really; echo Subject: mine; printf "X-Tab:\t1\r\n"; echo X-Not a field
		echo "X-Space : 1"; printf "X-Eight: \303\251\n"; printf "X-Long: %01000d\n" 0; echo " X-Fold: 1"; echo "X-:"; printf X-Last:'
	start
	envelope alice bob
	message '250 2.0.0'
	file=$(messages alice)
	[ "$(sed -n '2,5p' "$file")" = $'X-Spam: no, really\nX-Tab:\t1\nX-:\nX-Last:' ]
	sed -n 1p "$file" | grep -q '^Return-Path: <"a b"@example.net>$'
	sed -n 6p "$file" | grep -q '^Received: from '
	[ "$(tail -n 3 "$file")" = $'Subject: test\n\none line' ]
	[[ $file = *,S=$(stat -c %s "$file"),W=$(sed 's/$/\r/' "$file" | wc -c) ]]
	logged 'data-hook /.*: no header field: "X-Not a field"'
	no_drafts
}

@test "data-hook: fields without end are cut at a line" {
	fixture
	hook data-hook 'yes "X-Many: 123456789012345678901234567890" | head -n 100000'
	start
	envelope alice
	message '250 2.0.0'
	grep X-Many "$(messages alice)" | uniq | diff - <(echo 'X-Many: 123456789012345678901234567890')
	[ "$(grep -c X-Many "$(messages alice)")" -eq 420 ]
	no_drafts
}

# The front stirs while the program runs when the command is logged that has its answer already.
@test "rcpt-hook: recipients sent ahead, with all commands logged; none is asked about in vain" {
	fixture
	hook rcpt-hook 'echo >>{}/asked'
	start -v -o errors=2
	connect
	say 'HELO x' 'MAIL FROM:<>' 'RCPT TO:<nobody>'{,,,,} 'RCPT TO:<alice>' 'RCPT TO:<x@example.net>'{,} \
		'RCPT TO:<alice>' DATA
	hear 250 && hear 250
	for _ in 1 2 3 4 5; do
		hear '550 5.1.1'
	done
	hear '250 2.1.5'
	hear '550 5.7.1'
	hear '421 4.7.0'
	closed
	[ "$(wc -l <"$HOOKS/asked")" -eq 1 ]
	no_drafts
}

@test "data-hook: who is refused leaves nothing, and the session goes on" {
	local status
	fixture
	hook data-hook 'echo X-Field: 1; echo "It says $(sed -n "s/^Status: //p")"; exit "$(cat {}/status)"'
	start
	connect
	say 'EHLO x'
	hear 250
	for status in '75 451 4.7.1 It says so' '77 550 5.7.1 It says so' '1 451 4.3.0' '0 250 2.0.0'; do
		echo "${status%% *}" >"$HOOKS/status"
		say 'MAIL FROM:<a@example.net>' 'RCPT TO:<alice>' 'RCPT TO:<bob>' DATA
		hear 250
		hear 250
		hear 250
		hear 354
		count 0 alice bob
		say 'Status: so'
		end_message "${status#* }"
		no_drafts
	done
	count 2 alice bob
	logged 'message .* status=4.7.1 '
	logged 'message .* status=5.7.1 '
	logged 'message .* status=4.3.0 '
}

@test "data-hook: what is delivered is a file that the front never held" {
	local held
	fixture
	hook data-hook 'exit 0'
	start
	begin_message alice
	held=$(stat -c %i "$HOUSE/mail/alice/tmp/"*)
	exec {held_open}<"$(echo "$HOUSE/mail/alice/tmp/"*)" # so that its number is not used again
	end_message
	[ "$(stat -c %i "$(messages alice)")" -ne "$held" ]
	[ "$(stat -L -c %h "/proc/self/fd/$held_open")" -eq 0 ]
	[ "$(stat -c %h "$(messages alice)")" -eq 1 ]
	[ "$(stat -c %a:%u "$(messages alice)")" = "600:${OWNER%:*}" ]
	no_drafts
}

# A disk of 256 KiB, which only the daemon sees: the larger message does not fit twice.
# bats test_tags=once
@test "data-hook: a copy that does not fit is 452, and nothing stays" {
	needs_root || return 0
	local mount='mount -t tmpfs -o size=256k,mode=700,uid=$2,gid=$3 none "$1"'
	fixture
	hook data-hook 'echo X-Field: 1'
	RUNAS=(unshare -m sh -c "$mount"' && shift 3 && exec "$@"' sh "$HOUSE/mail/alice" "${OWNER%:*}" "${OWNER#*:}")
	start
	begin_message alice
	text 150000
	end_message '452 4.3.1'
	no_files "/proc/$PID/root$HOUSE/mail/alice"
	begin_message alice
	text 100000
	end_message
	[ "$(find "/proc/$PID/root$HOUSE/mail/alice" -type f | wc -l)" -eq 1 ]
}

@test "a client that is gone while the hook runs: nothing is delivered" {
	fixture
	hook data-hook 'echo $$ >{}/pid; exec tail -f /dev/null'
	start
	begin_message alice
	say .
	wait_for [ -s "$HOOKS/pid" ]
	processes
	kill -9 "${FRONT%% *}"
	exec {C}>&-
	stop_daemon smtpd
	[ ! -d "/proc/$(cat "$HOOKS/pid")" ]
	count 0 alice
	no_drafts
	logged 'data-hook /.*: dropped=0'
}

@test "hooks that cannot be run: 78 at the start, naming them" {
	fixture
	hook rcpt-hook true
	refuses 78 'rcpt-hook hook: not an absolute path' -o rcpt-hook=hook
	refuses 78 'data-hook /nowhere/hook: cannot be run: No such file' -o 'data-hook=/nowhere/hook -x'
	refuses 78 "data-hook $HOOKS: cannot be run: Permission denied" -o "data-hook=$HOOKS"
	chmod 644 "$HOOKS/rcpt-hook"
	refuses 78 "rcpt-hook $HOOKS/rcpt-hook: cannot be run: Permission denied"
	! is_root || chmod 700 "$HOOKS/rcpt-hook" # for root, but not for the user that it runs as
	refuses 78 "rcpt-hook $HOOKS/rcpt-hook: cannot be run: Permission denied"
}

greylist() { # CLIENT SENDER RECIPIENT: the status
	CLIENT=$1 SENDER=$2 RECIPIENT=$3 "$HERE/../etc/greylist" "$BATS_TEST_TMPDIR/seen" >/dev/null
}

is() { # STATUS COMMAND ...
	run "${@:2}"
	[ "$status" -eq "$1" ] || { echo "status $status: ${*:2}" && return 1; } >&2
}

seen() {
	find "$BATS_TEST_TMPDIR/seen" -type f "$@"
}

# bats test_tags=once
@test "etc/greylist: who was not seen before comes again after 5 minutes, and is known then" {
	is 75 greylist 192.0.2.7 a@example.net alice@example.org
	is 75 greylist 192.0.2.7 a@example.net alice@example.org
	[ "$(seen | wc -l)" -eq 1 ]
	[ "$(seen -empty -path '*/seen/*/*' | wc -l)" -eq 1 ]
	touch -m -d '-295 seconds' "$(seen)"
	is 75 greylist 192.0.2.7 a@example.net alice@example.org
	touch -m -d '-301 seconds' "$(seen)"
	is 0 greylist 192.0.2.7 a@example.net alice@example.org
	is 0 greylist 192.0.2.99 A@example.net Alice@Example.org
	is 75 greylist 192.0.3.7 a@example.net alice@example.org
	is 75 greylist 192.0.2.7 b@example.net alice@example.org
	is 75 greylist 192.0.2.7 a@example.net bob@example.org
	is 75 greylist 192.0.2.7 '' alice@example.org
	[ "$(seen | wc -l)" -eq 5 ]
	is 0 greylist 192.0.2.7 a@example.net alice@example.org
}

# bats test_tags=once
@test "etc/greylist: networks of IPv6, this machine, a folder that cannot be written" {
	is 75 greylist 2001:db8:1:2:3:4:5:6 a@example.net alice@example.org
	touch -m -d '-6 minutes' "$(seen)"
	is 0 greylist 2001:db8:1:2::7 a@example.net alice@example.org
	is 75 greylist 2001:db8:1:3:3:4:5:6 a@example.net alice@example.org
	is 75 greylist 2001:db8::2:3:4:5:6 a@example.net alice@example.org
	is 0 greylist 127.0.0.1 a@example.net alice@example.org
	is 0 greylist ::1 a@example.net alice@example.org
	rm -r "$BATS_TEST_TMPDIR/seen"
	: >"$BATS_TEST_TMPDIR/seen"
	is 1 greylist 192.0.2.7 a@example.net alice@example.org
}

# bats test_tags=once
@test "etc/greylist: the line in its head removes who has not been seen for 35 days" {
	local line
	greylist 192.0.2.7 a@example.net alice@example.org || true
	greylist 192.0.2.7 b@example.net alice@example.org || true
	touch -d '-40 days' $(seen)
	greylist 192.0.2.7 b@example.net alice@example.org
	line=$(sed -n 's/^# *\(find .*\)/\1/p' "$HERE/../etc/greylist")
	[[ $line = 'find /var/lib/trivet/greylist '* ]]
	sh -c "${line/\/var\/lib\/trivet\/greylist/$BATS_TEST_TMPDIR/seen}"
	[ "$(seen | wc -l)" -eq 1 ]
	greylist 192.0.2.7 b@example.net alice@example.org
}

@test "etc/greylist as the rcpt-hook" {
	fixture
	hook rcpt-hook 'CLIENT=192.0.2.7 exec {}/greylist {}/seen'
	install -m 755 "$HERE/../etc/greylist" "$HOOKS"
	install -d -m 777 "$HOOKS/seen"
	sed -i 's/ one two$//' "$CONF"
	start
	WANTED='450 4.7.1 Greylisted, please try again in 5 minutes' envelope alice
	touch -d '-6 minutes' "$(find "$HOOKS/seen" -type f)"
	envelope alice
	message '250 2.0.0'
}
