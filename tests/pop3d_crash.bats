#!/usr/bin/env bats
# pop3d: UPDATE killed before each of its system calls, and with each of them failing once.
#
# bats file_tags=once

load helper

# What is left fits what the client was told, and the next session finds all of it.
faults() { # USER ARGUMENT ...
	as_user "$1"
	fixture
	python3 "$HERE/pop3d/crash.py" "$HOUSE/mail" "$OWNER" \
		"${RUNAS[@]}" "$(program pop3d)" -F -f "$CONF" "${@:2}"
}

@test "UPDATE with any call failing, or killed at any: no false +OK, nothing unmarked goes" {
	faults root
	faults nobody
	faults root -o sandbox=off
}

@test "the same with trash and mark-seen: nothing at all goes" {
	faults root -o trash=7 -o mark-seen=on
}
