#!/usr/bin/env bats
# smtpd: programs that mail is delivered to.

load helper
load smtpd
load smtpd_route

# Where programs of the recipient's owner may leave things.
prepare_programs() {
	fixture
	echo 'programs on' >>"$CONF"
	OUT=$HOUSE/out
	install -d -m 777 "$OUT"
}

# Also not one of somebody else's sessions, which end soon.
no_spool() {
	wait_for nothing_found /var/tmp -maxdepth 1 -name 'trivet-*' -newer "$CONF"
}

# bats test_tags=builds
@test "a program gets the message and what it needs to know, as its owner, and nothing else" {
	local fd
	prepare_programs
	aliases <<-END
		filter: "|cat >$OUT/message; env | sort >$OUT/env; id -u >$OUT/id; ls /proc/self/fd >$OUT/fds; umask; pwd"
	END
	start
	send filter@example.org
	stop_daemon smtpd
	[ "$(sed -n '1p;2s/ (.*//p;4,$p' "$OUT/message")" = "$(
		printf '%s\n' 'Return-Path: <a@example.net>' 'Received: from client.example.net' \
			"$(sed -n 4p "$OUT/message")" 'Subject: test' '' 'one line'
	)" ]
	grep -q 'for <filter@example.org>' "$OUT/message"
	[ "$(grep -vE '^(PWD|OLDPWD|SHLVL|_)=' "$OUT/env" | sed 's/^PATH=.*/PATH/')" = "$(
		printf '%s\n' CLIENT=127.0.0.1 HELO=client.example.net PATH \
			RECIPIENT=filter@example.org SENDER=a@example.net
	)" ]
	[ "$(cat "$OUT/id")" = "${OWNER%:*}" ]
	# Of ls's, one is the folder that it reads.
	[ "$(paste -sd ' ' "$OUT/fds")" = '0 1 2 3' ]
	logged 'message .* to=1 .* status=2.0.0 .*rcpt=<filter@example.org>$'
	no_spool
}

# bats test_tags=builds
@test "exit statuses: final ones by sysexits, all others may work later; and what is said" {
	local status wanted
	prepare_programs
	{
		for ((status = 0; status < 128; status++)); do
			echo "p$status: \"|exit $status\""
		done
		echo 'killed: "|kill -9 $$"'
		echo 'missing: |/no/such/program'
		echo 'says: "|echo no spam here; echo more; exit 77"'
		echo "odd: \"|sh $OUT/odd\""
		echo 'hides: "|echo path /secret; exit 75"'
	} | aliases
	echo 'printf "a\001\342\r\nb"; exit 77' >"$OUT/odd"
	start
	for status in 0 1 2 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 100 111 126 127; do
		case $status in
		0) wanted=250 ;;
		64 | 66 | 69 | 70) wanted='554 5.3.0' ;;
		65) wanted='550 5.6.0' ;;
		67) wanted='550 5.1.1' ;;
		68) wanted='550 5.1.2' ;;
		76) wanted='554 5.5.0' ;;
		77) wanted='550 5.7.1' ;;
		*) wanted='451 4.3.0' ;;
		esac
		echo "status $status"
		begin_message p$status
		end_message "$wanted"
		exec {C}>&-
	done
	begin_message killed
	end_message '451 4.3.0'
	begin_message missing
	end_message '451 4.3.0'
	begin_message says
	end_message '550 5.7.1 no spam here'
	begin_message odd
	end_message '550 5.7.1 a??'
	begin_message hides
	end_message "451 4.3.0 A recipient's program failed here, try again later"
	stop_daemon smtpd
	logged 'program failed: command="echo no spam here.* status=77 output="no spam here"'
	logged 'program failed: .* signal=9 output='
	logged 'message .* status=5.7.1 '
	no_spool
}

# Standard error was lost, so that nobody could see why a program did not start.
# bats test_tags=builds
@test "what a program writes to standard error is in the log, harmless and not too much, and no reply" {
	prepare_programs
	aliases <<-END
		warns: "|echo lots of mail today >&2"
		missing: |/no/such/program
		refuses: "|echo a secret >&2; echo go away; exit 77"
		talks: "|sh $OUT/talks"
	END
	echo 'exec >&2; printf "\033[2J\" ip=1\r\n\n"; seq 2 99999; exit 77' >"$OUT/talks"
	start
	send warns
	logged ' program complains: command="echo lots of mail today >&2" text="lots of mail today"$'
	begin_message missing
	end_message "451 4.3.0 A recipient's program failed here, try again later"
	logged ' program complains: command=/no/such/program text=".*/no/such/program.*"$'
	begin_message refuses
	end_message '550 5.7.1 go away'
	logged ' complains: .* text="a secret"$'
	begin_message talks
	end_message '550 5.7.1'
	stop_daemon smtpd
	logged ' complains: .* text="\\x1b\[2J\\x22 ip=1"$'
	[ "$(grep -c "complains: command=\"sh $OUT/talks\"" "$BATS_TEST_TMPDIR/smtpd.log")" -eq 8 ]
	logged ' complains: .* text=8$'
}

