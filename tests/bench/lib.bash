# What the benches share: servers side by side, round after round, and a line of figures for each.
#
#   . lib.bash; begin pop3; contest WORK CANDIDATE ...; finish
#
# A WORK is a KIND, or KIND:N with a number for its size, in $N. For each kind a script sets UNIT and
# TITLE, and defines KIND_load: plays the load on $PORT for $CANDIDATE, and sets OPERATIONS and TOOK
# (seconds), which `load` does from what a load generator prints; it may say `mark` when a warm-up is
# over, `end_count` before what does not count, and `take_memory N` while N sessions are held. A
# CANDIDATE defines:
#   CANDIDATE_there         whether it can run here; if not, says why not
#   CANDIDATE_server WORK   sets COMMAND, a server that stays in the foreground; and for one that does
#                           not tell where it listens, PORT as `free_port` gives it
#   CANDIDATE_before WORK   need not be there: what a round begins with
# Names that begin with trivet are ours, those that begin with limit are limits, others are peers.
#
# From the environment: TRIVET, the folder with the built programs; BENCH_ROUNDS (5); BENCH_ONLY, the
# works or kinds to run, of all; BENCH_DIR, where mail and files are put meanwhile (/var/tmp);
# BENCH_OUT, where the results go ($TRIVET/bench).

BENCH=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
TRIVET=$(cd "${TRIVET:-$BENCH/../..}" && pwd)
BENCHBIN=$TRIVET/tests/bench
ASIDE=$BENCH/../../build/aside
ROUNDS=${BENCH_ROUNDS:-5}
declare -gA UNIT TITLE TO FROM SPOKEN ABSENT FAILED

is_root() {
	[ "$(id -u)" -eq 0 ]
}

# Results begin anew: of what BENCH_ONLY names alone, in a part's own files. What servers log is in
# memory where that can be, as a journal is: the disk is for the mail.
begin() { # PROTOCOL
	PROTOCOL=$1
	RESULTS=${BENCH_OUT:-$TRIVET/bench}
	mkdir -p "$RESULTS"
	RAW=$RESULTS/$PROTOCOL.raw
	WORKDIR=$(mktemp -d "${BENCH_DIR:-/var/tmp}/bench-trivet.XXXXXX")
	chmod 755 "$WORKDIR"
	LOG=$(mktemp /dev/shm/bench-trivet.XXXXXX 2>/dev/null) || LOG=$WORKDIR/log
	trap 'end_all; rm -rf "$WORKDIR" "$LOG"' EXIT
	trap 'exit 1' INT TERM HUP
	rm -f "$RESULTS/$PROTOCOL".*
	: >"$RAW"
	: >"$RESULTS/$PROTOCOL.titles"
	is_root || echo "not root: what needs it is left out, and no server changes its user"
}

# A program that is spoken to in lines: say NAME LINE, hear NAME.
converse() { # NAME COMMAND ...
	local in=$WORKDIR/$1.in out=$WORKDIR/$1.out to from
	rm -f "$in" "$out"
	mkfifo "$in" "$out"
	"${@:2}" <"$in" >"$out" &
	SPOKEN[$1]=$!
	exec {to}>"$in" {from}<"$out"
	TO[$1]=$to FROM[$1]=$from
}

say() { # NAME LINE
	echo "$2" >&"${TO[$1]}"
}

# Sets REPLY to the next line; false at the end, or after two minutes.
hear() { # NAME
	read -r -t 120 -u "${FROM[$1]}" REPLY
}

hang_up() { # NAME
	local to=${TO[$1]:-} from=${FROM[$1]:-}
	[ -n "$to" ] || return 0
	exec {to}>&-
	wait "${SPOKEN[$1]}"
	exec {from}<&-
	unset "TO[$1]" "FROM[$1]" "SPOKEN[$1]"
}

end_all() {
	local name
	for name in "${!TO[@]}"; do
		hang_up "$name"
	done
}

# Our program as a static one, into $RESULTS/FOLDER; false, and why, where that cannot be built.
static_program() { # FOLDER PROGRAM CC
	local built
	command -v "$3" >/dev/null || { echo "$3 is not installed" && return 1; }
	built=$(env -u CFLAGS -u MAKEFLAGS make -s -C "$BENCH/../.." OUT="$RESULTS/$1" STATIC=1 "CC=$3" \
		"$RESULTS/$1/$2/$2" 2>&1) || { echo "${built##*$'\n'}" && return 1; }
}

# Out of the way until all is over: where many files have just been removed, ext4 looks long for the place
# of a new one.
set_aside() { # PATH
	[ ! -e "$1" ] || mv "$1" "$(mktemp -d "$WORKDIR/aside.XXXXXX")"
}

# For a server that cannot tell which port it has.
free_port() { # tcp|udp
	echo "$1:$("$BENCHBIN/measure" port "$1")"
}

