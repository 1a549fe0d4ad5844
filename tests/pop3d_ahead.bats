#!/usr/bin/env bats
# pop3d: the next message is read ahead while one is sent, and what that costs.

load helper
load pop3d

setup() {
	fixture
	local n
	for n in 1 2 3 4 5 6; do
		letter $n "Subject: $n\\n\\n" ,S=12,W=15
	done
	start
	login alice secret 6
	session=$(children "$PID")
	wait_for no_children "$session"
}

# From now on, so that TRACE gets its calls.
trace() { # CALLS
	strace -qq -p "$session" -e "trace=$1" -o "$BATS_TEST_TMPDIR/calls" 3>&- &
	tracer=$!
	wait_for eval '[ "$(status "$session" TracerPid)" = $tracer ]'
}

# The session ends, and so does its trace.
quit() {
	say QUIT
	hear +OK
	wait "$tracer"
}

calls() { # REGEX
	grep -cE "$1" "$BATS_TEST_TMPDIR/calls" || true
}

get() { # NUMBER ...
	local n
	for n; do
		say "RETR $n"
		hear +OK "Subject: $n" '' .
	done
}

# Messages that the session has open.
held() {
	find "/proc/$session/fd" -type l -lname "$HOUSE/mail/alice/new/*" -printf '%l\n' |
		sed 's/.*17\(0*\)\([0-9]\)\..*/\2/'
}

# bats test_tags=sandbox
@test "one message after the other: each is opened once, one call more for each but the first" {
	trace openat,fstat,newfstatat,read,fadvise64
	get 1 2 3 4 5 6
	quit
	[ "$(calls 'openat.*M1P1')" -eq 6 ]
	[ "$(calls 'stat.*S_IFREG')" -eq 6 ]
	[ "$(calls '^read')" -eq 12 ]
	[ "$(calls '^fadvise64')" -eq 5 ]
}

# bats test_tags=sandbox
@test "the next one is opened behind the reply, while the client reads that" {
	trace openat,sendto
	get 1 2
	quit
	[ "$(sed -n 's/^openat.*M1P1.*/open/p; s/^sendto.*/send/p' "$BATS_TEST_TMPDIR/calls" | xargs)" = \
		'open send open send open send' ]
}

# bats test_tags=sandbox
@test "DELE after each, as clients do: the same" {
	local n
	trace openat,fadvise64
	for n in 1 2 3 4 5 6; do
		get $n
		say "DELE $n"
		hear +OK
	done
	quit
	[ "$(calls 'openat.*M1P1')" -eq 6 ]
	[ "$(calls '^fadvise64')" -eq 5 ]
}

# bats test_tags=sandbox
@test "no message is opened for LIST, STAT and UIDL, and none ahead for TOP" {
	trace openat,fadvise64
	say STAT 'LIST 2' 'UIDL 2' 'TOP 1 0' 'TOP 2 0' 'TOP 3 0'
	hear '+OK 6 90' '+OK 2 15' '+OK 2 1700000002.M1P1.host,S=12,W=15'
	hear +OK 'Subject: 1' '' . +OK 'Subject: 2' '' . +OK 'Subject: 3' '' .
	quit
	[ "$(calls 'openat.*M1P1')" -eq 3 ]
	[ "$(calls '^fadvise64')" -eq 0 ]
}

# bats test_tags=sandbox
@test "at most one message is kept open: the next one that is not marked" {
	[ -z "$(held)" ]
	get 1
	[ "$(held)" = 2 ]
	say 'DELE 4'
	hear +OK
	get 3
	[ "$(held)" = 5 ]
	say 'TOP 2 0'
	hear +OK 'Subject: 2' '' .
	[ -z "$(held)" ]
	get 6
	[ -z "$(held)" ]
}

@test "what was opened ahead and is removed or renamed meanwhile is still sent, once" {
	local box=$HOUSE/mail/alice
	get 1
	rm "$box/new/1700000002.M1P1.host,S=12,W=15"
	get 2
	mkdir -p "$box/cur"
	mv "$box/new/1700000003.M1P1.host,S=12,W=15" "$box/cur/1700000003.M1P1.host,S=12,W=15:2,S"
	get 3
	say 'RETR 2'
	hear '-ERR cannot read this message'
	# What is gone before it is opened is no hindrance.
	rm "$box/new/1700000005.M1P1.host,S=12,W=15"
	get 4
	say 'RETR 5'
	hear '-ERR cannot read this message'
	get 6
}

@test "out of order, again, and after RSET: each number is its own message" {
	get 1 3 2 2 3 6 5 6 1 2
	say 'DELE 3' 'RETR 3'
	hear +OK '-ERR no such message'
	get 2 4
	say RSET
	hear +OK
	get 2 3 4
}
