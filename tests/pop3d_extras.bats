#!/usr/bin/env bats
# pop3d: the closing line, dead peers, and what is on by a setting only.

load helper
load modes
load pop3d

@test "one closing line: octets of removed messages as LIST has them, no file read for the rest" {
	fixture
	letter 1 'Subject: one\n\n.Hello\n' ,S=22,W=25
	letter 2 'Subject: two\n\nHello\n' ,S=20,W=23
	letter 3 'Subject: three\n\nHello\n' ,S=22,W=25
	letter 4 'Subject: four\n\nHello\n'
	start
	login alice secret 4
	say 'RETR 1' 'TOP 2 0' 'DELE 1' 'DELE 4' QUIT
	hear +OK 'Subject: one' '' ..Hello . +OK 'Subject: two' '' . +OK +OK +OK
	closed
	says "user=alice ip=127\.0\.0\.1 tls=- retr=1/28 top=1/19 dele=2/25 left=2/48 seconds=[0-9]+ reason=quit$"
	login alice secret 2
	say 'DELE 1'
	hear +OK
	exec {C}>&-
	says 'user=alice ip=127\.0\.0\.1 tls=- retr=0/0 top=0/0 dele=0/0 left=2/48 seconds=[0-9]+ reason=closed$'
	connect
	say 'USER alice' QUIT
	hear '+OK send PASS' +OK
	closed
	says 'session user=- ip=127\.0\.0\.1 tls=- seconds=[0-9]+ reason=quit$'
	login alice secret 2
	connect
	say 'USER alice' 'PASS secret'
	hear '+OK send PASS' '-ERR [IN-USE] another session has this maildrop'
	closed
	says 'user=alice ip=127\.0\.0\.1 tls=- retr=0/0 top=0/0 dele=0/0 left=0/0 seconds=[0-9]+ reason=in-use$'
}

@test "a peer that is dead and owes nothing is found in two minutes: 60 + 4 * 15 seconds" {
	fixture
	local trace=$BATS_TEST_TMPDIR/trace option
	RUNAS=(strace -D -f -o "$trace" -e trace=setsockopt)
	start
	connect
	say QUIT
	hear +OK
	closed
	all_over
	for option in 'SO_KEEPALIVE, \[1\]' 'TCP_KEEPIDLE, \[60\]' 'TCP_KEEPINTVL, \[15\]' 'TCP_KEEPCNT, \[4\]'; do
		grep -qE "$option, 4\) += 0" "$trace"
	done
}

# bats test_tags=builds
@test "UTF8 before login, LANG before and after it, messages as they are" {
	prepare() { letter 1 'Subject: \303\244\n\n\303\266\n'; }
	play_everywhere "$HERE/pop3d/language.talk" pop3d
}

# bats test_tags=builds
@test "LAST and IMPLEMENTATION, by their settings" {
	prepare() {
		two_letters
		letter 3 'Subject: three\n\nHello\n'
		mkdir -p "$HOUSE/mail/alice/cur"
		mv "$HOUSE/mail/alice/new/1700000001.M1P1.host" "$HOUSE/mail/alice/cur/1700000001.M1P1.host:2,RS"
	}
	play_everywhere "$HERE/pop3d/last.talk" pop3d -o last=on -o implementation=on
}

@test "no LAST unless it is set" {
	fixture
	two_letters
	start
	login alice secret 2
	say LAST
	hear '-ERR unknown command'
}

