#!/usr/bin/env bats
# smtpd: where a recipient's mail goes: domains, accounts, forwards; -n, VRFY and EXPN.

load helper
load smtpd
load smtpd_route

# bats test_tags=builds
@test "forward: to others, with a copy kept, in a circle; not orders from another's file" {
	fixture
	add_user carol x
	add_user dave x
	add_user erin x
	echo "forward bob, alice" >>"$HOUSE/accounts/carol"
	echo 'forward dave, \alice, carol' >>"$HOUSE/accounts/dave"
	echo "forward $HOUSE/mail/else/" >>"$HOUSE/accounts/erin"
	leads carol 'bob alice 250'
	leads dave 'dave alice bob 250'
	leads erin 'else 250'
	sed -i 's/^forward.*/forward dave/' "$HOUSE/accounts/carol"
	sed -i 's/^forward.*/forward carol/' "$HOUSE/accounts/dave"
	leads carol '451 4.3.0'
	complained 'account carol leads back to itself'
	sed -i 's/^forward.*/forward someone@example.net/' "$HOUSE/accounts/carol"
	leads carol '550 5.7.1'
	complained 'account carol: someone@example.net is not local'
	if is_root; then
		# Also what a file says that is included: as the account's owner, not the mail user.
		echo '|/bin/true' >"$HOUSE/files/orders"
		echo "forward :include:$HOUSE/files/orders" >>"$HOUSE/accounts/bob"
		echo 'uid 2000' >>"$HOUSE/accounts/bob"
		echo 'programs on' >>"$CONF"
		told bob | grep -q 'program /bin/true, as uid 2000'
		chown 1234 "$HOUSE/accounts/erin"
		leads erin 'erin 250'
	fi
}

# bats test_tags=builds
@test "virtual domains: only the whole address counts, then the catch-all" {
	fixture
	add_user alice@virtual.example x
	echo 'virtual Virtual.example other.example' >>"$CONF"
	aliases <<-'END'
		sales: bob
		info@virtual.example: bob
		@other.example: alice
		left@other.example: error:550 5.1.1 Left
		more: alice@virtual.example
	END
	leads alice@virtual.example 'alice@virtual.example 250'
	leads ALICE+x@VIRTUAL.example 'alice@virtual.example 250'
	leads bob@virtual.example "$unknown"
	leads sales@virtual.example "$unknown"
	leads info@virtual.example 'bob 250'
	leads postmaster@virtual.example 'postmaster 250'
	leads bob@other.example 'alice 250'
	leads left@other.example '550 5.1.1 Left'
	leads postmaster@other.example 'alice 250'
	leads more@example.org 'alice@virtual.example 250'
	leads '""@virtual.example' "$unknown"
	echo 'postmaster: bob' | aliases
	leads postmaster@virtual.example 'bob 250'
	leads postmaster 'bob 250'
	echo 'postmaster: someone' | aliases
	leads postmaster@virtual.example 'postmaster 250'
	leads Postmaster@example.org 'postmaster 250'
	leads postmaster@example.com '550 5.7.1'
	echo 'postmaster: someone@example.net' | aliases
	leads postmaster '550 5.7.1'
}

# bats test_tags=builds
@test "catch-all of a local domain: for whom nothing else is" {
	fixture
	aliases <<-'END'
		@example.org: bob
		list: alice
	END
	leads nobody@example.org 'bob 250'
	leads alice@example.org 'alice 250'
	leads list@example.org 'alice 250'
	leads list+x@example.org 'alice 250'
	leads nobody "$unknown"
}

# bats test_tags=builds
@test "+detail: the account without it, and by setting the folder of that name" {
	fixture
	add_user bob+own x
	aliases <<-'END'
		alice+list: bob
		lists: alice+news
	END
	install -d -o "${OWNER%:*}" -g "${OWNER#*:}" "$HOUSE/mail/alice" "$HOUSE/mail/alice/.news" \
		"$HOUSE/mail/alice/.News.a"
	leads alice+news@example.org 'alice 250'
	leads alice+list@example.org 'bob 250'
	leads bob+own@example.org 'bob+own 250'
	leads nobody+x "$unknown"
	leads +x "$unknown"
	echo 'detail-folder on' >>"$CONF"
	leads alice+news@example.org '.news 250'
	leads alice+News.a '.News.a 250'
	leads Alice+none 'alice 250'
	leads lists '.news 250'
	leads alice+ 'alice 250'
	leads '"alice+../bob"' 'alice 250'
	leads '"alice+.news"' 'alice 250'
	leads '"alice+../../x"' 'alice 250'
	ln -s /etc "$HOUSE/mail/alice/.link"
	leads alice+link 'alice 250'
	start
	send alice+news@example.org
	count 1 alice/.news
	count 0 alice
}

