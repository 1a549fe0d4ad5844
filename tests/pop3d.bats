#!/usr/bin/env bats
# pop3d: transcripts in every way in which it can be started, and real clients.

load helper
load modes
load pop3d

# bats test_tags=builds
@test "before login: the same words whoever it is, the same CAPA as after it" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/authorization.talk" pop3d -o errors=0
}

# bats test_tags=builds
@test "QUIT before login closes, and nothing behind it is looked at" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/quit.talk" pop3d
}

# bats test_tags=builds
@test "numbers do not move under DELE, and RSET brings all back" {
	prepare() {
		letter 1 'Subject: one\n\nHello\n'
		letter 2 'Subject: two\n\nHello\n' ,S=20,W=23
		letter 3 'Subject: three\n\n.\n..\n.x'
		letter 4 'Subject: four\r\n\r\nHi!\r\n'
	}
	play_everywhere "$HERE/pop3d/transaction.talk" pop3d
}

# bats test_tags=builds
@test "octets: LIST counts what RETR sends, whatever the message holds" {
	prepare() {
		letter 1 '.\nSubject: x\n\nr\n'
		letter 2 '..'
		letter 3 '.'
		letter 4 '\n'
		letter 5 '\r\n'
		letter 6 '\r'
		letter 7 'a\r\r\n'
		letter 8 'a\nb\r\nc'
		letter 9 'a\rb\n'
		letter 10 '\0\n\0'
		letter 11 ''
		letter 12 '\033\200\377\303\n'
		{ head -c 1048576 /dev/zero | tr '\0' x && echo; } | put_mail alice 1700000013.M1P1.host
		block 14 1 '\n.b\n'
		block 15 1 '\r\n.c\n'
		block 16 1 '\rd\n'
		block 17 0 ''
		block 18 1 '\n.\n.'
	}
	play_everywhere "$HERE/pop3d/octets.talk" pop3d
}

# bats test_tags=builds
@test "TOP: header, blank line, n lines; any n" {
	prepare() {
		letter 1 'H: 1\nI: 2\n\none\n.two\nthree'
		letter 2 'H: only\n'
		letter 3 'H: open'
		letter 4 '\nbody\nmore\n'
		letter 5 'H: 1\r\n\r\none\r\ntwo\r\n'
		letter 6 ''
		letter 7 'H: 1\n\n\n\nx\n'
	}
	play_everywhere "$HERE/pop3d/top.talk" pop3d -o errors=0
}

# bats test_tags=builds
@test "numbers are decimal digits and nothing else" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/numbers.talk" pop3d -o errors=0
}

# bats test_tags=builds
@test "odd lines: one line has one reply, and no echo, in both states" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/lines.talk" pop3d -o errors=0
}

@test "however long a line is, it is one, in pieces of any size" {
	fixture
	two_letters
	start -o errors=0
	for piece in 255 1000 4096 1000000; do
		"$TALK" -s $piece "$HERE/pop3d/long.talk" connect 127.0.0.1 "$PORT"
	done
}

# bats test_tags=builds
@test "a whole session in one packet" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/pipeline.talk" pop3d
}

# bats test_tags=builds
@test "what is sent along with a PASS that fails is refused" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/denied.talk" pop3d
}

# bats test_tags=builds
@test "ten errors in a row end a session" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/errors.talk" pop3d
}

# bats test_tags=builds
@test "a mailbox that does not exist yet is empty" {
	prepare() {
		add_user carol secret3
		rm -rf "$HOUSE/mail/carol"
	}
	play_everywhere "$HERE/pop3d/absent.talk" pop3d
	[ ! -e "$HOUSE/mail/carol" ]
}


@test "curl lists, fetches and deletes" {
	fixture
	two_letters
	letter 3 'Subject: dots\n\n.\n..x\nend'
	start
	url=pop3://alice:secret@127.0.0.1:$PORT
	[ "$(curl -sS "$url/" | tr -d '\r')" = $'1 23\n2 23\n3 30' ]
	[ "$(curl -sS "$url/3" | tr -d '\r')" = $'Subject: dots\n\n.\n..x\nend' ]
	[ "$(curl -sS -X 'UIDL 2' -I "$url/" 2>&1 | tr -d '\r')" = '' ]
	curl -sS -X 'DELE 2' -I "$url/"
	left new/1700000001.M1P1.host new/1700000003.M1P1.host
	run curl -sS "pop3://alice:wrong@127.0.0.1:$PORT/"
	[ "$status" -eq 67 ] # login denied
}

@test "Python's poplib: a whole session, and errors as it expects them" {
	fixture
	two_letters
	start
	python3 - "$PORT" <<-'END'
		import poplib, sys
		c = poplib.POP3('127.0.0.1', int(sys.argv[1]), 20)
		assert c.getwelcome() == b'+OK mail.example.org POP3 server ready'
		assert set(c.capa()) == {'USER', 'SASL', 'UTF8', 'LANG', 'TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING'}
		assert c.utf8() == b'+OK'
		c.user('alice')
		try:
		    c.pass_('wrong')
		    raise AssertionError('let in')
		except poplib.error_proto as e:
		    assert e.args[0].startswith(b'-ERR [AUTH] '), e
		c.user('alice')
		c.pass_('secret')
		assert c.stat() == (2, 46)
		assert c.list() == (b'+OK', [b'1 23', b'2 23'], 12)
		assert c.list(2) == b'+OK 2 23'
		assert c.uidl()[1] == [b'1 1700000001.M1P1.host', b'2 1700000002.M1P1.host']
		assert c.retr(1) == (b'+OK', [b'Subject: one', b'', b'Hello'], 23)
		assert c.top(1, 0) == (b'+OK', [b'Subject: one', b''], 16)
		assert c.dele(1) == b'+OK' == c.rset() == c.noop() == c.dele(2)
		assert c.quit() == b'+OK'
	END
	left new/1700000001.M1P1.host
}