# Sets PORT.
start_server() { # CANDIDATE WORK
	COMMAND=() PORT=
	"$1_server" "$2"
	converse server "$BENCHBIN/measure" ${PORT:+-p "$PORT"} "$LOG" "${COMMAND[@]}"
	hear server || { cat "$LOG" >&2 && hang_up server && return 1; }
	PORT=${REPLY#port }
}

ask() { # WORD; sets REPLY
	say server "$1" && hear server
}

# From here on the server's processor time counts, and
mark() {
	ask mark && MARK=${REPLY#mark } SPENT=
}

# up to here, or else to its end.
end_count() {
	ask mark && SPENT=$((${REPLY#mark } - MARK))
}

# Sets CPU: microseconds that count.
stop_server() {
	ask end
	CPU=${SPENT:-${REPLY#cpu }}
	hang_up server
}

# What the server takes, shared by so many sessions that have been idle for a moment, all of them.
take_memory() { # SESSIONS
	local pss tables
	read -r -t 1 <><(:)
	ask memory
	read -r _ pss tables _ <<<"$REPLY"
	PSS=$(quotient "$pss" "$1")
	TABLES=$(quotient "$tables" "$1")
}

# Plays a load, and reads its figures.
load() { # PROGRAM ARGUMENT ...
	read -r OPERATIONS TOOK < <("$BENCHBIN/load/$1" "${@:2}")
}

# A folder of so many accounts: the usual ones, and others whom nobody asks for: to be passed by.
accounts() { # COUNT
	local folder=$WORKDIR/accounts-$1 have
	[ ! -d "$folder" ] || return 0
	cp -a "$WORKDIR/accounts" "$folder.new"
	have=$(find "$folder.new" -type f -printf . | wc -c)
	"$BENCHBIN/maildrop" links "$folder.new" other "$have" "$1" && mv "$folder.new" "$folder"
}

account_folder() { # WORK
	[[ $1 == *-accounts:* ]] && echo "$WORKDIR/accounts-$N" || echo "$WORKDIR/accounts"
}

quotient() { # A B
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.6g", b ? a / b : 0 }'
}

defined() { # FUNCTION
	[ "$(type -t "$1")" = function ]
}

wanted() { # WORK
	local only
	[ -n "${BENCH_ONLY:-}" ] || return 0
	for only in $BENCH_ONLY; do
		[[ $1 != "$only" && ${1%%:*} != "$only" ]] || return 0
	done
	return 1
}

# Says it once for all works.
there() { # CANDIDATE
	local why
	[ -z "${ABSENT[$1]:-}" ] || return 1
	why=$("$1_there") && return
	ABSENT[$1]=1
	echo "left out: $1: ${why:-not there}"
	return 1
}

# One line: work, candidate, round, rate, unit, CPU microseconds for each, PSS, page tables (KB).
run_round() { # WORK CANDIDATE ROUND
	CANDIDATE=$2 OPERATIONS=0 TOOK=0 PSS=0 TABLES=0 CPU=0
	! defined "$2_before" || "$2_before" "$1"
	start_server "$2" "$1" || return 1
	mark
	"${1%%:*}_load" "$1" || { stop_server && return 1; }
	stop_server
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$(quotient "$OPERATIONS" "$TOOK")" \
		"${UNIT[${1%%:*}]}" "$(quotient "$CPU" "$OPERATIONS")" "$PSS" "$TABLES" >>"$RAW"
}

# Once for each work; false: it is not wanted.
announce() { # WORK
	wanted "$1" || return 1
	printf '%s\t%s\n' "$1" "${TITLE[${1%%:*}]//%N/${1#*:}}" >>"$RESULTS/$PROTOCOL.titles"
}

# These candidates of a work, one after the other, without those that have failed twice.
play_round() { # WORK ROUND CANDIDATE ...
	local work=$1 round=$2 candidate
	N=${work#*:}
	for candidate in "${@:3}"; do
		[ "${FAILED[$work $candidate]:-0}" -lt 2 ] || continue
		run_round "$work" "$candidate" "$round" || {
			FAILED[$work $candidate]=$((${FAILED[$work $candidate]:-0} + 1))
			echo "failed: $work, $candidate, round $round"
			cp "$LOG" "$RESULTS/$PROTOCOL.failed.log"
		}
		: >"$LOG"
	done
}

# All candidates in each round.
contest() { # WORK CANDIDATE ...
	local candidate round here=() begun=$SECONDS
	announce "$1" || return 0
	for candidate in "${@:2}"; do
		! there "$candidate" || here+=("$candidate")
	done
	for ((round = 1; round <= ROUNDS; round++)); do
		play_round "$1" "$round" "${here[@]}"
	done
	echo "$1: $((SECONDS - begun)) s"
}

# Says the figures.
report() { # ARGUMENT-OF-report.awk ...
	awk -v titles="$RESULTS/$PROTOCOL.titles" -v goals="$BENCH/$PROTOCOL.goals" "$@" \
		-f "$BENCH/report.awk" -f "$BENCH/table.awk" -f "$BENCH/growth.awk" "$RAW"
}

# Figures and chart of what has been gathered, and a table for README.
finish() {
	local head
	head="$(uname -s) $(uname -r | cut -d. -f1,2), $(uname -m), $(nproc) cores, $(date -u +%Y-%m-%d), medians of $ROUNDS rounds"
	{
		echo "$head (least - most)"
		report -v chart="$RESULTS/$PROTOCOL"
	} | tee "$RESULTS/$PROTOCOL.txt"
	{
		echo "make bench-$PROTOCOL: $head"
		report -v table=1 -v chart="$RESULTS/$PROTOCOL"
	} >"$RESULTS/$PROTOCOL.table"
	if command -v gnuplot >/dev/null; then
		gnuplot "$RESULTS/$PROTOCOL.gnuplot"
	else
		echo "no chart: gnuplot is not installed"
	fi
	echo "In $RESULTS after $SECONDS s: $PROTOCOL.txt, .table, .raw, .svg"
}
