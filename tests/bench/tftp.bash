# The works of TFTP, ours, and the limits. Needs lib.bash.
#
# In lock step all runs on one processor: where the scheduler puts two processes that wait for each
# other decides more than the server does.

UNIT+=([lockstep]=MB/s [window]=MB/s [many]=MB/s [files]=files/s [miss]=answers/s [upload]=MB/s
	[tftp-window]=MB/s [tftp-file]=MB/s [tftp-transfers]=MB/s)
TITLE+=([lockstep]='100 MB in lock step, blocks of %N, server and client on one processor'
	[window]='100 MB, blocks of 1428, windows of %N blocks'
	[large]='100 MB, blocks of 8192, windows of %N blocks'
	[many]='%N transfers of 10 MB at once, blocks of 1428, windows of 16'
	[files]='files of 1 KB, %N at once'
	[miss]='a file that is not there, %N at once'
	[upload]='uploads of 100 MB, blocks of 1428, windows of %N blocks'
	[tftp-window]='TFTP: 100 MB, blocks of 1428, windows of so many blocks, on one processor'
	[tftp-file]='TFTP: files of so many KB, one after the other, blocks of 1428, windows of 64'
	[tftp-transfers]='TFTP: so many transfers of 2 MB at once, blocks of 1428, windows of 16')
UNIT[large]=MB/s

begin_tftp() {
	install -d "$WORKDIR/run" "$WORKDIR/files"
	mkdir -m 777 "$WORKDIR/uploads"
	head -c 1000 /dev/urandom >"$WORKDIR/files/small"
	head -c 2000000 /dev/urandom >"$WORKDIR/files/medium"
	head -c 10000000 /dev/urandom >"$WORKDIR/files/middle"
	head -c 100000000 /dev/urandom >"$WORKDIR/files/big"
	chmod 644 "$WORKDIR/files"/*
	cat >"$WORKDIR/tftpd.conf" <<-END
		run $WORKDIR/run
		user nobody
		clients 10000
		clients-per-source 10000
	END
}

# Where server and client run.
pinned() { # WORK COMMAND ...; sets PINNED
	PINNED=()
	[[ $1 != lockstep:* && $1 != tftp-window:* ]] || PINNED=(taskset -c 0)
	PINNED+=("${@:2}")
}

tftp() { # ARGUMENT ...
	pinned "$WORK" "$BENCHBIN/load/tftp" "$@"
	read -r OPERATIONS TOOK < <("${PINNED[@]}")
}

# Those that know no windows take long enough for one.
times() {
	[[ $CANDIDATE == tftpd-hpa || $CANDIDATE == dnsmasq || $N -lt 4 ]] && echo 1 || echo 3
}

lockstep_load() {
	WORK=$1 tftp get "$PORT" big 100000000 1 1 "$N" 1
}

window_load() {
	WORK=$1 tftp get "$PORT" big 100000000 "$(times)" 1 1428 "$N"
}

large_load() {
	WORK=$1 tftp get "$PORT" big 100000000 "$(times)" 1 8192 "$N"
}

many_load() {
	WORK=$1 tftp get "$PORT" middle 10000000 "$N" "$N" 1428 16
}

files_load() {
	WORK=$1 tftp files "$PORT" small 1000 5000 "$N"
}

miss_load() {
	WORK=$1 tftp miss "$PORT" none 0 10000 "$N"
}

upload_load() {
	WORK=$1 tftp put "$PORT" "${CANDIDATE}_" 100000000 1 1 1428 "$N"
	rm -f "$WORKDIR/uploads"/*
}

tftp-window_load() {
	WORK=$1 tftp get "$PORT" big 100000000 "$(times)" 1 1428 "$N"
}

# A file of nothing but a size.
tftp-file_load() {
	truncate -s "${N}000" "$WORKDIR/files/sized" && chmod 644 "$WORKDIR/files/sized"
	cat "$WORKDIR/files/sized" >/dev/null
	WORK=$1 tftp get "$PORT" sized "${N}000" $((N < 1000 ? 300 : N < 300000 ? 300000 / N : 1)) 1 1428 64
}

tftp-transfers_load() {
	WORK=$1 tftp get "$PORT" medium 2000000 $((N < 500 ? 500 : N)) "$N" 1428 16
}

# The folder that a server has to serve.
folder() { # WORK
	[[ $1 == upload:* ]] && echo "$WORKDIR/uploads" || echo "$WORKDIR/files"
}

trivet_there() {
	[ -x "$TRIVET/tftpd/tftpd" ] || { echo 'not built' && false; }
}

# Its log, a line for each request, goes straight to a file.
trivet_server() { # WORK
	PORT=$(free_port udp)
	pinned "$1" sh -c 'log=$1; shift; exec "$@" 2>>"$log"' sh "$LOG" "$TRIVET/tftpd/tftpd" -DF -c \
		-a "127.0.0.1:${PORT#*:}" -f "$WORKDIR/tftpd.conf" "$(folder "$1")"
	COMMAND=("${PINNED[@]}")
}

# The same program, static, with musl.
trivet-musl_there() {
	static_program musl tftpd musl-gcc
}

trivet-musl_server() { # WORK
	TRIVET=$RESULTS/musl trivet_server "$1"
}

limit() { # WORK HOW
	local file=big
	[[ $1 != many:* ]] || file=middle
	[[ $1 != files:* ]] || file=small
	[[ $1 != tftp-transfers:* ]] || file=medium
	# shellcheck disable=SC2086
	pinned "$1" "$BENCHBIN/limit/udpsend" $2 "$WORKDIR/files/$file"
	COMMAND=("${PINNED[@]}")
}

# One fork, and a window by one call.
limit-gso_there() {
	:
}

limit-gso_server() { # WORK
	limit "$1" gso
}

# The same, of what is in memory.
limit-memory_there() {
	:
}

limit-memory_server() { # WORK
	limit "$1" '-m gso'
}

limit-mmsg_there() {
	:
}

limit-mmsg_server() { # WORK
	limit "$1" mmsg
}

# One fork, and a call for each block.
limit-sendto_there() {
	:
}

limit-sendto_server() { # WORK
	limit "$1" sendto
}