@test "mark-seen: QUIT flags what RETR has sent, and what is deleted goes" {
	fixture
	two_letters
	letter 3 'Subject: three\n\nHello\n'
	letter 4 'Subject: four\n\nHello\n'
	mkdir -p "$HOUSE/mail/alice/cur"
	mv "$HOUSE/mail/alice/new/1700000002.M1P1.host" "$HOUSE/mail/alice/cur/1700000002.M1P1.host:2,RT"
	start -o mark-seen=on
	login alice secret 4
	say 'RETR 1' 'RETR 2' 'RETR 3' 'TOP 4 0' 'DELE 3' QUIT
	hear +OK 'Subject: one' '' Hello . +OK 'Subject: two' '' Hello . +OK 'Subject: three' '' Hello .
	hear +OK 'Subject: four' '' . +OK +OK
	closed
	left cur/1700000001.M1P1.host:2,S cur/1700000002.M1P1.host:2,RST new/1700000004.M1P1.host
	# Without QUIT, nothing is flagged; the unique id stays what it was.
	login alice secret 3
	say 'RETR 3' 'UIDL 1'
	hear +OK 'Subject: four' '' Hello . '+OK 1 1700000001.M1P1.host'
	exec {C}>&-
	all_over
	left cur/1700000001.M1P1.host:2,S cur/1700000002.M1P1.host:2,RST new/1700000004.M1P1.host
}

@test "read-only: DELE is refused, and nothing moves" {
	fixture
	two_letters
	start -o read-only=on -o mark-seen=on -o trash=7
	login alice secret 2
	say 'RETR 1' 'DELE 1' 'DELE 9' QUIT
	hear +OK 'Subject: one' '' Hello . '-ERR this maildrop is read-only' '-ERR this maildrop is read-only' +OK
	closed
	both_left
	[ ! -e "$HOUSE/mail/alice/.Trash" ]
}

@test "trash: what is deleted moves to .Trash at QUIT, with its flags" {
	local user
	for user in root nobody; do
		as_user $user
		fixture
		two_letters
		letter 3 'Subject: three\n\nHello\n'
		mkdir -p "$HOUSE/mail/alice/cur"
		mv "$HOUSE/mail/alice/new/1700000002.M1P1.host" "$HOUSE/mail/alice/cur/1700000002.M1P1.host:2,RS"
		start -o trash=7
		login alice secret 3
		say 'DELE 1' 'DELE 2' QUIT
		hear +OK +OK +OK
		closed
		left new/1700000003.M1P1.host
		diff <(cd "$HOUSE/mail/alice/.Trash" && find . -mindepth 1 | sort) - <<-END
			./cur
			./cur/1700000001.M1P1.host:2,
			./cur/1700000002.M1P1.host:2,RS
			./maildirfolder
			./new
			./tmp
		END
		login alice secret 1
		say 'DELE 1' QUIT
		hear +OK +OK
		closed
		[ -e "$HOUSE/mail/alice/.Trash/cur/1700000003.M1P1.host:2," ]
	done
}

# Those that were moved before were found in their place at the second try, and said not to be removed.
@test "trash: what another program has renamed moves too, and the others once" {
	fixture
	two_letters
	letter 3 'Subject: three\n\nHello\n'
	mkdir -p "$HOUSE/mail/alice/cur"
	start -o trash=7
	login alice secret 3
	say 'DELE 1' 'DELE 2'
	hear +OK +OK
	mv "$HOUSE/mail/alice/new/1700000002.M1P1.host" "$HOUSE/mail/alice/cur/1700000002.M1P1.host:2,S"
	say QUIT
	hear +OK
	closed
	left new/1700000003.M1P1.host
	[ "$(ls "$HOUSE/mail/alice/.Trash/cur" | paste -sd ' ')" = \
		'1700000001.M1P1.host:2, 1700000002.M1P1.host:2,S' ]
	says 'dele=2/[0-9]* left=1/[0-9]* .* reason=quit$'
}

@test "trash: a .Trash that leads elsewhere takes nothing, and nothing is lost" {
	fixture
	two_letters
	mkdir "$HOUSE/elsewhere"
	ln -s "$HOUSE/elsewhere" "$HOUSE/mail/alice/.Trash"
	start -o trash=7
	login alice secret 2
	say 'DELE 1' QUIT
	hear +OK '-ERR some deleted messages not removed'
	closed
	both_left
	[ -z "$(ls "$HOUSE/elsewhere")" ]
}