# bats test_tags=builds
@test "programs run before anything is published; if one fails, no Maildir has the message" {
	prepare_programs
	aliases <<-END
		both: alice, "|ls $HOUSE/mail/alice/new $HOUSE/mail/bob/new | grep -c host >$OUT/there; cat >$OUT/message", bob
		refused: alice, "|exit 67", bob
		late: "|cat >>$OUT/first", "|exit 75"
	END
	chmod 755 "$HOUSE/mail"
	start
	send both
	count 1 alice
	count 1 bob
	[ "$(cat "$OUT/there")" = 0 ]
	cmp "$OUT/message" "$(messages alice)"
	begin_message refused
	end_message '550 5.1.1'
	count 1 alice
	count 1 bob
	begin_message late
	end_message '451 4.3.0'
	[ -s "$OUT/first" ]
	no_drafts
	no_spool
}

# bats test_tags=builds
@test "a program that two recipients lead to runs once; each reads from the start" {
	prepare_programs
	aliases <<-END
		one: "|cat >>$OUT/once", "|head -n 1 >$OUT/head", "|cat >$OUT/all"
		two: "|cat >>$OUT/once"
	END
	start
	send one two alice
	[ "$(grep -c '^Return-Path:' "$OUT/once")" -eq 1 ]
	cmp "$OUT/once" "$(messages alice)"
	cmp "$OUT/all" "$(messages alice)"
}

# bats test_tags=builds
@test "a program that takes too long is killed, with what it has started" {
	prepare_programs
	echo 'program-timeout 1' >>"$CONF"
	aliases <<-END
		slow: "|echo begun >$OUT/slow; (read x <$OUT/never; echo later >>$OUT/slow) & read y <$OUT/never"
	END
	mkfifo "$OUT/never"
	chmod 666 "$OUT/never"
	start
	begin_message slow
	end_message '451 4.3.0'
	[ "$(cat "$OUT/slow")" = begun ]
	# Nobody is left who has it open.
	! dd of="$OUT/never" oflag=nonblock </dev/null 2>/dev/null
	logged 'program failed: .* seconds=1 output='
	no_spool
}

# bats test_tags=builds
@test "a client that is gone before the end: no program has run, no spool stays" {
	prepare_programs
	aliases <<-END
		filter: "|cat >$OUT/message"
	END
	start
	begin_message filter
	exec {C}>&-
	logged 'end=closed'
	stop_daemon smtpd
	[ ! -e "$OUT/message" ]
	no_spool
	logged 'message .*status=lost'
}

@test "as root: each program is its recipient's owner, never root" {
	needs_root || return 0
	prepare_programs
	printf 'uid 4300\ngid 4301\nforward |id >%s/id; cat >/dev/null\n' "$OUT" >>"$HOUSE/accounts/bob"
	start
	send bob
	[ "$(sed 's/([^)]*)//g' "$OUT/id")" = 'uid=4300 gid=4301 groups=4301' ]
}

# bats test_tags=builds
@test "LMTP: each recipient's fate is its own, and so is its line in the log" {
	local to
	prepare_programs
	echo 'quota 100' >>"$HOUSE/accounts/bob"
	aliases <<-END
		refused: alice, "|echo no; exit 77"
		late: carol, "|exit 75"
		filter: "|cat >$OUT/message"
	END
	add_user carol x
	start -L
	connect
	say 'LHLO client' 'MAIL FROM:<a@example.net>'
	hear 250
	hear 250
	for to in refused bob late alice filter carol; do
		say "RCPT TO:<$to>"
		hear 250
	done
	say DATA 'Subject: test' '' 'one line' .
	hear 354
	hear '550 5.7.1 no'
	hear '452 4.2.2'
	hear '451 4.3.0'
	hear 250
	hear 250
	hear 250
	say QUIT
	hear 221
	stop_daemon smtpd
	count 1 alice
	count 1 carol
	count 0 bob
	cmp "$OUT/message" "$(messages alice)"
	no_drafts
	logged 'message .* to=3 .* status=2.0.0 .*rcpt=<alice>,<filter>,<carol>$'
	logged 'message .* to=1 .* status=4.2.2 .*rcpt=<bob>$'
	logged 'message .* to=1 .* status=5.7.1 .*rcpt=<refused>$'
	logged 'message .* to=1 .* status=4.3.0 .*rcpt=<late>$'
}
