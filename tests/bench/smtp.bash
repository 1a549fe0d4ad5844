# The works of SMTP, ours, and the limits. Needs lib.bash.
#
# Each candidate has Maildirs of its own for u0 to u99, all on one file system, which are empty when a
# round begins. A message counts when it is in new/ of every recipient, for all candidates alike.

USERS=100
MAIL_UID=4242

UNIT+=([durable]=messages/s [megabyte]=messages/s [fifty]=messages/s [sink]=messages/s
	[calls]=calls/message [fsyncs]=fsyncs/message [idle]=- [start]=starts/s
	[smtp-sessions]=messages/s [smtp-message]=MB/s [smtp-recipients]=recipients/s
	[smtp-accounts]=recipients/s)
TITLE+=([durable]='4 KB, durable, %N connections'
	[megabyte]='1 MB, durable, %N connections'
	[fifty]='4 KB to 50 recipients, durable, %N connections'
	[sink]='4 KB into a sink, not synced, %N connections'
	[calls]='system calls of a 4 KB message, durable, among %N in a session'
	[fsyncs]='fsync() calls of it'
	[idle]='idle sessions, %N held for a second: memory of each'
	[start]='from exec to listening, %N times'
	[smtp-sessions]='SMTP: 4 KB, durable, 4 connections, while so many sessions are held; memory of each of these'
	[smtp-message]='SMTP: messages of so many KB, durable, one connection'
	[smtp-recipients]='SMTP: 4 KB to so many recipients, durable, one connection'
	[smtp-accounts]='SMTP: envelopes of 50 recipients, with so many accounts')

begin_smtp() {
	local i
	MAIL=$WORKDIR/mail
	mkdir -p "$MAIL" "$WORKDIR"/{run,accounts}
	for ((i = 0; i < USERS; i++)); do
		echo "password *" >"$WORKDIR/accounts/u$i"
	done
	cat >"$WORKDIR/trivet.conf" <<-END
		hostname mail.example.org
		domains example.org
		aliases $WORKDIR/aliases
		run $WORKDIR/run
		user nobody
		message-size 2000000000
		clients 10000
		clients-per-source 10000
	END
}

# Empty Maildirs.
mail_for() { # CANDIDATE
	set_aside "$MAIL/$1"
	(
		umask 077
		mkdir -p "$MAIL/$1" && cd "$MAIL/$1" && eval "mkdir -p u{0..$((USERS - 1))}/{tmp,new,cur}"
	)
	! is_root || chown -R "$MAIL_UID:$MAIL_UID" "$MAIL/$1"
	chmod 755 "$MAIL" "$MAIL/$1"
}

# After a warm-up, in which processes are started that stay. All candidates have the same messages:
# OpenSMTPD's deliveries stand still for seconds now and then, which few messages would make too much of.
deliver() { # MESSAGES OCTETS RECIPIENTS
	load smtp send "$PORT" "$N" "$N" "$2" "$3" "$MAIL/$CANDIDATE" && mark &&
		load smtp send "$PORT" "$N" "$1" "$2" "$3" "$MAIL/$CANDIDATE"
}

durable_load() {
	deliver "$((N == 1 ? 500 : N == 10 ? 1500 : 2000))" 4096 1
}

megabyte_load() {
	deliver 100 1000000 1
}

fifty_load() {
	deliver 50 4096 50
}

sink_load() {
	load smtp send "$PORT" "$N" 3000 4096 1
}

# All processes of the server that is there, parents first.
server_processes() {
	local i list=("${SPOKEN[server]}")
	for ((i = 0; i < ${#list[@]}; i++)); do
		list+=($(cat "/proc/${list[i]}/task"/*/children))
	done
	echo "${list[@]:1}"
}

# How often the server makes the calls in one session with so many messages. Sets COUNTED.
count_session() { # CALLS MESSAGES
	local out=$WORKDIR/calls
	coproc TRACE { exec strace -f -c -U name,calls -e "trace=$1" -o "$out" \
		$(server_processes | sed 's/[0-9][0-9]*/-p &/g') 2>&1; }
	read -r -t 20 -u "${TRACE[0]}" _ || return 1
	"$BENCHBIN/load/smtp" send "$PORT" 1 "$2" 4096 1 "$MAIL/$CANDIDATE" >"$WORKDIR/told" || return 1
	kill -INT "$TRACE_PID"
	wait "$TRACE_PID"
	COUNTED=$(awk '$1 == "total" { print $2 }' "$out")
}

# What a message more costs.
count_calls() { # CALLS
	local one
	command -v strace >/dev/null || { echo 'strace is not installed' && return 1; }
	count_session "$1" 1 || return 1
	one=$COUNTED
	count_session "$1" $((N + 1)) || return 1
	OPERATIONS=$((COUNTED - one)) TOOK=$N
}

calls_load() {
	count_calls all
}

fsyncs_load() {
	count_calls fsync,fdatasync,sync,syncfs,msync
}

start_load() {
	load start "$N" "${COMMAND[@]}"
}

idle_load() {
	converse hold "$BENCHBIN/load/smtp" hold "$PORT" "$N"
	hear hold || return 1
	take_memory "$N"
	hang_up hold
}

smtp-sessions_load() {
	converse hold "$BENCHBIN/load/smtp" hold "$PORT" "$N"
	hear hold || return 1
	take_memory "$N"
	mark
	load smtp send "$PORT" 4 1000 4096 1 "$MAIL/$CANDIDATE" && end_count && hang_up hold
}

smtp-message_load() {
	local count=$((N < 1000 ? 200 : N < 20000 ? 100000 / N : N < 1000000 ? 3 : 1))
	load smtp send "$PORT" 1 "$count" "${N}000" 1 "$MAIL/$CANDIDATE"
	OPERATIONS=$(quotient $((count * N)) 1000)
}

smtp-recipients_load() {
	local count=$((N < 10 ? 300 : 100))
	load smtp send "$PORT" 1 "$count" 4096 "$N" "$MAIL/$CANDIDATE"
	OPERATIONS=$((count * N))
}

smtp-accounts_load() {
	load smtp send "$PORT" 1 1000 envelope 50
	OPERATIONS=50000
}

trivet_there() {
	[ -x "$TRIVET/smtpd/smtpd" ] || { echo 'not built' && false; }
}

trivet_server() { # WORK
	COMMAND=("$TRIVET/smtpd/smtpd" -DF -l 127.0.0.1:0)
	case $1 in
	sink:*) COMMAND+=(-u nobody -S "$MAIL/trivet/sink" -o clients-per-source=10000) ;;
	*) COMMAND+=(-f "$WORKDIR/trivet.conf" -o "mail=$MAIL/$CANDIDATE"
		-o "accounts=$(account_folder "$1")") ;;
	esac
}

trivet_before() { # WORK
	mail_for "$CANDIDATE"
	[[ $1 != smtp-accounts:* ]] || accounts "$N"
}

# The same program, static, with musl.
trivet-musl_there() {
	static_program musl smtpd musl-gcc
}

trivet-musl_server() { # WORK
	trivet_server "$1"
	COMMAND[0]=$RESULTS/musl/smtpd/smtpd
}

trivet-musl_before() { # WORK
	trivet_before "$1"
}

# The dialogue and the disk, and nothing else.
limit_there() {
	:
}

limit_server() { # WORK
	COMMAND=("$BENCHBIN/limit/smtpdurable")
	[[ $1 != sink:* ]] || COMMAND+=(-n)
	COMMAND+=("$MAIL/limit")
}

limit_before() {
	mail_for limit
}
