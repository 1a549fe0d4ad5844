#!/usr/bin/env bats
# pop3d: Maildirs that change behind the session, and what lies in them that is no message.

load helper
load pop3d

@test "a message that another program moves or flags is found again; one that vanishes is one error" {
	fixture
	two_letters
	letter 3 'Subject: three\n\n'
	letter 4 'Subject: four\n\n'
	cd "$HOUSE/mail/alice"
	start
	login alice secret 4
	mv new/1700000001.M1P1.host cur/1700000001.M1P1.host:2,
	mv new/1700000002.M1P1.host cur/1700000002.M1P1.host:2,FS
	rm new/1700000003.M1P1.host
	say 'RETR 1' 'RETR 2' 'RETR 3' 'TOP 4 0'
	hear +OK 'Subject: one' '' Hello . +OK 'Subject: two' '' Hello . '-ERR cannot read this message'
	hear +OK 'Subject: four' '' .
	# Numbers and ids stay; and again with other flags.
	mv cur/1700000002.M1P1.host:2,FS cur/1700000002.M1P1.host:2,FRST
	say UIDL 'RETR 2' 'DELE 1' 'DELE 2' 'DELE 3'
	hear +OK '1 1700000001.M1P1.host' '2 1700000002.M1P1.host' '3 1700000003.M1P1.host' '4 1700000004.M1P1.host' .
	hear +OK 'Subject: two' '' Hello . +OK +OK +OK
	mv cur/1700000001.M1P1.host:2, cur/1700000001.M1P1.host:2,S
	say QUIT
	hear +OK
	closed
	left new/1700000004.M1P1.host
}

@test "mail that comes during a session waits for the next; a file cut short ends where it ends" {
	fixture
	two_letters
	start
	login alice secret 2
	letter 3 'Subject: three\n\n'
	say LIST
	hear +OK '1 23' '2 23' .
	letter 1 'Subject: o'
	say 'RETR 1' STAT QUIT
	hear +OK 'Subject: o' . '+OK 2 46' +OK
	closed
	login alice secret 3
}

@test "a file whose name has a wrong size is sent whole" {
	fixture
	letter 1 'Subject: one\n\nHello\n' ,S=3,W=4
	letter 2 'Subject: two\n\nHello\n' ,S=30,W=4
	start
	login alice secret 2
	say 'RETR 1' 'LIST 2'
	hear +OK 'Subject: one' '' Hello . '+OK 2 23'
}

@test "what is no message is passed over; what cannot be read is one error" {
	fixture
	two_letters
	local new="$HOUSE/mail/alice/new"
	mkdir "$new/1700000000.folder"
	mkfifo "$new/1700000000.fifo"
	ln -s /nowhere "$new/1700000000.dangling"
	ln -s 1700000001.M1P1.host "$new/1700000000.link"
	ln -s ../../bob "$new/1700000000.bob"
	touch "$new/.hidden" "$new/..hidden"
	start
	login alice secret 2
	say LIST QUIT
	hear +OK '1 23' '2 23' . +OK
	closed

	if is_root; then
		chown root "$new/1700000001.M1P1.host"
	else
		chmod 0 "$new/1700000001.M1P1.host"
	fi
	login alice secret 2
	say 'RETR 1' 'TOP 1 0' 'RETR 2' 'DELE 1' QUIT
	hear '-ERR cannot read this message' '-ERR cannot read this message' +OK 'Subject: two' '' Hello . +OK +OK
	closed
	[ ! -e "$new/1700000001.M1P1.host" ] && [ -p "$new/1700000000.fifo" ]
}

@test "a message that becomes something else during the session is not opened" {
	fixture
	two_letters
	cd "$HOUSE/mail/alice/new"
	start
	login alice secret 2
	rm 1700000001.M1P1.host 1700000002.M1P1.host
	mkfifo 1700000001.M1P1.host
	ln -s "$CONF" 1700000002.M1P1.host
	say 'RETR 1' 'RETR 2' LIST QUIT
	hear '-ERR cannot read this message' '-ERR cannot read this message' +OK '1 0' '2 0' . +OK
}

@test "a Maildir that is a link, or whose folders are, is not entered" {
	fixture
	two_letters
	cd "$HOUSE/mail"
	start
	mv alice elsewhere
	ln -s elsewhere alice
	connect
	say 'USER alice' 'PASS secret'
	hear '+OK send PASS' '-ERR [SYS/PERM] cannot open the maildrop'
	closed
	rm alice && mv elsewhere alice && mv alice/cur alice/old && ln -s old alice/cur
	connect
	say 'USER alice' 'PASS secret'
	hear '+OK send PASS' '-ERR [SYS/PERM] cannot open the maildrop'
	closed
}

