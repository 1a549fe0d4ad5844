#!/usr/bin/env bats
# pop3d: AUTH (RFC 5034): PLAIN, LOGIN and SCRAM-SHA-256, where passwords in clear are taken, and what
# a client can learn of names that do not exist.

load helper
load modes

all='sasl=PLAIN LOGIN SCRAM-SHA-256'
log=$BATS_TEST_TMPDIR/pop3d.log

two_letters() {
	printf 'Subject: one\n\nHello\n' | put_mail alice 1700000001.M1P1.host
	printf 'Subject: two\n\nHello\n' | put_mail alice 1700000002.M1P1.host
}

start() {
	start_daemon pop3d -DF -l 127.0.0.1:0 "$@"
}

# A program that speaks with the daemon, by tests/scram.py.
client() { # [ARGUMENT ...], with the program on standard input
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$HERE python3 - "$PORT" "$@"
}

# bats test_tags=builds
@test "AUTH: every rule of its dialogue" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/auth.talk" pop3d -o errors=0 -o "$all"
}

# bats test_tags=builds
@test "what is sent along with AUTH is not lost" {
	prepare() { two_letters; }
	play_everywhere "$HERE/pop3d/auth_pipeline.talk" pop3d
}

@test "a client that leaves, or stays idle, in the middle of AUTH" {
	fixture
	start -o login-timeout=1 -o "$all"
	local end mechanism
	for mechanism in PLAIN LOGIN SCRAM-SHA-256; do
		for end in 'S! end' 'C> AHVz\nS! end' 'C! half\nS! end' 'C> *\nC! half\nS! end' 'C! close'; do
			printf 'S~ \\+OK .*\nC: AUTH %s\nS~ \\+ .*\n%b\n' "$mechanism" "$end" |
				"$TALK" - connect 127.0.0.1 "$PORT"
		done
	done
	stop_daemon pop3d
	[ "$(grep -c 'reason=timeout$' "$log")" -eq 6 ]
	[ "$(grep -c 'reason=closed$' "$log")" -eq 9 ]
}

@test "SIGTERM in the middle of AUTH: the client is told" {
	fixture
	start
	local line
	exec {C}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'AUTH PLAIN\r\n' >&"$C"
	read -r -t 20 -u "$C" line && [[ $line = '+OK '* ]]
	IFS= read -r -t 20 -u "$C" line && [ "$line" = $'+ \r' ]
	stop_daemon pop3d
	[ "$(cat <&"$C")" = $'-ERR [SYS/TEMP] shutting down\r' ]
	exec {C}>&-
	grep -q 'reason=shutdown$' "$log"
}

# SCRAM

@test "SCRAM-SHA-256: both sides prove themselves, from the initial response or after it" {
	fixture
	two_letters
	add_user 'a,b=c' 'Grüße, = welt'
	start -o errors=0 -o "$all"
	client <<-'END'
		import sys
		from scram import *
		port = sys.argv[1]
		for how in {}, {'initial': False}, {'header': 'y,,'}, {'header': 'n,a=alice,'}, {'nonce': '!'}:
		    pop = Pop(port)
		    assert login(pop, 'alice', 'secret', **how) == '+OK 2 messages', how
		    assert pop.say('STAT') == '+OK 2 46'
		    assert pop.say('QUIT') == '+OK'
		assert login(Pop(port), 'ALICE', 'secret') == '+OK 2 messages'
		assert login(Pop(port), 'a,b=c', 'Grüße, = welt') == '+OK 0 messages'
		pop = Pop(port)
		for user, secret in ('alice', 'Secret'), ('alice', ''), ('nobody', 'secret'), ('bob', 'secret'):
		    assert login(pop, user, secret) == '-ERR [AUTH] wrong name or password'
		for c in 'eSws', 'biwsYQ==', 'biws=':
		    assert final(pop, *first(pop, 'alice'), 'secret', c=c) == '-ERR not a valid response', c
		nonce, salt, n = first(pop, 'alice')
		assert final(pop, nonce + 'x', salt, n, 'secret') == '-ERR not a valid response'
		# Proved, but then called off: not in.
		assert final(pop, *first(pop, 'bob'), 'secret2').startswith('+ ')
		assert pop.say('*') == '-ERR cancelled'
		assert pop.say('STAT') == '-ERR log in first'
		assert login(pop, 'bob', 'secret2') == '+OK 0 messages'
	END
	stop_daemon pop3d
	[ "$(grep -c 'auth failed user=alice ip=127.0.0.1' "$log")" -eq 2 ]
	grep -q 'auth failed user=nobody ip=127.0.0.1' "$log"
}

