# Many clients at once, each in a mailbox of its own: tests/hold. Needs helper.

# Accounts user1, user2, ... (secret), with one message each.
mailboxes() { # N
	local i accounts=() boxes=()
	for ((i = 1; i <= $1; i++)); do
		accounts+=("$HOUSE/accounts/user$i") boxes+=("$HOUSE/mail/user$i")
	done
	echo secret | "${RUNAS[@]}" "$(program mailuser)" -f "$CONF" -o iterations=1 add seed
	tee "${accounts[@]}" <"$HOUSE/accounts/seed" >"$BATS_TEST_TMPDIR/copy"
	chmod --reference="$HOUSE/accounts/seed" "${accounts[@]}"
	mkdir -p "${boxes[@]/%//tmp}" "${boxes[@]/%//cur}" "${boxes[@]/%//new}"
	printf 'Subject: yours\n\nHello.\n' | tee "${boxes[@]/%//new/1.x}" >"$BATS_TEST_TMPDIR/copy"
	chown -R "$OWNER" "$HOUSE/mail"
	chmod 700 "${boxes[@]}"
}

# Clients that are there until they are told something, as `hold` says.
hold() { # N [USER SECRET]
	coproc HOLD { exec "$TESTBIN/hold" "$PORT" "$@" 3>&-; }
	read -r -t 120 -u "${HOLD[0]}" line
	[ "$line" = held ]
}

all_say() { # LINE
	echo "$1" >&"${HOLD[1]}"
	read -r -t 120 -u "${HOLD[0]}" line
	[ "$line" = ok ]
}
