# Run by bats once before and once after all tests of a run.

setup_suite() {
	# Daemons that have given up root, and the user nobody, come through here.
	chmod 755 "$BATS_RUN_TMPDIR"
	: >"$BATS_RUN_TMPDIR/needs-root"
	# Started from a session of systemd or make, none of this may reach the daemons.
	unset LISTEN_FDS LISTEN_PID NOTIFY_SOCKET MAKEFLAGS
}

teardown_suite() {
	[ ! -s "$BATS_RUN_TMPDIR/needs-root" ] ||
		echo "# not run: needs root: $(wc -l <"$BATS_RUN_TMPDIR/needs-root")" >&3
}
