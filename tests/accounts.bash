# Logins of accounts from elsewhere, through pop3d. Needs helper.

SHA512='$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1'
YESCRYPT='$y$j9T$saltsaltsalt$AnbE4uovRUrp5W/7h65lVXbBxJijULPRqRjd39xI5w9'

start() {
	start_daemon pop3d -DF -l 127.0.0.1:0 "$@"
}

# The answer to a login, and what STAT says then.
reply() { # USER PASSWORD
	local fd line
	exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'USER %s\r\nPASS %s\r\nSTAT\r\nQUIT\r\n' "$@" >&"$fd"
	read -r -t 20 -u "$fd" _
	read -r -t 20 -u "$fd" _
	for _ in 1 2; do
		read -r -t 60 -u "$fd" line
		printf '%s\n' "${line%$'\r'}"
	done
	exec {fd}>&-
}

is() { # REPLY USER PASSWORD
	local got
	got=$(reply "$2" "$3" | head -n 1)
	[[ $got = $1 ]] || { echo "$2: wanted $1, got $got" && cat "$BATS_TEST_TMPDIR/pop3d.log" && return 1; } >&2
}

# The log has this line, or soon will: it comes through a pipe.
logged() { # REGEX [DAEMON]
	local tries file=$BATS_TEST_TMPDIR/${2:-pop3d}.log
	for ((tries = 0; tries < 2000; tries++)); do
		! grep -qE "$1" "$file" || return 0
		read -r -t 0.01 <><(:) || true
	done
	{ echo "not logged: $1" && cat "$file" && return 1; } >&2
}

import() { # NAME HASH
	echo "password $2" >"$HOUSE/accounts/$1"
	chown "$(stat -c %u "$HOUSE/accounts")" "$HOUSE/accounts/$1"
}

# Does not start: the status and what is said.
refuses() { # STATUS TEXT PROGRAM ARGUMENT ...
	local wanted=$1 text=$2 name=$3
	shift 3
	run "$(program "$name")" -f "$CONF" "$@" </dev/null
	[ "$status" -eq "$wanted" ] && [[ $output = *"$text"* ]] || { echo "$status: $output" && return 1; } >&2
}

deliver() { # RECIPIENT: prints the replies to RCPT and to the message
	python3 - "$PORT" "$1" <<-'END'
		import smtplib, sys
		s = smtplib.SMTP('127.0.0.1', int(sys.argv[1]), 'client.example.net', 60)
		s.ehlo()
		s.mail('a@example.net')
		code, _ = s.rcpt(sys.argv[2])
		print(code, s.data(b'Subject: hello\r\n\r\nHello\r\n')[0] if code == 250 else '')
		s.quit()
	END
}
