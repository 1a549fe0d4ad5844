#!/usr/bin/env bats
# smtpd: quota by maildirsize, at RCPT and at the end of a message.

load helper
load smtpd
load smtpd_route

quota() { # USER OCTETS
	echo "quota $2" >>"$HOUSE/accounts/$1"
}

# Standard input is a user's maildirsize.
put_size() { # USER
	cat >"$HOUSE/mail/$1/maildirsize"
	chown "$OWNER" "$HOUSE/mail/$1/maildirsize"
}

# ,S= of all that a user got.
delivered() { # USER
	messages "$1" | sed 's/.*,S=//; s/,.*//' | awk '{ n += $1 } END { print n + 0 }'
}

size() { # USER LINE ...
	diff <(printf '%s\n' "${@:2}") "$HOUSE/mail/$1/maildirsize"
}

# bats test_tags=builds
@test "RCPT: 452 4.2.2 when nothing more fits, and others are accepted" {
	fixture
	quota alice 1000
	head -c 1000 /dev/zero | put_mail alice 1700000000.M1P1.host
	start
	connect
	say 'EHLO client.example.net' 'MAIL FROM:<a@example.net>' 'RCPT TO:<alice>' 'RCPT TO:<bob>'
	hear 250
	hear 250
	hear '452 4.2.2'
	hear 250
	size alice 1000S '1000 1'
	[ "$(stat -c '%a %u:%g' "$HOUSE/mail/alice/maildirsize")" = "600 $OWNER" ]
	# Whoever removes something, such as pop3d, adds a line; then there is room.
	echo '-1000 -1' >>"$HOUSE/mail/alice/maildirsize"
	say 'RCPT TO:<alice>' QUIT
	hear 250
	hear 221
	stop_daemon smtpd
	logged 'recipient refused ip=127.0.0.1 helo=client.example.net from=<a@example.net> to=<alice> status=4.2.2'
}

# bats test_tags=builds
@test "at the end: 452 4.2.2 when the message does not fit, for nobody" {
	fixture
	quota bob 1000
	start
	begin_message alice bob
	text 1000
	end_message '452 4.2.2'
	count 0 alice bob
	no_drafts
	say 'MAIL FROM:<a@example.net>' 'RCPT TO:<bob>' DATA
	hear 250
	hear 250
	hear 354
	say 'it fits'
	end_message
	count 1 bob
	size bob 1000S '0 0' "$(delivered bob) 1"
	say QUIT
	hear 221
	stop_daemon smtpd
	logged 'message .* to=2 .* status=4.2.2 .*rcpt=<alice>,<bob>$'
	logged 'message .* to=1 .* status=2.0.0 '
}

# bats test_tags=builds
@test "a line for each message, in each Maildir that has the file, quota or not" {
	fixture
	start
	printf '5000000S,100C\n0 0\n' | put_size alice
	send alice bob
	send alice
	local each
	each=$(($(delivered alice) / 2))
	[ "$(wc -l <"$HOUSE/mail/alice/maildirsize")" -eq 4 ]
	awk 'NR > 1 { octets += $1; n += $2 } END { print octets, n }' "$HOUSE/mail/alice/maildirsize" >"$HOUSE/sum"
	[ "$(cat "$HOUSE/sum")" = "$(delivered alice) 2" ]
	[ ! -e "$HOUSE/mail/bob/maildirsize" ]
	[ "$each" -gt 0 ]
}

# bats test_tags=builds
@test "a file that is wrong refuses nobody: it is counted anew" {
	fixture
	quota alice 1M
	start
	printf '1048576S\n1048000 9\n576 1\n' | put_size alice
	send alice
	size alice 1048576S '0 0' "$(delivered alice) 1"
	printf '9S\n1 1\n' | put_size alice
	send alice
	[ "$(wc -l <"$HOUSE/mail/alice/maildirsize")" -eq 3 ]
	[ "$(head -n 1 "$HOUSE/mail/alice/maildirsize")" = 1048576S ]
}

# bats test_tags=builds
@test "a folder counts with its Maildir, whose file has the line" {
	fixture
	quota alice 2000
	echo 'detail-folder on' >>"$CONF"
	install -d -o "${OWNER%:*}" -g "${OWNER#*:}" -m 700 "$HOUSE/mail/alice/.news"
	start
	send alice+news
	count 1 alice/.news
	size alice 2000S '0 0' "$(delivered alice/.news) 1"
	[ ! -e "$HOUSE/mail/alice/.news/maildirsize" ]
	begin_message alice+news
	text 2000
	end_message '452 4.2.2'
	count 1 alice/.news
}

# Each folder was asked for alone, before any of them had got its copy.
# bats test_tags=builds
@test "what goes into several folders of a mailbox at once has to fit as a whole" {
	fixture
	quota alice 2500
	echo 'detail-folder on' >>"$CONF"
	install -d -o "${OWNER%:*}" -g "${OWNER#*:}" -m 700 "$HOUSE"/mail/alice{,/.news,/.lists}
	start
	begin_message alice+news alice+lists alice bob
	text 1000
	end_message '452 4.2.2'
	count 0 alice/.news alice/.lists alice bob
	no_drafts
	# One that is missing is no second copy.
	send alice+news alice+lists alice alice+missing
	count 1 alice/.news
	count 1 alice/.lists
	count 1 alice
	size alice 2500S '0 0' "$(delivered alice) 1" "$(delivered alice) 1" "$(delivered alice) 1"
}

# The second new/ cannot be put on disk: what the first one's maildirsize has got it loses again.
# bats test_tags=once
@test "a message that is withdrawn is taken off again" {
	fixture
	quota alice 1M
	quota bob 1M
	RUNAS=(strace -D -f -o /dev/null -e trace=fsync -e inject=fsync:error=EIO:when=3)
	start
	begin_message alice bob
	end_message '451 4.3.0'
	count 0 alice bob
	awk 'NR > 1 { octets += $1; n += $2 } END { exit octets || n || NR != 4 }' "$HOUSE/mail/alice/maildirsize"
	size bob 1048576S '0 0'
}

# By its second path the Maildir was asked once more for room, and the client came again with what it had got.
@test "LMTP: two recipients with one Maildir get one copy, which has to fit once" {
	fixture
	head -c 700 /dev/zero | put_mail alice 1700000000.M1P1.host
	echo "maildir $HOUSE/mail/../mail/alice" >>"$HOUSE/accounts/bob"
	quota alice 1000
	quota bob 1000
	start -L
	connect
	say 'LHLO client.example.net' 'MAIL FROM:<>' 'RCPT TO:<alice@example.org>' 'RCPT TO:<bob@example.org>' \
		'RCPT TO:<bob@example.org>' DATA
	hear 250 && hear 250 && hear 250 && hear 250 && hear 250 && hear 354
	say 'Subject: test' '' .
	hear 250 && hear 250 && hear 250
	count 2 alice
	[ "$(delivered alice)" -gt 100 ] && [ "$(delivered alice)" -le 300 ]
	say QUIT
	hear 221
	closed
}
