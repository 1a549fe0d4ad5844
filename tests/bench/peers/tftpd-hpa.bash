# tftpd-hpa as a peer for TFTP. It has no windows, and lets the kernel reap its children, whose processor
# time is therefore missing. Needs tftp.bash.

HPA=$ASIDE/tftpd-hpa/usr/sbin/in.tftpd

tftpd-hpa_there() {
	is_root || { echo 'needs root' && return 1; }
	[ -x "$HPA" ] || { echo 'not unpacked in build/aside' && return 1; }
}

tftpd-hpa_server() { # WORK
	PORT=$(free_port udp)
	pinned "$1" "$HPA" -L -c -p -s -u nobody -a "127.0.0.1:${PORT#*:}" "$(folder "$1")"
	COMMAND=("${PINNED[@]}")
}