# bats test_tags=builds
@test "-n tells every step and the reply; without an address the settings; else it is a mistake" {
	fixture
	echo 'staff: alice, nobody' | aliases
	run told staff@example.org nobody
	[ "$(printf '%s\n' "${lines[@]}" | sed 's/, as uid .*//')" = "$(
		cat <<-END
			staff@example.org
			  alias staff, line 1
			    alice
			      account alice
			        Maildir $HOUSE/mail/alice
			    nobody
			      there is none
			250 2.1.5 Recipient OK
			nobody
			  there is none
			550 5.1.1 No such user here
		END
	)" ]
	run "$(program smtpd)" -f "$CONF" -n alice
	[ "$status" -eq 0 ]
	run "$(program smtpd)" -f "$CONF" -n nobody
	[ "$status" -eq 67 ]
	run "$(program smtpd)" -f "$CONF" -n 'a@b@c'
	[ "$status" -eq 65 ]
	run "$(program smtpd)" -f "$CONF" -n
	[ "$status" -eq 0 ]
	[[ $output = *"aliases $HOUSE/aliases"* ]]
	refuses 64 'operands need -n' alice
	# Nothing is made.
	[ -z "$(find "$HOUSE/mail" -mindepth 1 -path '*nobody*')" ]
}

# As root only. Of such a file's own files nothing is told, and of a stranger not the name of ours.
@test "EXPN reads no file that mail would not be delivered by" {
	needs_root || return 0
	local mine=$BATS_TEST_TMPDIR/mine
	fixture
	echo 'name Alice Example' >>"$HOUSE/accounts/alice"
	printf 'secret@example.net\n' >"$HOUSE/files/roots"
	aliases <<<"list: alice@example.net, :include:$mine/list"
	install -d -m 755 -o 1234 -g 1234 "$mine"
	printf 'bob\n:include:%s\n' "$HOUSE/files/roots" >"$mine/list"
	chown 1234:1234 "$mine/list"
	start -o trusted=127.0.0.0/8
	connect
	say 'EXPN list' NOOP
	hear '250 2.1.5 <bob@'
	hear '250 2.0.0'
	chmod g+w "$mine/list"
	say 'EXPN list' NOOP
	hear '250 2.1.5 <alice@example.net>'
	hear '250 2.0.0'
	exec {C}>&-
}

# The time was that of all members for each of them, and an included file was read as often.
@test "EXPN reads a list once, however many members it has" {
	local trace=$BATS_TEST_TMPDIR/trace line n=0
	fixture
	seq -f 'member%g@example.net' 500 >"$HOUSE/files/list"
	chmod 644 "$HOUSE/files/list"
	aliases <<<"list: alice, :include:$HOUSE/files/list, bob"
	RUNAS=("${RUNAS[@]}" strace -D -f -e trace=open,openat,openat2 -o "$trace")
	start -o trusted=127.0.0.0/8
	connect
	say 'EXPN list'
	while read -r -t 20 -u "$C" line && [[ $line = 250-* ]]; do
		n=$((n + 1))
		[[ $n -eq 1 || $line = "250-2.1.5 <member$((n - 1))@example.net>"* ]]
	done
	[[ $n -eq 501 && $line = '250 2.1.5 <bob@example.org>'* ]]
	say QUIT
	hear 221
	stop_daemon smtpd
	[ "$(grep -c "\"$HOUSE/files/list\"" "$trace")" -eq 1 ]
}

