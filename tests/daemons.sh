# What tests/demo and tests/run share: a folder of their own, and the daemons started and stopped.
#
# As any user; as root everything runs as nobody. Wants: here, the folder of the scripts; TRIVET, the
# folder with the built programs.

programs='pop3d/pop3d smtpd/smtpd tftpd/tftpd mailuser/mailuser tests/mail'

# As root: begins the script anew as nobody, with copies of all that nobody might not be able to read.
leave_root() { # FOLDER
	for program in $programs; do
		mkdir -p "$1/${program%/*}"
		cp "$TRIVET/$program" "$1/$program" || exit 1
	done
	cp "$here/daemons.sh" "$0" "$1/tests" || exit 1
	chown -R nobody "$1" || exit 1
	trap - EXIT
	TRIVET_HOUSE=$1 exec "$1/tests/mail" as-nobody sh "$1/tests/${0##*/}"
}

# A folder of our own in $dir, removed with all daemons when the script ends, however it ends.
open_house() {
	dir=${TRIVET_HOUSE:-${TMPDIR:-/tmp}/trivet-${0##*/}.$$}
	pids=
	[ -n "${TRIVET_HOUSE:-}" ] || (umask 077 && mkdir "$dir") || exit 1
	trap close_house EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	[ "$(id -u)" -ne 0 ] || leave_root "$dir"
	mkdir "$dir/accounts" "$dir/mail" "$dir/run" "$dir/files"
	cat >"$dir/trivet.conf" <<-END
		hostname mail.example.org
		domains example.org
		accounts $dir/accounts
		mail $dir/mail
		aliases $dir/aliases
		run $dir/run
	END
}

stop_all() {
	[ -z "$pids" ] || kill $pids 2>/dev/null
	pids=
	wait
}

close_house() {
	trap '' INT TERM HUP
	stop_all
	rm -rf "$dir"
}

add_user() { # NAME PASSWORD
	echo "$2" | "$TRIVET/mailuser/mailuser" -f "$dir/trivet.conf" add "$1"
}

# Starts a daemon, its log to descriptor 4, and waits until it listens: $port is where.
start() { # NAME ARGUMENT ...
	name=$1
	shift
	mkfifo "$dir/$name.log"
	"$TRIVET/$name/$name" -f "$dir/trivet.conf" "$@" 2>"$dir/$name.log" 4>&- &
	pids="$pids $!"
	exec 5<"$dir/$name.log"
	port=
	while [ -z "$port" ] && IFS= read -r line <&5; do
		printf '%s\n' "$line" >&4
		case $line in
		*'listening on '*) port=${line##*:} ;;
		esac
	done
	[ -n "$port" ] || { echo "$name has not started"; exit 1; } >&2
	cat <&5 >&4 &
	exec 5<&-
}
