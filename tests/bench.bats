#!/usr/bin/env bats
# The benches' own programs do what they say: each load generator against our daemon and against the
# limits, and the figures become a table. No figure is judged here.
#
# bats file_tags=once

load helper

bench=$TESTBIN/bench

setup() {
	fixture
	LOAD=$TESTBIN/bench/load
	LIMIT=$TESTBIN/bench/limit
}

teardown() {
	[ -z "${MEASURED:-}" ] || end_measured
	stop_daemons
}

# Starts a server under `measure`: PORT.
measured() { # COMMAND ...
	coproc SERVER { exec "$bench/measure" "$BATS_TEST_TMPDIR/server.log" "$@" 3>&-; }
	MEASURED=$SERVER_PID
	exec {FROM}<&"${SERVER[0]}" {TO}>&"${SERVER[1]}"
	read -r -t 20 -u "$FROM" word PORT
	[ "$word" = port ]
}

ask() { # WORD; sets `told`
	echo "$1" >&"$TO"
	read -r -t 20 -u "$FROM" -a told
}

end_measured() {
	local pid=$MEASURED
	MEASURED=
	ask end
	exec {TO}>&- {FROM}<&-
	await "$pid" 20
	[ "${told[0]}" = cpu ] && [ "${told[1]}" -gt 0 ]
}

# "COUNT SECONDS", and the count is this.
counts() { # COUNT COMMAND ...
	local count=$1 line
	shift
	line=$("$@")
	[[ $line =~ ^$count(\.[0-9]+)?\ [0-9]+\.[0-9]+$ ]] || { echo "$line" && return 1; }
}

# Mail of alice's, who has none yet.
maildrop() { # COUNT OCTETS named|foreign [linked]
	local as=()
	! is_root || as=(setpriv "--reuid=$MAIL_UID" "--regid=$MAIL_UID" --clear-groups)
	rm -rf "$HOUSE/mail/alice1"
	"${as[@]}" "$bench/maildrop" "$HOUSE/mail/alice1" "$@"
	[ -e "$HOUSE/accounts/alice1" ] || add_user alice1 secret
}

pop3d() {
	measured "$(program pop3d)" -f "$CONF" -DF -l 127.0.0.1:0
}

@test "the POP3 load generator plays each work, and counts it" {
	maildrop 30 1000 named linked
	pop3d
	counts 5 "$LOAD/pop3" login "$PORT" alice 1 5 1
	counts 60 "$LOAD/pop3" list "$PORT" alice1 2
	ask memory
	[ "${told[0]}" = memory ] && [ "${told[1]}" -gt 0 ] && [ "${told[3]}" -ge 1 ]
	counts '0' "$LOAD/pop3" retr "$PORT" alice1 pipelined 2
	counts '0' "$LOAD/pop3" retr "$PORT" alice1 lock-step 1
	counts 90 "$LOAD/pop3" dele "$PORT" alice1 pipelined 3
	ask mark
	[ "${told[0]}" = mark ]
	echo | "$LOAD/pop3" hold "$PORT" alice 1 | grep -qx held
	end_measured
	[ "$(find "$HOUSE/mail/alice1/cur" -type f | wc -l)" -eq 30 ]
}

@test "a load generator fails when the server does" {
	maildrop 1 1000 foreign
	pop3d
	! "$LOAD/pop3" login "$PORT" bob 1 1 1 2>"$BATS_TEST_TMPDIR/said" || false
	grep -q 'session 0: -ERR ' "$BATS_TEST_TMPDIR/said"
	! "$LOAD/pop3" list "$PORT" nobody 1 || false
}

@test "the limits of POP3 hold the dialogue" {
	maildrop 30 100000 named
	measured "$LIMIT/pop3fork"
	counts 20 "$LOAD/pop3" login "$PORT" any 5 20 4
	end_measured
	measured "$LIMIT/pop3list" "$HOUSE/mail/alice1/cur"
	counts 30 "$LOAD/pop3" list "$PORT" any 1
	end_measured
	for how in expand plain; do
		measured "$LIMIT/pop3send" $how "$(find "$HOUSE/mail/alice1/cur" -name '1700000001*')"
		counts 0 "$LOAD/pop3" retr "$PORT" any lock-step 3
		end_measured
	done
}

# bats test_tags=sandbox
@test "the limit with two halves wants the password" {
	maildrop 1 100 named
	hash=$(perl -e 'print crypt("secret", q($5$rounds=1000$salt$))')
	measured "$LIMIT/pop3fork" nobody "$HOUSE/mail/alice1" "$hash"
	counts 20 "$LOAD/pop3" login "$PORT" any 5 20 4
	end_measured
	measured "$LIMIT/pop3fork" nobody "$HOUSE/mail/alice1" "${hash/salt/xalt}"
	! "$LOAD/pop3" login "$PORT" any 5 1 1 || false
}

# Of what is in titles, goals and raw.
report() { # ARGUMENT ...
	local part programs=()
	for part in report table growth; do
		programs+=(-f "$HERE/bench/$part.awk")
	done
	timeout 20 awk -v titles=titles -v goals=goals "$@" "${programs[@]}" raw
}

