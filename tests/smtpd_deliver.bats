#!/usr/bin/env bats
# smtpd: delivery: links and copies, all or nobody, and what is on disk before the reply.

load helper
load smtpd

# A disk of 256 KiB, which only the daemon sees, in place of a folder.
small_disk() { # FOLDER
	local mount='mount -t tmpfs -o size=256k,mode=700,uid=$2,gid=$3 none "$1"'
	RUNAS=(unshare -m sh -c "$mount"' && shift 3 && exec "$@"' sh "$1" "${OWNER%:*}" "${OWNER#*:}")
}

seen() { # FILE ...: as the daemon sees them
	find "${@/#//proc/$PID/root}" -type f
}

# bats test_tags=builds
@test "the time in Received is of the zone whose file was there at the start" {
	fixture
	# A zone of one kind of time: 9 hours and 27 minutes ahead, with no changes ever.
	local zone
	zone="TZif2$(printf '\\0%.0s' {1..34})\1\0\0\0\4\0\0\204\344\0\0ABC\0"
	printf "$zone$zone\nABC-9:27\n" >"$HOUSE/zone"
	TZ=:$HOUSE/zone start
	send alice
	grep -qE '; [A-Z][a-z]{2}, [0-9]+ [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} \+0927$' "$(messages alice)"
}

@test "several recipients share one file by hard links; who is named twice gets one" {
	fixture
	start
	send alice@example.org bob@example.org ALICE@EXAMPLE.ORG postmaster
	count 1 alice
	count 1 bob
	count 1 postmaster
	[ "$(messages alice bob postmaster | xargs -d '\n' stat -c %i:%h | sort -u | wc -l)" -eq 1 ]
	[ "$(stat -c %h "$(messages alice)")" -eq 3 ]
	[ "$(grep -c 'for <' "$(messages alice)")" -eq 0 ]
	logged 'to=4 '
	no_drafts
}

@test "recipients with owners of their own get copies, and each group links" {
	needs_root || return 0
	local user
	fixture
	for user in carol dave erin; do
		add_user "$user" x
	done
	printf 'uid 4300\ngid 4300\n' >>"$HOUSE/accounts/carol"
	printf 'uid 4300\ngid 4300\n' >>"$HOUSE/accounts/erin"
	printf 'uid 4301\ngid 4302\n' >>"$HOUSE/accounts/dave"
	rm -rf "$HOUSE/mail/"{carol,dave,erin}
	chmod 1777 "$HOUSE/mail"
	start
	send alice carol bob dave erin
	[ "$(stat -c %u:%g:%h "$(messages alice)")" = "$OWNER:2" ]
	[ "$(stat -c %u:%g:%h "$(messages carol)")" = 4300:4300:2 ]
	[ "$(stat -c %u:%g:%h "$(messages dave)")" = 4301:4302:1 ]
	[ "$(stat -c %u:%g "$HOUSE/mail/dave/new")" = 4301:4302 ]
	cmp "$(messages alice)" "$(messages bob)"
	cmp "$(messages alice)" "$(messages carol)"
	cmp "$(messages alice)" "$(messages dave)"
	cmp "$(messages alice)" "$(messages erin)"
	no_drafts
}

@test "two accounts that lead to one Maildir by different paths get one copy there" {
	fixture
	add_user carol x
	ln -s mail "$HOUSE/also"
	echo "maildir $HOUSE/also/alice" >>"$HOUSE/accounts/bob"
	start
	send alice bob carol
	send carol bob alice
	count 2 alice
	count 2 carol
	no_drafts
}

@test "a hundred owners, with forty descriptors" {
	needs_root || return 0
	local i to=()
	fixture
	for ((i = 0; i < 100; i++)); do
		printf 'uid %d\ngid 4242\n' "$((5000 + i))" >"$HOUSE/accounts/user$i"
		chmod 600 "$HOUSE/accounts/user$i"
		to+=("user$i@example.org")
	done
	chmod 1777 "$HOUSE/mail"
	RUNAS=(prlimit --nofile=40)
	start
	send "${to[@]}"
	[ "$(find "$HOUSE/mail" -path '*/new/*' -type f -links 1 -printf '%u\n' | sort -u | wc -l)" -eq 100 ]
	no_drafts
}

