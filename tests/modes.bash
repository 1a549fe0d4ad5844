# One expectation for every way in which a stream daemon can be started. Needs helper.
#
#   play_everywhere TRANSCRIPT PROGRAM [ARGUMENT ...]
#
# The transcript meets a fresh fixture each time, and what the function `prepare` (if the test has
# one) adds to it: mail, settings.

modes='daemon daemon-plain octets inetd inetd-plain pipe unix accepted listener'

# Under -D. With -e the server must say the same.
play_standing() { # TALK-OPTIONS TRANSCRIPT PROGRAM ARGUMENT ...
	local options=$1 transcript=$2 name=$3
	shift 3
	start_daemon "$name" -DF -l 127.0.0.1:0 "$@" || return
	# shellcheck disable=SC2086
	"$TALK" $options "$transcript" connect 127.0.0.1 "$PORT" || return
	stop_daemon "$name"
}

# As a superserver starts it. Where descriptor 2 is not the client's, logs go there.
play_started() { # HOW TRANSCRIPT PROGRAM ARGUMENT ...
	local how=$1 transcript=$2 name=$3 program
	shift 3
	program=$(program "$name")
	if [ "$how" = inetd ]; then
		"$TALK" "$transcript" inetd "${RUNAS[@]}" "$program" -f "$CONF" "$@"
	else
		"$TALK" -l "$BATS_TEST_TMPDIR/$name.log" "$transcript" "$how" \
			"${RUNAS[@]}" "$program" -F -f "$CONF" "$@"
	fi
}

play_in() { # MODE TRANSCRIPT PROGRAM ARGUMENT ...
	local mode=${1%-plain}
	shift
	case $mode in
	daemon) play_standing '' "$@" ;;
	octets) play_standing -e "$@" ;;
	*) play_started "$mode" "$@" ;;
	esac
}

play_everywhere() {
	local mode failed=0
	for mode in $modes; do
		as_user root
		if [[ $mode = *-plain ]]; then
			is_root || continue # it all was
			as_user nobody
		fi
		fixture
		! declare -F prepare >/dev/null || prepare
		play_in "$mode" "$@" || {
			failed=1
			stop_daemons
			echo "FAILED in mode: $mode"
			cat "$BATS_TEST_TMPDIR/$2.log" 2>/dev/null
		} >&2
	done
	return $failed
}
