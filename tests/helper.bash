# What the bats files share: accounts and mail to test with, daemons started and stopped.
#
#   load helper
#
# As root, the daemons run as root, become nobody, and the mail belongs to uid 4242; a test can start
# them as the plain user nobody instead (as_user nobody). Otherwise all is the plain user's own.
# From the environment: TRIVET, the folder with the built programs; TRIVET_SANDBOX=off.

HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
TRIVET=$(cd "${TRIVET:-$HERE/..}" && pwd)
TESTBIN=$TRIVET/tests
TALK=$TESTBIN/talk
MAIL_UID=4242
RUNAS=()
declare -gA DAEMON PUMP # by the name given to start_daemon
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0} UBSAN_OPTIONS=print_stacktrace=1

is_root() {
	[ "$(id -u)" -eq 0 ]
}

# needs_root || return 0
needs_root() {
	is_root && return 0
	echo "$BATS_TEST_DESCRIPTION" >>"$BATS_RUN_TMPDIR/needs-root"
	return 1
}

# Until the test ends: terminals are seen by all, and who is written to on his own is written to on
# each (-x: no other test has any).
use_terminals() { # -s|-x
	exec {TERMINALS}</dev/pts
	flock -w 300 "$1" "$TERMINALS"
}

# As root: start the daemons as this user from now on. Before fixture.
as_user() {
	RUNAS=()
	! is_root || [ "$1" = root ] ||
		RUNAS=(setpriv "--reuid=$1" "--regid=$(id -g "$1")" --clear-groups)
}

# Where others can run it: a checkout may lie in a folder that only root can enter.
program() { # NAME
	if [ ${#RUNAS[@]} -eq 0 ]; then
		echo "$TRIVET/$1/$1"
	else
		mkdir -p "$BATS_TEST_TMPDIR/bin"
		install -m 755 "$TRIVET/$1/$1" "$BATS_TEST_TMPDIR/bin/$1"
		echo "$BATS_TEST_TMPDIR/bin/$1"
	fi
}

# In $HOUSE: accounts alice (secret) and bob (secret2), empty mailboxes, settings in $CONF.
fixture() {
	HOUSE=$BATS_TEST_TMPDIR/house
	CONF=$HOUSE/trivet.conf
	OWNER=$(id -u):$(id -g)
	rm -rf "$HOUSE"
	mkdir "$HOUSE"
	mkdir -m 755 "$HOUSE"/{accounts,mail,run,files}
	cat >"$CONF" <<-END
		hostname mail.example.org
		domains example.org
		accounts $HOUSE/accounts
		mail $HOUSE/mail
		aliases $HOUSE/aliases
		run $HOUSE/run
		user nobody
		sandbox ${TRIVET_SANDBOX:-on}
		auth-penalty 0
	END
	if [ ${#RUNAS[@]} -gt 0 ]; then
		OWNER=$("${RUNAS[@]}" id -u):$("${RUNAS[@]}" id -g)
		chown -R "$OWNER" "$HOUSE"
	elif is_root; then
		OWNER=$MAIL_UID:$MAIL_UID
		chown "$OWNER" "$HOUSE/mail"
	fi
	add_user alice secret
	add_user bob secret2
}

add_user() { # NAME PASSWORD
	local mailuser
	mailuser=$(program mailuser)
	echo "$2" | "${RUNAS[@]}" "$mailuser" -f "$CONF" add "$1"
}

# Puts standard input as it is into a mailbox, under a base name.
put_mail() { # USER NAME
	local new=$HOUSE/mail/$1/new
	[ -d "$new" ] || install -d -o "${OWNER%:*}" -g "${OWNER#*:}" -m 700 \
		"$HOUSE/mail/$1" "$HOUSE/mail/$1"/{tmp,cur,new}
	cat >"$new/$2"
	chown "$OWNER" "$new/$2"
	chmod 600 "$new/$2"
}

# Starts a daemon with $CONF and waits until it listens, once for each -l or -a: PID, PORT of the
# first, PORTS of all. Its standard error is $BATS_TEST_TMPDIR/NAME.log. One of each name at a time.
start_daemon() { # NAME ARGUMENT ...
	local name=$1 log=$BATS_TEST_TMPDIR/$1.log program line wanted fd
	shift
	[ -z "${DAEMON[$name]:-}" ] || stop_daemon "$name"
	program=$(program "$name")
	wanted=$(printf '%s\n' "$@" | grep -cx -- '-[la]')
	rm -f "$log.pipe"
	mkfifo "$log.pipe"
	"${RUNAS[@]}" "$program" -f "$CONF" "$@" 3>&- 2>"$log.pipe" &
	PID=$!
	DAEMON[$name]=$PID
	exec {fd}<"$log.pipe"
	PORTS=()
	while [ ${#PORTS[@]} -lt "$wanted" ]; do
		read -r -t 20 -u "$fd" line || {
			echo "$name does not listen:" && cat "$log" && return 1
		} >&2
		echo "$line" >>"$log"
		[[ $line != *'listening on '* ]] || PORTS+=("${line##*:}")
	done
	PORT=${PORTS[0]:-}
	cat <&"$fd" >>"$log" 3>&- &
	PUMP[$name]=$!
	exec {fd}<&-
}

# Waits for a process of ours to end, and returns its status; kills it after so many seconds.
await() { # PID SECONDS
	timeout "$2" tail --pid="$1" -s 0.02 -f /dev/null 3>&- || kill -KILL "$1"
	wait "$1"
}

# Ends a daemon and waits until it and its sessions have ended and the log is complete; a session that
# outlives the daemon (killed by the test) is not waited for longer than 5 seconds.
stop_daemon() { # NAME
	local status=0 pid=${DAEMON[$1]} pump=${PUMP[$1]:-}
	unset "DAEMON[$1]" "PUMP[$1]"
	kill "$pid" 2>/dev/null || true
	await "$pid" 40 || status=$?
	[ -z "$pump" ] || await "$pump" 5 || true
	return "$status"
}

# Ends all daemons; false if one of them, or a session, has gone wrong.
stop_daemons() {
	local name bad='died of signal|ERROR: (Address|Leak)Sanitizer|runtime error:'
	for name in "${!DAEMON[@]}"; do
		stop_daemon "$name" || echo "$name ended with status $?" >>"$BATS_TEST_TMPDIR/$name.log"
	done
	! grep -HE "$bad|ended with status" "$BATS_TEST_TMPDIR"/*.log 2>/dev/null
}

teardown() {
	stop_daemons
}
