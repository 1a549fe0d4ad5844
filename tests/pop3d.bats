#!/usr/bin/env bats
# pop3d: transcripts in every way it can be started, what lies in the Maildirs afterwards, real
# clients, and what happens when something dies or changes in the middle.

load helper
load modes

# 1700000001.M1P1.host and so on: the number, and the octets as printf has them.
letter() { # NUMBER FORMAT [SUFFIX]
	# shellcheck disable=SC2059
	printf "$2" | put_mail alice "$(printf '17%08d.M1P1.host%s' "$1" "${3:-}")"
}

two_letters() {
	letter 1 'Subject: one\n\nHello\n'
	letter 2 'Subject: two\n\nHello\n'
}

# A block of 256 KiB, but for so many octets, and what follows.
block() { # NUMBER LACKING FORMAT
	# shellcheck disable=SC2059
	{
		head -c $((262144 - $2)) /dev/zero | tr '\0' a
		printf "$3"
	} | put_mail alice "$(printf '17%08d.M1P1.host' "$1")"
}

# A session by hand: descriptor $C.
connect() {
	exec {C}<>"/dev/tcp/127.0.0.1/${1:-$PORT}"
	hear '+OK mail.example.org POP3 server ready'
}

say() { # LINE ...
	printf '%s\r\n' "$@" >&"$C"
}

# The next lines are these.
hear() { # LINE ...
	local line wanted
	for wanted; do
		read -r -t 20 -u "$C" line || line='nothing'
		[ "$line" = "$wanted"$'\r' ] || { echo "wanted $wanted, got $line" && return 1; } >&2
	done
}

# The server has closed, and says nothing more.
closed() {
	local line
	if read -r -t 20 -u "$C" line || [ $? -gt 128 ]; then
		echo "not closed: ${line:-}" >&2
		return 1
	fi
	exec {C}>&-
}

login() { # USER PASSWORD MESSAGES
	connect
	say "USER $1" "PASS $2"
	hear '+OK send PASS' "+OK $3 messages"
}

start() {
	start_daemon pop3d -DF -l 127.0.0.1:0 "$@"
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

children() { # PID
	local pids
	read -r -a pids <"/proc/$1/task/$1/children" || true
	echo "${pids[@]}"
}

no_children() { # PID
	[ -z "$(children "$1")" ]
}

# All sessions of the daemon have ended.
all_over() {
	wait_for no_children "$PID"
}

log=$BATS_TEST_TMPDIR/pop3d.log

logged() { # REGEX
	grep -qE "$1" "$log"
}

says() { # REGEX, in the log, soon
	wait_for logged "$1" || { cat "$log" && return 1; }
}

# Exactly these files are in alice's Maildir.
left() { # FOLDER/NAME ...
	diff <(printf '%s\n' "$@" | sort) <(cd "$HOUSE/mail/alice" && find new cur -mindepth 1 | sort)
}

both_left() {
	left new/1700000001.M1P1.host new/1700000002.M1P1.host
}

# Transcripts

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
