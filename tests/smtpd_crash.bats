#!/usr/bin/env bats
# smtpd: front and keeper killed before each of their system calls in a delivery, and each of the
# calls failing once: tests/smtpd/crash.py.
#
# bats file_tags=once

load helper

faults() { # USER
	as_user "$1"
	fixture
	add_user carol x
	# Nobody but root can trace a front in its jail.
	[ "$1" = root ] && is_root || echo 'sandbox off' >>"$CONF"
	python3 "$HERE/smtpd/crash.py" "$HOUSE/mail" "$OWNER" \
		"${RUNAS[@]}" "$(program smtpd)" -F -f "$CONF"
}

@test "whatever fails, whoever dies: after 250 never lost, never half, at worst twice" {
	faults root
}
