#!/usr/bin/env bats
# smtpd: many sessions at once, and what they cost.

load helper
load hold
load smtpd

# Soon after the last word, both halves take less than so many kilobytes; page tables are told apart.
idle_sessions() { # N KILOBYTES
	start -o clients="$1"
	hold "$1"
	all_say 'HELO client.example.net'
	wait_for sessions_below $(($1 * $2))
	[ -z "${LARGE:-}" ] || sessions_told "$1" >&3
	all_say QUIT
}

# LARGE=1: 2,500.
# bats test_tags=once
@test "large: 300 idle sessions take less than 72 KB each, of the static program 30" {
	needs_root || return 0 # to read the memory of a front, which is not dumpable
	local n=$((LARGE ? 2500 : 300))
	fixture
	idle_sessions $n 72
	static_build smtpd
	TRIVET=$BUILT idle_sessions $n 30
}
