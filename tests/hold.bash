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

# The processes of all sessions, as folders of /proc.
sessions() {
	local keeper front keepers
	read -r -a keepers <"/proc/$PID/task/$PID/children"
	for keeper in "${keepers[@]}"; do
		read -r front <"/proc/$keeper/task/$keeper/children" || front=
		printf '/proc/%s\n' "$keeper" $front
	done
}

# The kilobytes of all sessions together; pages that they share count once.
sessions_memory() {
	sessions | sed 's/$/\/smaps_rollup/' | xargs awk '/^Pss:/ { sum += $2 } END { print sum }'
}

sessions_below() { # KILOBYTES
	[ "$(sessions_memory)" -lt "$1" ]
}

# What each of N takes, as a comment for bats.
sessions_told() { # N
	local tables
	tables=$(sessions | sed 's/$/\/status/' | xargs awk '/^VmPTE:/ { sum += $2 } END { print sum }')
	echo "# $(($(sessions_memory) / $1)) KB each, and $((tables / $1)) KB of page tables"
}

all_say() { # LINE
	echo "$1" >&"${HOLD[1]}"
	read -r -t 120 -u "${HOLD[0]}" line
	[ "$line" = ok ]
}

# The program as a static one; like the rest of what is built, so that it can be started.
static_build() { # NAME
	BUILT=$BATS_FILE_TMPDIR/musl
	env -u CFLAGS make -s -C "$HERE/.." OUT="$BUILT" STATIC=1 CC=musl-gcc "$BUILT/$1/$1" 3>&-
}
