# What the bats files of pop3d share: letters, and a session by hand. Needs helper.

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
	exec {C}<>"/dev/tcp/127.0.0.1/$PORT"
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

# The next lines are those of standard input, of which there are many.
hear_lines() {
	local wanted=$BATS_TEST_TMPDIR/wanted
	sed 's/$/\r/' >"$wanted"
	head -c "$(stat -c %s "$wanted")" <&"$C" | cmp - "$wanted"
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

# The fields of /proc/PID/status after their name.
status() { # PID NAME
	awk -v name="$2:" '$1 == name { $1 = ""; print substr($0, 2) }' "/proc/$1/status"
}
