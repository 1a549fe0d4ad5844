#!/usr/bin/env bats
# smtpd: transcripts in every way it can be started, what is stored of a message, and who may get one.

load helper
load modes
load smtpd

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
@test "recipients and DATA sent ahead" {
	play_everywhere "$HERE/smtpd/ahead.talk" smtpd
	count 2 alice
	count 2 bob
	no_drafts
}

# More of them than one record has room for, or one answer.
@test "200 recipients sent ahead, every third of them not ours" {
	local i
	fixture
	start
	{
		echo 'S: 220 mail.example.org ESMTP' && echo 'C: HELO x' && echo 'S: 250 mail.example.org'
		echo 'C: MAIL FROM:<>'
		for ((i = 0; i < 200; i++)); do
			((i % 3)) && echo "C: RCPT TO:<alice+$i>" || echo "C: RCPT TO:<alice@$i.example.net>"
		done
		echo 'C: DATA' && echo 'S: 250 2.1.0 Sender OK'
		for ((i = 0; i < 200; i++)); do
			((i % 3)) && echo 'S: 250 2.1.5 Recipient OK' || echo 'S: 550 5.7.1 Relaying denied'
		done
		echo 'S: 354 End with a line that is one dot' && echo 'C: .'
		echo 'S~ 250 2\.0\.0 [0-9A-FP]+ accepted for delivery'
		echo 'C: QUIT' && echo 'S: 221 2.0.0 Goodbye'
	} >"$BATS_TEST_TMPDIR/many.talk"
	"$TALK" "$BATS_TEST_TMPDIR/many.talk" connect 127.0.0.1 "$PORT"
	"$TALK" -s 300 "$BATS_TEST_TMPDIR/many.talk" connect 127.0.0.1 "$PORT"
	count 2 alice
	logged 'message id=.* to=133 .*status=2.0.0'
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
	# Two messages, seven times each: but for the trace lines they are the same.
	[ "$(messages alice | while read -r file; do sed 1,4d "$file" | md5sum; done | sort | uniq -c |
		awk '{ print $1 }' | paste -sd ' ')" = '7 7' ]
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
	logged "message id=$(sed -n '3s/.* //p' "$file") ip=127.0.0.1 helo=client.example.net from=<a@example.net> to=1 octets=$(stat -c %s "$file") tls=no auth=- status=2.0.0 ms=[0-9]+ fsync=[0-9]+ rcpt=<alice@example.org>$"
}

# bats test_tags=builds
@test "a made-up HELO and a quoted sender cannot break the trace lines" {
	local file
	fixture
	start
	connect
	say $'HELO a(b)<c>;\x01d"e\xff' 'MAIL FROM:<"a> b\"c"@example.net>' 'RCPT TO:<"alice"@example.org>' DATA
	hear '250 mail'
	hear '250 2.1.0'
	hear '250 2.1.5'
	hear 354
	end_message
	file=$(messages alice)
	cat -A "$file"
	[ "$(sed -n 1p "$file")" = 'Return-Path: <"a> b\"c"@example.net>' ]
	[ "$(sed -n 2p "$file")" = 'Received: from a?b??c???d?e? ([127.0.0.1])' ]
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
	taken 100
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
	hear '250 2.1.5'
	hear '451 4.3.0'
	say 'RCPT TO:<Alice@example.net>' 'RCPT TO:<BOB@example.org>' DATA
	hear '250 2.1.5'
	hear '250 2.1.5'
	hear 354
	end_message
	count 1 alice
	count 1 bob@example.org
	count 1 bob
	count 0 carol
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

@test "who is not let in is told why" {
	fixture
	start -o deny=127.0.0.0/8
	printf '%s\n' 'S: 554 5.7.1 No service for your address' >"$BATS_TEST_TMPDIR/denied.talk"
	"$TALK" "$BATS_TEST_TMPDIR/denied.talk" connect 127.0.0.1 "$PORT"
	stop_daemon smtpd
	start -o clients=1
	connect
	printf '%s\n' 'S: 421 4.7.0 Too many connections, try again later' >"$BATS_TEST_TMPDIR/busy.talk"
	"$TALK" "$BATS_TEST_TMPDIR/busy.talk" connect 127.0.0.1 "$PORT"
	exec {C}>&-
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