@test "a name that does not exist looks like one that does, whoever asks, also after a restart" {
	fixture
	echo revoked >>"$HOUSE/accounts/bob"
	add_user carol secret3
	sed -i 's/^password .*/password $6$abc$def/' "$HOUSE/accounts/carol"
	salts() {
		client <<-'END'
			import sys
			from scram import *
			pop, words = Pop(sys.argv[1]), set() # bob's secret
			for user in 'alice', 'bob', 'carol', 'nobody', 'NoBody', 'somebody', '../alice', 'ü':
			    nonce, salt, n = first(pop, user)
			    assert len(salt) == 16 and n == 10000, (user, salt, n)
			    words.add(final(pop, nonce, salt, n, 'secret2'))
			    print(user.lower(), salt.hex())
			assert words == {'-ERR [AUTH] wrong name or password'}, words
		END
	}
	local user
	for user in root nobody; do
		as_user $user
		[ -z "${RUNAS[*]}" ] || chown -R nobody "$HOUSE"
		rm -f "$HOUSE/run/sasl.key"
		start -o "$all"
		[ "$(stat -c %a:%s "$HOUSE/run/sasl.key")" = 600:32 ]
		salts >"$BATS_TEST_TMPDIR/one"
		salts >"$BATS_TEST_TMPDIR/two"
		start -o "$all"
		salts | cmp - "$BATS_TEST_TMPDIR/one"
		cmp "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two"
		[ "$(sort -u "$BATS_TEST_TMPDIR/one" | wc -l)" -eq 7 ]
		[ "$(ls -A "$HOUSE/run" | grep -v '^empty$')" = sasl.key ]
	done
}

@test "a key that cannot be kept, or is not believed, costs a word in the log and nothing else" {
	local spoil
	for spoil in 'chmod 644 KEY' 'truncate -s 31 KEY' 'mv KEY KEY.x && ln -s sasl.key.x KEY' \
		'rm KEY && mkdir KEY' 'rm KEY && mkfifo -m 600 KEY'; do
		fixture
		rm -f "$log"
		start -o "$all"
		stop_daemon pop3d
		! grep 'sasl.key' "$log" || return 1
		eval "${spoil//KEY/$HOUSE/run/sasl.key}"
		start
		! grep 'sasl.key' "$log" || return 1 # nobody needs it
		start -o "$all"
		grep -q "cannot keep $HOUSE/run/sasl.key: .*; salts for unknown names change" "$log"
		client <<-'END'
			import sys
			from scram import *
			pop = Pop(sys.argv[1])
			assert first(pop, 'nobody', nonce='x')[1] == first(Pop(sys.argv[1]), 'nobody')[1]
			assert login(Pop(sys.argv[1]), 'alice', 'secret') == '+OK 0 messages'
		END
	done
}

# Clear

# bats test_tags=builds
@test "from elsewhere no password in clear is taken, unless the setting says so" {
	local how program
	for how in root nobody; do
		as_user $how
		fixture
		program=$(program pop3d)
		export REMOTE_ADDR=192.0.2.9
		"$TALK" -l "$log" "$HERE/pop3d/clear.talk" pipe "${RUNAS[@]}" "$program" -F -f "$CONF" -o "$all"
		two_letters
		"$TALK" -l "$log" "$HERE/pop3d/auth_pipeline.talk" pipe "${RUNAS[@]}" "$program" -F -f "$CONF" \
			-o 'plaintext=2001:db8::/32 192.0.2.0/24'
		unset REMOTE_ADDR
	done
}

@test "with PLAIN and LOGIN alone there is no SASL for who may not use them, in either state" {
	fixture
	REMOTE_ADDR=192.0.2.9 "$TALK" -l "$log" - pipe "$(program pop3d)" -F -f "$CONF" <<-'END'
		S~ \+OK .*
		C: CAPA
		C: AUTH
		C: AUTH SCRAM-SHA-256
		S: +OK
		S: UTF8
		S: LANG
		S: TOP
		S: UIDL
		S: RESP-CODES
		S: AUTH-RESP-CODE
		S: PIPELINING
		S: .
		S: +OK
		S: .
		S: -ERR unknown mechanism
		C: QUIT
		S: +OK
	END
}

@test "the setting sasl takes the names of mechanisms, and no others" {
	fixture
	run "$(program pop3d)" -f "$CONF" -n -o 'sasl=PLAIN CRAM-MD5'
	[ "$status" -eq 78 ]
	[[ $output = *'sasl: "CRAM-MD5" is not one of PLAIN LOGIN SCRAM-SHA-256' ]]
	[ "$("$(program pop3d)" -f "$CONF" -n | grep sasl)" = 'sasl PLAIN LOGIN' ]
	[ "$("$(program pop3d)" -f "$CONF" -n -o 'sasl=scram-sha-256 plain' | grep sasl)" = 'sasl scram-sha-256 plain' ]
	[ "$("$(program pop3d)" -f "$CONF" -n -o sasl= | grep sasl)" = 'sasl' ]
}

# Real clients

@test "curl: PLAIN and LOGIN, with and without an initial response" {
	fixture
	two_letters
	start
	local way url=pop3://alice:secret@127.0.0.1:$PORT
	for way in PLAIN LOGIN; do
		for ir in '' --sasl-ir; do
			[ "$(curl -sS $ir --login-options "AUTH=$way" "$url/" | tr -d '\r')" = $'1 23\n2 23' ]
			run curl -sS $ir --login-options "AUTH=$way" "pop3://alice:wrong@127.0.0.1:$PORT/"
			[ "$status" -eq 67 ]
		done
	done
	curl -v --login-options AUTH=PLAIN "$url/" 2>&1 | grep -q '^> AUTH PLAIN'
}