# bats test_tags=builds
@test "VRFY and EXPN tell trusted networks who there is, and nobody else" {
	fixture
	echo 'name Alice <Example>' >>"$HOUSE/accounts/alice"
	printf 'bob\ncarol@example.net\n' >"$HOUSE/files/list"
	aliases <<-END
		staff: alice, list, "|/bin/true"
		list: :include:$HOUSE/files/list
		left: error:550 5.1.6 Left
		program: |/bin/true
	END
	start
	connect
	say 'VRFY alice' 'EXPN staff' 'HELP EXPN'
	hear '252 2.0.0'
	hear '502 5.5.1'
	hear 504
	exec {C}>&-
	start -o trusted=127.0.0.0/8 -o programs=on
	connect
	say 'VRFY Alice' 'VRFY <bob@example.org>' 'VRFY staff' 'VRFY nobody' 'VRFY left' 'VRFY a@example.net' 'VRFY a b' 'VRFY <>'
	hear '250 2.1.5 Alice ?Example? <Alice@example.org>'
	hear '250 2.1.5 <bob@example.org>'
	hear '550 5.7.1'
	hear '550 5.1.1'
	hear '550 5.1.6 Left'
	hear '550 5.7.1'
	hear '501 5.1.3'
	hear '501 5.1.3'
	say 'EXPN staff' 'EXPN list' 'EXPN alice' 'EXPN program' 'EXPN nobody' 'HELP EXPN'
	[ "$(for ((i = 0; i < 6; i++)); do read -r -t 20 -u "$C" line && echo "${line%$'\r'}"; done)" = "$(
		cat <<-'END'
			250-2.1.5 Alice ?Example? <alice@example.org>
			250 2.1.5 <list@example.org>
			250-2.1.5 <bob@example.org>
			250 2.1.5 <carol@example.net>
			250 2.1.5 Alice ?Example? <alice@example.org>
			250 2.1.5 <program@example.org>
		END
	)" ]
	hear '550 5.1.1'
	hear '214 2.0.0 EXPN'
	# Within a transaction as well.
	say 'HELO x' 'MAIL FROM:<>' 'RCPT TO:<bob>' 'VRFY alice' 'EXPN list' DATA
	hear 250
	hear 250
	hear 250
	hear '250 2.1.5 Alice'
	hear '250 2.1.5 <carol@example.net>'
	hear 354
	end_message
	count 1 bob
	exec {C}>&-
}

# curl puts it behind every EXPN where SMTPUTF8 is announced.
@test "VRFY and EXPN with SMTPUTF8: RFC 6531 3.7.4.2" {
	local umlaut=$'\xc3\xbc'
	fixture
	aliases <<<"staff: alice, ${umlaut}ta@example.net, bob"$'\n'"${umlaut}ta: bob"
	start -o trusted=127.0.0.0/8
	connect
	say 'VRFY alice SMTPUTF8' 'VRFY <bob@example.org> smtputf8 ' 'VRFY SMTPUTF8' 'VRFY alice SMTPUTF9' \
		"VRFY ${umlaut}ta" "VRFY ${umlaut}ta SMTPUTF8"
	hear '250 2.1.5 <alice@example.org>'
	hear '250 2.1.5 <bob@example.org>'
	hear '550 5.1.1'
	hear '501 5.1.3'
	hear '501 5.1.3'
	hear "250 2.1.5 <${umlaut}ta@example.org>"
	exec {C}>&-
	[ "$(curl -s "smtp://127.0.0.1:$PORT/x" --mail-rcpt staff -X EXPN | tr -d '\r')" = "$(
		printf '%s\n' '250-2.1.5 <alice@example.org>' "250-2.1.5 <${umlaut}ta@example.net>" \
			'250 2.1.5 <bob@example.org>'
	)" ]
	connect
	say 'EXPN staff'
	[ "$(for _ in 1 2; do read -r -t 20 -u "$C" line && echo "${line%$'\r'}"; done)" = "$(
		printf '%s\n' '250-2.1.5 <alice@example.org>' '250 2.1.5 <bob@example.org>'
	)" ]
	exec {C}>&-
}

@test "an address literal is ours, however its IPv6: is written" {
	fixture
	start
	connect
	say 'HELO x' 'MAIL FROM:<>' 'RCPT TO:<alice@[IPv6:::ffff:127.0.0.1]>' 'RCPT TO:<alice@[ipv6:::FFFF:127.0.0.1]>' \
		'RCPT TO:<alice@[ipv6:::1]>'
	hear 250 && hear 250
	hear '250 2.1.5'
	hear '250 2.1.5'
	hear '550 5.7.1'
	exec {C}>&-
}
