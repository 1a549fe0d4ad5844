# dnsmasq as a peer for TFTP: one process for all transfers. It has no windows, knows no other port than
# 69, and takes no uploads. Without a log of transfers. Needs tftp.bash.

DNSMASQ=$ASIDE/dnsmasq-base/usr/sbin/dnsmasq

dnsmasq_there() {
	is_root || { echo 'needs root' && return 1; }
	[ -x "$DNSMASQ" ] || { echo 'not unpacked in build/aside' && return 1; }
}

dnsmasq_server() { # WORK
	PORT=udp:69
	pinned "$1" "$DNSMASQ" --keep-in-foreground --conf-file=/dev/null --port=0 --enable-tftp \
		--tftp-root="$(folder "$1")" --tftp-max=10000 --quiet-tftp --listen-address=127.0.0.1 \
		--bind-interfaces "--log-facility=$WORKDIR/dnsmasq.log" --user=nobody --pid-file=
	COMMAND=("${PINNED[@]}")
}
