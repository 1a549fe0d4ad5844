# What the bats files about tftpd share. Needs helper.
#
# $FILES is served. As root, the daemon becomes nobody, who may write there.
setup() {
	HOUSE=$BATS_TEST_TMPDIR/house
	CONF=$HOUSE/trivet.conf
	FILES=$HOUSE/files
	LOG=$BATS_TEST_TMPDIR/tftpd.log
	umask 022
	mkdir -p "$FILES" "$HOUSE/run"
	chmod 777 "$FILES"
	printf 'run %s\nuser nobody\nsandbox %s\n' "$HOUSE/run" "${TRIVET_SANDBOX:-on}" >"$CONF"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	! mountpoint -q "$FILES" || umount "$FILES"
	stop_daemons
}

serve() { # ARGUMENT ...
	start_daemon tftpd -DF -a 127.0.0.1:0 "$@"
}

# Standard input is a transcript.
play() { # [HOST [PORT]]
	"$TESTBIN/tftptalk" ${SINGLE:+-s} - connect "${1:-127.0.0.1}" "${2:-$PORT}"
}

make_file() { # NAME SIZE
	head -c "$2" /dev/urandom >"$FILES/$1"
}

get() { # [CURL-ARGUMENT ...] NAME
	curl -sS --max-time 60 "${@:1:$#-1}" -o got "tftp://127.0.0.1:$PORT/${*: -1}"
}

get_at_once() { # N FILE: each of them whole
	local i jobs=()
	for ((i = 1; i <= $1; i++)); do
		curl -sS --max-time 60 -o "got$i" "tftp://127.0.0.1:$PORT/$2" 3>&- &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	for ((i = 1; i <= $1; i++)); do
		cmp "got$i" "$FILES/$2"
	done
}

# All that ran has ended, and a line of the log matches.
logged() { # REGULAR-EXPRESSION
	[ -z "${DAEMON[tftpd]:-}" ] || stop_daemon tftpd
	grep -Eq -- "$1" "$LOG" || { echo "not logged: $1" && cat "$LOG" && false; }
}

nothing_temporary() {
	[ -z "$(find "$FILES" -name '.trivet-*')" ]
}