@test "a hundred recipients, with forty descriptors" {
	local i to=()
	fixture
	for ((i = 0; i < 100; i++)); do
		cp -p "$HOUSE/accounts/alice" "$HOUSE/accounts/user$i"
		to+=("user$i@example.org")
	done
	RUNAS=(prlimit --nofile=40)
	start
	send "${to[@]}"
	[ "$(find "$HOUSE/mail" -path '*/new/*' -type f -links 100 | wc -l)" -eq 100 ]
}

# The calls of both halves, by what ten messages more take; the client waits for each reply to DATA.
# bats test_tags=once
@test "a message takes at most 60 system calls" {
	local first all i
	fixture
	for i in 1 11; do
		RUNAS=(strace -D -f -c -o "$BATS_TEST_TMPDIR/calls$i")
		start
		# Groups of lines in one packet each, as clients have it that pipeline.
		python3 "$HERE/smtpd/pipeline.py" "$PORT" "$i"
		stop_daemon smtpd
		wait_for grep -q ' total$' "$BATS_TEST_TMPDIR/calls$i"
	done
	first=$(awk '$NF == "total" { print $4 }' "$BATS_TEST_TMPDIR/calls1")
	all=$(awk '$NF == "total" { print $4 }' "$BATS_TEST_TMPDIR/calls11")
	echo "$first calls with 1 message, $all with 11"
	[ $(((all - first) / 10)) -le 60 ]
}

@test "a full disk: 452, nothing left in tmp; then room again" {
	needs_root || return 0
	local i
	fixture
	mkdir -p "$HOUSE/mail/alice"
	small_disk "$HOUSE/mail/alice"
	start
	begin_message alice
	text 1000000
	end_message '452 4.3.1'
	[ -z "$(seen "$HOUSE/mail/alice")" ]
	for ((i = 0; i < 3; i++)); do
		say 'MAIL FROM:<a@example.net>' 'RCPT TO:<alice>' DATA
		hear 250
		hear 250
		hear 354
		say 'it fits'
		end_message
	done
	[ "$(seen "$HOUSE/mail/alice/new" | wc -l)" -eq 3 ]
	say QUIT
	hear 221
}

# All or none: bob's copy does not fit, so alice gets nothing either.
@test "a second recipient's disk is full: nobody gets the message" {
	needs_root || return 0
	fixture
	mkdir -p "$HOUSE/mail/bob"
	small_disk "$HOUSE/mail/bob"
	start
	begin_message alice bob
	text 1000000
	end_message '452 4.3.1'
	[ -z "$(seen "$HOUSE/mail/alice" "$HOUSE/mail/bob")" ]
	# A small one gets to both, on two file systems.
	say 'MAIL FROM:<a@example.net>' 'RCPT TO:<alice>' 'RCPT TO:<bob>' DATA
	hear 250
	hear 250
	hear 250
	hear 354
	end_message
	[ "$(seen "$HOUSE/mail/alice/new" "$HOUSE/mail/bob/new" | wc -l)" -eq 2 ]
	[ "$(seen "$HOUSE/mail/alice/tmp" "$HOUSE/mail/bob/tmp" | wc -l)" -eq 0 ]
	say QUIT
	hear 221
}

