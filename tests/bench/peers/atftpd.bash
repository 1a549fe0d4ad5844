# atftpd as a peer for TFTP: a thread for each transfer, and windows. Without a log. Needs tftp.bash.

ATFTPD=$ASIDE/atftpd/usr/sbin/atftpd

atftpd_there() {
	is_root || { echo 'needs root' && return 1; }
	[ -x "$ATFTPD" ] || { echo 'not unpacked in build/aside' && return 1; }
}

atftpd_server() { # WORK
	PORT=$(free_port udp)
	pinned "$1" "$ATFTPD" --daemon --no-fork --port "${PORT#*:}" --bind-address 127.0.0.1 \
		--maxthread 10000 --verbose=0 --logfile "$WORKDIR/atftpd.log" --user "nobody.$(id -gn nobody)" \
		"$(folder "$1")"
	COMMAND=("${PINNED[@]}")
}