# It was [SYS/PERM], whatever the trouble was: a client need not come again then.
@test "a Maildir that cannot be opened for the moment is [SYS/TEMP]" {
	fixture
	two_letters
	RUNAS+=(strace -D -f -qq -o "$BATS_TEST_TMPDIR/trace" -P "$HOUSE/mail/alice" -e trace=openat
		-e inject=openat:error=ESTALE)
	start
	connect
	say 'USER alice' 'PASS secret'
	hear '+OK send PASS' '-ERR [SYS/TEMP] cannot open the maildrop'
	closed
}

@test "trouble on our side is [SYS/TEMP], not [AUTH]" {
	fixture
	chmod 620 "$HOUSE/accounts/alice"
	start
	connect
	say 'USER alice' 'PASS secret'
	hear '+OK send PASS' '-ERR [SYS/TEMP] cannot check this now'
	chmod 600 "$HOUSE/accounts/alice"
	say 'USER alice' 'PASS secret'
	hear '+OK send PASS' '+OK 0 messages'
}

@test "UIDL: 1 to 70 octets of printable ASCII, unique, and the same whatever the flags and the session" {
	fixture
	python3 - "$HOUSE/mail/alice/new" <<-'END'
		import os, sys
		names = [b'x' * 70, b'y' * 71, b'y' * 72, b'z' * 250, b'with space', b'8-bit-\xff', b'8-bit-\xfe',
		         b'line\nend', b'del\x7f', b'!', b'~tilde', b'tab\there', b'comma,S=5', b'dot.']
		for name in names:
		    path = os.path.join(sys.argv[1].encode(), name)
		    open(path, 'wb').write(b'H: x\n')
		    os.chown(path, os.stat(sys.argv[1]).st_uid, -1)
	END
	start
	python3 - "$PORT" "$HOUSE/mail/alice" >"$BATS_TEST_TMPDIR/uidl.out" <<-'END'
		import os, poplib, sys
		def uidl(update):
		    c = poplib.POP3('127.0.0.1', int(sys.argv[1]), 20)
		    c.user('alice'), c.pass_('secret')
		    ids = dict(line.split(b' ', 1) for line in c.uidl()[1])
		    c.quit() if update else c.close()
		    return sorted(ids.values())
		ids = uidl(True)
		assert len(ids) == 14 == len(set(ids)), ids
		assert all(1 <= len(i) <= 70 and all(0x21 <= o <= 0x7e for o in i) for i in ids), ids
		assert {b'x' * 70, b'!', b'~tilde', b'comma,S=5', b'dot.'} < set(ids), ids
		box = sys.argv[2].encode()
		for name in os.listdir(box + b'/new'):
		    os.rename(box + b'/new/' + name, box + b'/cur/' + name + b':2,S')
		for update in False, True:
		    again = uidl(update)
		    assert again == ids, (again, ids)
	END
}

@test "a message that lies in new and in cur is one message" {
	fixture
	letter 1 'Subject: one\n\nHello\n'
	ln "$HOUSE/mail/alice/new/1700000001.M1P1.host" "$HOUSE/mail/alice/cur/1700000001.M1P1.host:2,S"
	start
	login alice secret 1
}

# readdir may miss what is renamed while it reads, and a name that it has told may be wrong by then.
@test "another program that flags all messages all the time hides none, and keeps none from UPDATE" {
	fixture
	start
	python3 - "$PORT" "$HOUSE/mail/alice" <<-'END'
		import os, poplib, subprocess, sys
		port, box, left = int(sys.argv[1]), sys.argv[2], 2000
		cur = box + '/cur'
		for n in range(left):
		    path = f'{cur}/{1700000000 + n}.M1P1.host,S=10,W=12:2,'
		    with open(path, 'w') as f:
		        f.write('H: 1\n\n123\n')
		    os.chown(path, os.stat(box).st_uid, os.stat(box).st_gid)
		flagging = subprocess.Popen([sys.executable, '-c', '''if True:
		    import os, sys
		    os.chdir(sys.argv[1])
		    names = [name.split(':')[0] for name in os.listdir()]
		    while True:
		        for old, new in (':2,', ':2,F'), (':2,F', ':2,'):
		            for name in names:
		                try:
		                    os.rename(name + old, name + new)
		                except FileNotFoundError:
		                    pass
		''', cur])
		try:
		    for _ in range(10):
		        c = poplib.POP3('127.0.0.1', port, 20)
		        c.user('alice'), c.pass_('secret')
		        assert c.stat() == (left, 12 * left), (c.stat(), left)
		        for n in range(1, left, 50):
		            c.retr(n)
		        for n in range(1, 21):
		            c.dele(n)
		        assert c.quit() == b'+OK'
		        left -= 20
		finally:
		    flagging.kill(), flagging.wait()
		assert len(os.listdir(cur)) == left
	END
}