# A folder that is mounted once more has the same st_dev, and still no link leads into it.
@test "where links are impossible a copy is made, which the next ones share" {
	needs_root || return 0
	local user
	fixture
	add_user carol x
	mkdir "$HOUSE/aside"
	for user in bob carol; do
		echo "maildir $HOUSE/aside/$user" >>"$HOUSE/accounts/$user"
	done
	chown -R "$OWNER" "$HOUSE/aside"
	RUNAS=(unshare -m sh -c 'mount --bind "$1" "$1" && shift && exec "$@"' sh "$HOUSE/aside")
	start
	send alice bob carol
	[ "$(stat -c %h "$(messages alice)")" -eq 1 ]
	[ "$(find "$HOUSE/aside" -type f -links 2 | wc -l)" -eq 2 ]
	cmp "$(messages alice)" "$(find "$HOUSE/aside/bob/new" -type f)"
	[ -z "$(find "$HOUSE" -path "$HOUSE/*/tmp/*")" ]
}

# The calls that only the keeper makes, in a delivery to two.
# bats test_tags=once
@test "whichever step of a delivery fails, nobody gets the message, and the next one works" {
	local fault
	fixture
	for fault in fsync:error=EIO:when=1 linkat:error=EIO:when=1 linkat:error=ENOENT:when=1 \
		renameat:error=ENOSPC:when=1 fsync:error=EIO:when=2 fsync:error=EDQUOT:when=3; do
		echo "fault: $fault"
		RUNAS=(strace -D -f -o /dev/null -e trace=fsync,linkat,renameat -e "inject=$fault")
		start
		begin_message alice bob
		if [[ $fault =~ ENOSPC|EDQUOT ]]; then
			end_message '452 4.3.1'
		else
			end_message '451 4.3.0'
		fi
		count 0 alice bob
		no_drafts
		say 'MAIL FROM:<a@example.net>' 'RCPT TO:<alice>' 'RCPT TO:<bob>' DATA
		hear 250
		hear 250
		hear 250
		hear 354
		end_message
		say QUIT
		hear 221
		closed
		stop_daemon smtpd
		count 2 alice bob
		logged 'delivery failed'
		rm "$(messages alice)" "$(messages bob)" "$BATS_TEST_TMPDIR/smtpd.log"
	done
}

# bats test_tags=once
@test "a link that may not be made: a copy instead" {
	local error
	fixture
	for error in EMLINK EPERM; do
		RUNAS=(strace -D -f -o /dev/null -e trace=linkat -e "inject=linkat:error=$error:when=1")
		start
		send alice bob
		stop_daemon smtpd
		[ "$(stat -c %h "$(messages alice)" "$(messages bob)" | paste -sd ' ')" = '1 1' ]
		cmp "$(messages alice)" "$(messages bob)"
		no_drafts
		rm "$(messages alice)" "$(messages bob)"
	done
}

@test "a folder in the way of one Maildir: the others get nothing, and no draft stays" {
	fixture
	rm -rf "$HOUSE/mail/bob"
	: >"$HOUSE/mail/bob"
	start
	begin_message alice bob
	end_message '451 4.3.0'
	say 'MAIL FROM:<a@example.net>' 'RCPT TO:<bob>' DATA
	hear 250
	hear 250
	hear '451 4.3.0'
	say QUIT
	hear 221
	count 0 alice
	[ -z "$(find "$HOUSE" -path "$HOUSE/mail/*/tmp/*")" ]
	logged 'delivery failed: maildir=.*/bob'
}

# LARGE=1: 2 GiB and 1 GiB instead.
stored_as_sent() { # OCTETS WIDTH
	local sum peak
	fixture
	echo 'message-size 3G' >>"$CONF"
	start
	read -r sum peak < <(python3 "$HERE/smtpd/large.py" "$PORT" "$PID" "$1" "$2")
	[ "$(tail -n +5 "$(messages alice)" | sha256sum)" = "$sum  -" ]
	# Sanitizers take memory of their own.
	[ "${TRIVET_SANDBOX:-on}" = off ] || [ "$peak" -lt 2048 ]
}

@test "large: one line is stored as it was sent, in little memory" {
	stored_as_sent "$((LARGE ? 2147483648 : 67108864))" 0
}

@test "large: so are lines of 76, of which many begin with dots" {
	stored_as_sent "$((LARGE ? 1073741824 : 67108864))" 76
}
