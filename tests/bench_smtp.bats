#!/usr/bin/env bats
# The SMTP bench's own programs do what they say. No figure is judged here.
#
# bats file_tags=once

load helper
load smtpd

LIMIT=$TESTBIN/bench/limit/smtpdurable
LOAD=$TESTBIN/bench/load

setup() {
	local i
	fixture
	for ((i = 0; i < 100; i++)); do
		echo 'password *' >"$HOUSE/accounts/u$i"
		mkdir -p "$HOUSE/mail/u$i"/{tmp,new,cur}
	done
	chown -R "$OWNER" "$HOUSE/mail"
}

# "COUNT SECONDS", and the count is this.
counts() { # COUNT COMMAND ...
	local count=$1 line
	shift
	line=$("$@")
	[[ $line =~ ^$count(\.[0-9]+)?\ [0-9]+\.[0-9]+$ ]] || { echo "$line" && return 1; }
}

# The same works for both: 30 messages to one each, 4 to 50 each, and two large ones.
plays_all() {
	counts 30 "$LOAD/smtp" send "$PORT" 5 30 4096 1 "$HOUSE/mail"
	counts 4 "$LOAD/smtp" send "$PORT" 2 4 4096 50 "$HOUSE/mail"
	counts 2 "$LOAD/smtp" send "$PORT" 1 2 1000000 1 "$HOUSE/mail"
	counts 1 "$LOAD/smtp" send "$PORT" 3 1 4096 1
	[ "$(find "$HOUSE/mail" -path '*/new/*' | wc -l)" -eq 233 ]
	[ "$(find "$HOUSE/mail" -path '*/new/*' -links 50 | wc -l)" -eq 200 ]
	[ "$(find "$HOUSE/mail" -path '*/new/*' -size +900k | wc -l)" -eq 2 ]
	no_drafts
}

@test "the SMTP load generator plays each work with smtpd, and waits for what arrives" {
	start
	plays_all
	counts 20 "$LOAD/smtp" send "$PORT" 3 20 envelope 50
	echo | "$LOAD/smtp" hold "$PORT" 3 | grep -qx held
}

@test "the limit delivers what it answers" {
	coproc SERVER { exec "$LIMIT" "$HOUSE/mail" 2>&1 3>&-; }
	pid=$SERVER_PID
	read -r -t 20 -u "${SERVER[0]}" line
	PORT=${line##*:}
	plays_all
	file=$(find "$HOUSE/mail" -path '*/new/*' -size -6 | head -n 1)
	[ "$(stat -c %s "$file")" -eq 4096 ] && [ "$(tail -c 2 "$file" | od -An -c | tr -d ' ')" = '\r\n' ]
	kill "$pid"
	await "$pid" 20 || true
}

@test "the load fails when the server refuses" {
	start
	rm "$HOUSE/accounts/u0"
	! "$LOAD/smtp" send "$PORT" 1 1 4096 1 2>"$BATS_TEST_TMPDIR/said" || false
	grep -q 'session 0: expected .*, got 550' "$BATS_TEST_TMPDIR/said"
	! "$LOAD/smtp" send "$PORT" 1 10000 4096 50 "$HOUSE/mail" 2>"$BATS_TEST_TMPDIR/said" || false
	grep -q 'more than 16000 arrivals' "$BATS_TEST_TMPDIR/said"
}

@test "a daemon's start is measured up to its listening" {
	counts 2 "$LOAD/start" 2 "$(program smtpd)" -f "$CONF" -DF -l 127.0.0.1:0
	! "$LOAD/start" 1 "$(program smtpd)" -f "$CONF" -o nonsense=1 -DF -l 127.0.0.1:0 || false
}