@test "the figures become medians, ratios and goals" {
	cd "$BATS_TEST_TMPDIR"
	printf 'work:1\twhat it is\n' >titles
	printf 'work:1 rate trivet best >= 2\nwork:1 cpu trivet best <= 0.5\n' >goals
	for round in 1 2 3; do
		printf 'work:1\t%s\t%s\t%s\tthings/s\t%s\t0\t0\n' trivet $round ${round}00 6 slow $round 50 10 \
			fast $round 80 10 limit $round 900 1
	done >raw
	report -v chart=chart | tee table
	grep -qE '^  trivet +200.0 \(100.0 - 300.0\) +6' table
	grep -qE '^  rate +trivet / best \(fast\) +2.5 +goal >= 2 +met$' table
	grep -qE '^  cpu +trivet / best .* 0.6 +goal <= 0.5 +MISSED$' table
	grep -qF $'"work:1"\t2.5\t0.625\t1\t11.25' chart.data
	report -v table=1 | tee table
	grep -qx 'what it is' table
	grep -qE '^  things/s +200.0  100.0 - 300.0 +2.5 fast +0.222 limit +>= 2 best, met$' table
	grep -qE '^  us CPU each +6  6 - 6 +0.6 slow +6 limit +<= 0.5 best, MISSED$' table
}

@test "figures that grow stand beside each other" {
	cd "$BATS_TEST_TMPDIR"
	printf 'work:%s\twhat it is\n' 1 10 100 >titles
	echo 'work:100 rate trivet trivet@work:1 >= 0.8' >goals
	printf 'work:%s\ttrivet\t1\t%s\tthings/s\t5\t%s\t0\n' 1 50 8 10 40 6 100 30 4 >raw
	report -v chart=growth | tee table
	grep -qE '^ +10 +40.0 \(40.0 - 40.0\) +5 +6 *$' table
	grep -qE '^  rate +trivet / trivet@work:1 +0.6 +goal >= 0.8 +MISSED$' table
	[ "$(grep -c '^plot' growth.gnuplot)" -eq 2 ]
	report -v chart=growth -v table=1 | tee table
	grep -qx '  things/s      1: 50.0  10: 40.0  100: 30.0' table
	grep -qx '    100 / 1: 0.6  >= 0.8, MISSED' table
	grep -qx '  KB PSS        1: 8  10: 6  100: 4' table
}

@test "the TFTP load generator plays each work, and counts it; our daemon keeps its side" {
	head -c 100000 /dev/urandom >"$HOUSE/files/f"
	chmod 777 "$HOUSE/files"
	measured "$(program tftpd)" -f "$CONF" -DF -c -a 127.0.0.1:0 "$HOUSE/files"
	counts '0.20*' "$LOAD/tftp" get "$PORT" f 100000 2 1
	counts '0.20*' "$LOAD/tftp" get "$PORT" f 100000 2 2 1428 16
	counts 20 "$LOAD/tftp" files "$PORT" f 100000 20 4 8192 8
	counts 30 "$LOAD/tftp" miss "$PORT" none 0 30 4
	counts '0.30*' "$LOAD/tftp" put "$PORT" new 100000 3 2 1428 16
	counts '0.10*' "$LOAD/tftp" put "$PORT" slow 100000 1 1
	end_measured
	[ "$(stat -c %s "$HOUSE/files"/{new{1,2,3},slow1} | sort -u)" -eq 100000 ]
	[ "$(grep -c 'result=ok' "$BATS_TEST_TMPDIR/server.log")" -eq 28 ]
}

@test "the limits of TFTP hold the dialogue; a file that is cut short is no transfer" {
	head -c 100000 /dev/urandom >"$HOUSE/files/f"
	for how in gso '-m gso' mmsg sendto; do
		# shellcheck disable=SC2086
		measured "$LIMIT/udpsend" $how "$HOUSE/files/f"
		for options in '' '1428 64' '8192 5'; do
			# shellcheck disable=SC2086
			counts 3 "$LOAD/tftp" files "$PORT" f 100000 3 2 $options
		done
		! "$LOAD/tftp" get "$PORT" f 200000 1 1 2>/dev/null || false
		end_measured
	done
}

@test "a bench runs from its start to its table" {
	TRIVET=$TRIVET BENCH_ROUNDS=1 BENCH_DIR=$BATS_TEST_TMPDIR BENCH_OUT=$BATS_TEST_TMPDIR/out \
		BENCH_ONLY='pop3-accounts:100 pop3-sessions:10 pop3-list:10 pop3-message:100 smtp-sessions:10
			smtp-message:100 smtp-recipients:5 smtp-accounts:1000 tftp-file:10 tftp-transfers:10' \
		"$HERE/bench/growth" 3>&- | tee "$BATS_TEST_TMPDIR/said"
	! grep failed "$BATS_TEST_TMPDIR/said" || false
	grep '^[a-zA-Z]' "$BATS_TEST_TMPDIR/out/growth.table"
	[ "$(grep -cE '^  [a-zA-Z/ ]+ [0-9]+: [0-9.]+$' "$BATS_TEST_TMPDIR/out/growth.table")" -eq 12 ]
	[ -z "$(find "$BATS_TEST_TMPDIR" -maxdepth 1 -name 'bench-trivet*')" ]
}
