#!/usr/bin/env bats
# pop3d beside Dovecot on one Maildir: what IMAP sees of a POP3 session, and the other way round; its
# POP3 server says what ours has to say after a migration.
#
# bats file_tags=once

load helper
load pop3d

# Five letters of alice's, of five sizes.
setup() {
	local n x=
	fixture
	OWNING=()
	! is_root || OWNING=(setpriv "--reuid=$MAIL_UID" "--regid=$MAIL_UID" --clear-groups)
	for n in 1 2 3 4 5; do
		x+=x
		letter $n "Subject: $n\n\n$x\n"
	done
	cat >"$HOUSE/dovecot.conf" <<-END
		mail_location = maildir:$HOUSE/mail/alice
		ssl = no
	END
}

# A server of Dovecot's at its standard input and output, logged in as alice.
dovecot() { # PROGRAM [SETTING=VALUE]
	(cd / && env HOME="$HOUSE/mail/alice" USER=alice "${OWNING[@]}" \
		"/usr/lib/dovecot/$1" -c "$HOUSE/dovecot.conf" ${2:+-o "$2"} 3>&-)
}

imap_open() {
	coproc IMAP { dovecot imap; } 3>&-
	exec {FROM}<&"${IMAP[0]}" {TO}>&"${IMAP[1]}"
	ask 'SELECT INBOX' >/dev/null
}

# What it answers, and whether it is OK.
ask() { # COMMAND
	local line=
	printf 'x %s\r\n' "$1" >&"$TO"
	while read -r -t 20 -u "$FROM" line; do
		[[ $line != 'x '* ]] || break
		echo "${line%$'\r'}"
	done
	[[ $line = 'x OK'* ]] || { echo "$1: ${line:-nothing}" && return 1; } >&2
}

# Dovecot's identity of the folder, and of each message: UID, flags and size.
state() {
	printf '1 SELECT INBOX\r\n2 FETCH 1:* (UID FLAGS RFC822.SIZE)\r\n3 LOGOUT\r\n' | dovecot imap |
		sed -nE 's/\r$//; s/ ?\\Recent//; s/^\* OK \[(UID[A-Z]+ [0-9]+)\].*/\1/p; s/^\* [0-9]+ FETCH //p'
}

# What it is now.
state_is() { # LINE ...
	diff <(printf '%s\n' "${identity[@]}" "$@") <(state)
}

