# A session with smtpd by hand, and what the Maildirs hold afterwards. Needs helper.

# A session by hand: descriptor $C.
connect() {
	exec {C}<>"/dev/tcp/127.0.0.1/$PORT"
	hear 220
}

say() { # LINE ...
	printf '%s\r\n' "$@" >&"$C"
}

# The next reply, all lines of it, begins so.
hear() { # TEXT
	local line
	while read -r -t 20 -u "$C" line && [[ $line = ???-* ]]; do :; done
	[[ $line = "$1"* ]] || { echo "wanted $1, got $line" && return 1; } >&2
}

# Up to the 354 and the first lines of a message.
begin_message() { # RECIPIENT ...
	local to
	connect
	say 'EHLO client.example.net'
	hear 250
	say 'MAIL FROM:<a@example.net>'
	hear 250
	for to in "$@"; do
		say "RCPT TO:<$to>"
		hear '250 2.1.5'
	done
	say DATA
	hear 354
	say 'Subject: test' '' 'one line'
}

text() { # OCTETS, in lines of 76 and their ends
	head -c "$(($1 / 78 * 76))" /dev/zero | tr '\0' a | fold -w 76 | awk '{ printf "%s\r\n", $0 }' >&"$C"
}

end_message() {
	say .
	hear "${1:-250 2.0.0}"
}

# Of the recipients that were said, and DATA, so many and not one more; then the message.
taken() { # NUMBER
	local i
	for ((i = 0; i < $1; i++)); do
		hear '250 2.1.5'
	done
	hear '452 4.5.3'
	hear 354
	end_message
}

# The server has closed.
closed() {
	local line
	if read -r -t 20 -u "$C" line; then
		echo "not closed: $line" >&2
		return 1
	fi
	exec {C}>&-
}

send() { # RECIPIENT ...
	begin_message "$@"
	end_message
	say QUIT
	hear 221
	closed
}

children() { # PID
	local pids
	read -r -a pids <"/proc/$1/task/$1/children" || true
	echo "${pids[@]}"
}

# The two processes of the one session there is.
processes() {
	KEEPER=$(children "$PID")
	FRONT=$(children "$KEEPER")
	[ -n "$KEEPER" ] && [ -n "$FRONT" ]
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

messages() { # USER ...: the files of delivered messages
	local user
	for user in "$@"; do
		find "$HOUSE/mail/$user/new" -type f 2>/dev/null
	done
}

count() { # WANTED USER ...
	local wanted=$1 got
	shift
	got=$(messages "$@" | wc -l)
	[ "$got" -eq "$wanted" ] || { echo "$got messages of $*, not $wanted" && return 1; } >&2
}

# There is no file, or soon will be none: what is refused is removed after the answer.
no_files() { # FOLDER ...
	wait_for nothing_found "$@" -type f
}

nothing_found() {
	[ -z "$(find "$@")" ]
}

no_drafts() {
	no_files "$HOUSE"/mail/*/tmp
}

# The log has this line, or soon will: it comes through a pipe.
logged() { # REGEX
	wait_for grep -qE "$1" "$BATS_TEST_TMPDIR/smtpd.log" ||
		{ echo "not logged: $1" && cat "$BATS_TEST_TMPDIR/smtpd.log" && return 1; } >&2
}

# Does not start: the status and what is said.
refuses() { # STATUS TEXT ARGUMENT ...
	local wanted=$1 text=$2
	shift 2
	run "$(program smtpd)" -f "$CONF" "$@" </dev/null
	[ "$status" -eq "$wanted" ] && [[ $output = *"$text"* ]] || { echo "$status: $output" && return 1; } >&2
}

start() {
	start_daemon smtpd -DF -l 127.0.0.1:0 "$@"
}
