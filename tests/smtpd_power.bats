#!/usr/bin/env bats
# smtpd: what is on disk when the power fails in a delivery: tests/faults/power.py.
#
# bats file_tags=once

load helper
load smtpd

# FSYNCS OCTETS RECIPIENT ...
survives() {
	# Who is not root cannot see what a front in its jail writes.
	is_root || echo 'sandbox off' >>"$CONF"
	run python3 "$HERE/faults/power.py" "$HOUSE/mail" "${@:2}" -- \
		"${RUNAS[@]}" "$(program smtpd)" -F -f "$CONF"
	echo "$output"
	[ "$status" -eq 0 ] && [[ $output = *" $1 of them fsync"* ]]
}

@test "one recipient: two fsyncs, and without either the message may be lost" {
	fixture
	survives 2 500 alice
}

@test "a large message, written in pieces" {
	fixture
	survives 2 400000 alice
}

@test "three recipients who share one file" {
	fixture
	add_user carol x
	survives 4 500 alice bob carol
}

@test "a Maildir that has to be made: the folders that lead to it, too" {
	fixture
	rm -r "$HOUSE/mail/alice"
	survives 4 500 alice
}

@test "recipients with owners of their own, who get copies; and quotas" {
	needs_root || return 0
	fixture
	printf 'uid 4300\ngid 4300\nquota 1M\n' >>"$HOUSE/accounts/bob"
	chown -R 4300:4300 "$HOUSE/mail/bob"
	survives 4 500 alice bob
}