@test "Dovecot keeps its UIDs and flags when pop3d counts, marks and deletes" {
	imap_open
	ask 'STORE 2 FLAGS (\Flagged $Work)'
	ask 'STORE 3 FLAGS (\Seen \Answered)'
	ask LOGOUT
	mapfile -t identity < <(state | grep '^UID')
	[ ${#identity[@]} -eq 2 ]
	state_is '(UID 1 FLAGS () RFC822.SIZE 17)' '(UID 2 FLAGS (\Flagged $Work) RFC822.SIZE 18)' \
		'(UID 3 FLAGS (\Answered \Seen) RFC822.SIZE 19)' '(UID 4 FLAGS () RFC822.SIZE 20)' \
		'(UID 5 FLAGS () RFC822.SIZE 21)'
	start -o mark-seen=on
	login alice secret 5
	say STAT 'RETR 1' 'RETR 2' 'DELE 4' QUIT
	hear '+OK 5 95' +OK 'Subject: 1' '' x . +OK 'Subject: 2' '' xx . +OK +OK
	closed
	[ -s "$HOUSE/mail/alice/trivet-sizes" ]
	for _ in 1 2; do
		state_is '(UID 1 FLAGS (\Seen) RFC822.SIZE 17)' \
			'(UID 2 FLAGS (\Flagged \Seen $Work) RFC822.SIZE 18)' \
			'(UID 3 FLAGS (\Answered \Seen) RFC822.SIZE 19)' '(UID 5 FLAGS () RFC822.SIZE 21)'
		login alice secret 4
		say QUIT
		hear +OK
		closed
	done
}

@test "IMAP flags, moves and removes messages while a POP3 session is open" {
	imap_open
	ask 'CREATE Other'
	start
	login alice secret 5
	ask 'STORE 1 +FLAGS (\Flagged)'
	ask 'MOVE 2 Other'
	ask 'STORE 2 +FLAGS (\Deleted)' # which was 3
	ask 'EXPUNGE'
	say 'RETR 1' 'RETR 2' 'TOP 3 0' 'RETR 4' 'DELE 2' 'DELE 3' 'DELE 4' 'DELE 5'
	hear +OK 'Subject: 1' '' x . '-ERR cannot read this message' '-ERR cannot read this message'
	hear +OK 'Subject: 4' '' xxxx . +OK +OK +OK +OK
	ask 'STORE 2 +FLAGS (\Answered)' # which was 4
	say QUIT
	hear +OK
	closed
	left cur/1700000001.M1P1.host:2,F
	(cd "$HOUSE/mail/alice/.Other" && cat cur/* new/*) | diff - <(printf 'Subject: 2\n\nxx\n')
}

@test "a message that pop3d deletes vanishes for an open IMAP session" {
	imap_open
	start
	login alice secret 5
	say 'DELE 2' 'DELE 4' QUIT
	hear +OK +OK +OK
	closed
	[ "$(ask NOOP | grep EXPUNGE)" = $'* 4 EXPUNGE\n* 2 EXPUNGE' ]
	[ "$(ask 'FETCH 1:* (UID)')" = $'* 1 FETCH (UID 1)\n* 2 FETCH (UID 3)\n* 3 FETCH (UID 5)' ]
	ask LOGOUT
}

# What UIDL and LIST say, and the messages.
pop3_answers() {
	printf '%s\r\n' UIDL LIST 'RETR 1' 'RETR 2' 'RETR 3' 'RETR 4' 'RETR 5' QUIT
}

ours() {
	{ printf 'USER alice\r\nPASS secret\r\n' && pop3_answers; } >"$BATS_TEST_TMPDIR/asked"
	curl -sS --max-time 20 "telnet://127.0.0.1:$PORT" <"$BATS_TEST_TMPDIR/asked"
}

theirs() { # FORMAT
	pop3_answers | dovecot pop3 "pop3_uidl_format=$1"
}

# Without the words behind +OK, which are free.
answers_are_the_same() { # FORMAT
	start -o "import-uidl=$1"
	theirs "$1" | sed 's/^+OK.*/+OK\r/' >"$BATS_TEST_TMPDIR/theirs"
	ours | sed '1,3d; s/^+OK.*/+OK\r/' >"$BATS_TEST_TMPDIR/ours"
	diff "$BATS_TEST_TMPDIR"/{theirs,ours}
}

@test "after a migration, UIDL and LIST say what Dovecot's POP3 server has said" {
	local format failed=
	letter 3 'Subject: 3\n\nof another size\n' ,S=28,W=31
	rm "$HOUSE/mail/alice/new/1700000003.M1P1.host"
	imap_open
	ask 'STORE 2,3 FLAGS (\Seen)'
	ask 'STORE 1 FLAGS (\Deleted)'
	ask EXPUNGE
	ask 'APPEND INBOX {19+}'$'\r\nSubject: new\r\n\r\nnew'
	for format in %08Xu%08Xv %08Lv%08Xu %v.%u UID%u-%v %012u %3u %Xu %f %g %Lf %Ug %12f %040g; do
		rm -f "$HOUSE/mail/alice/trivet-sizes"
		answers_are_the_same "$format" || failed+=" $format"
	done
	[ -z "$failed" ] || { echo "other words with:$failed" && false; }
}

@test "ids that Dovecot has saved hold, whatever its format is now" {
	imap_open
	ask LOGOUT
	echo 'pop3_save_uidl = yes' >>"$HOUSE/dovecot.conf"
	theirs id-%u >/dev/null
	letter 6 'Subject: 6\n\n6\n'
	answers_are_the_same %08Xu%08Xv
	[ "$(grep -c '^[1-5] id-[1-5]' "$BATS_TEST_TMPDIR/ours")" -eq 5 ]
}

# Any flag renames a file; a scan may miss one that is renamed meanwhile.
@test "IMAP flags without a pause while POP3 fetches and deletes: nothing is missed" {
	local n
	for ((n = 6; n <= 100; n++)); do
		letter $n "Subject: $n\n\n$n\n"
	done
	start
	cat >"$BATS_TEST_TMPDIR/race.py" <<-'END'
		import imaplib, poplib, sys, threading
		port, command = int(sys.argv[1]), sys.argv[2]
		over = threading.Event()
		def flag():
		    with imaplib.IMAP4_stream(command) as c:
		        c.select()
		        signs = '+-'
		        while not over.is_set():
		            c.store('1:*', signs[0] + 'FLAGS', r'(\Flagged)')
		            signs = signs[::-1]
		flagging = threading.Thread(target=flag)
		flagging.start()
		try:
		    for round in range(5):
		        c = poplib.POP3('127.0.0.1', port, 20)
		        c.user('alice')
		        c.pass_('secret')
		        count = c.stat()[0]
		        assert count == 100 - 20 * round, (round, count)
		        for n in range(1, count + 1):
		            c.retr(n)
		        for n in range(1, 21):
		            c.dele(n)
		        c.quit()
		finally:
		    over.set()
		    flagging.join()
	END
	declare -f dovecot >"$BATS_TEST_TMPDIR/imap.sh"
	declare -p HOUSE OWNING >>"$BATS_TEST_TMPDIR/imap.sh"
	echo 'dovecot imap' >>"$BATS_TEST_TMPDIR/imap.sh"
	python3 "$BATS_TEST_TMPDIR/race.py" "$PORT" "exec bash $BATS_TEST_TMPDIR/imap.sh 3>&-"
	none=$(find "$HOUSE/mail/alice"/{new,cur} -type f)
	[ -z "$none" ]
}
