# Real clients: as a plain user, at home in a folder of their own. Needs helper.

# Sets AT, the folder. Before fixture.
client_home() {
	as_user nobody
	CLIENT=("${RUNAS[@]}")
	as_user root
	AT=$BATS_TEST_TMPDIR/client
	mkdir -p "$AT"
	! is_root || chown nobody "$AT"
}

client() { # COMMAND ...
	(cd "$AT" && env HOME="$AT" LC_ALL=C "${CLIENT[@]}" timeout 120 "$@" 3>&-)
}

# A client's settings: for its eyes only.
settings() { # FILE, standard input
	install -m 600 /dev/stdin "$AT/$1"
	! is_root || chown nobody "$AT/$1"
}
