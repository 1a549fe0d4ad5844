# An alias file, and where smtpd says that mail goes. Needs helper and smtpd.

ok='250 2.1.5'
unknown='550 5.1.1'

# Standard input becomes the alias file.
aliases() {
	cat >"$HOUSE/aliases"
	chmod 644 "$HOUSE/aliases"
}

# What smtpd -n tells of an address, its errors in $BATS_TEST_TMPDIR/complaints.
told() { # ADDRESS ...
	"${RUNAS[@]}" "$(program smtpd)" -f "$CONF" -n "$@" 2>"$BATS_TEST_TMPDIR/complaints" || true
}

# The Maildirs (and programs) an address leads to, by what is behind the last slash, and the reply.
leads() { # ADDRESS WANTED
	local got
	got=$(told "$1" | sed -n 's/, as uid [0-9]*$//
		s/^ *Maildir .*\///p
		s/^ *program /|/p
		$p' | awk '!seen[$0]++' | paste -sd ' ')
	[[ $got = $2* ]] || { echo "$1: wanted $2, got $got" && told "$1" && cat "$BATS_TEST_TMPDIR/complaints" && return 1; } >&2
}

complained() { # REGEX
	grep -qE "$1" "$BATS_TEST_TMPDIR/complaints" ||
		{ echo "no complaint: $1" && cat "$BATS_TEST_TMPDIR/complaints" && return 1; } >&2
}

# RCPT for each address, in one transaction: what is heard. Leaves the session before DATA.
rcpt() { # ADDRESS REPLY ...
	while [ $# -gt 0 ]; do
		say "RCPT TO:<$1>"
		hear "$2" || { echo "to $1" && return 1; } >&2
		shift 2
	done
}

begin() {
	connect
	say 'EHLO client.example.net' 'MAIL FROM:<a@example.net>'
	hear 250
	hear 250
}
