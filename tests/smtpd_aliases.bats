#!/usr/bin/env bats
# smtpd: the alias file and the files that it includes.

load helper
load smtpd
load smtpd_route

# bats test_tags=builds
@test "aliases: names, lists, nested, quoted, any case; each place gets one copy" {
	fixture
	add_user carol x
	aliases <<-'END'
		# people
		Staff: alice, bob,
		  # with a comment in between
		  "Carol" <carol@example.org>, STAFF2
		staff2: Alice, staff3@example.org
		staff3@example.org: bob
		"john doe": bob
		john.doe@example.org: "john doe"
	END
	leads staff 'alice bob carol 250 2.1.5'
	leads STAFF@Example.org 'alice bob carol 250'
	leads staff3@example.org 'bob 250'
	leads staff3 "$unknown"
	leads '"john doe"@example.org' 'bob 250'
	leads john.doe@example.org 'bob 250'
	leads staff@example.net '550 5.7.1'
	start
	send staff@example.org alice@example.org staff2
	count 1 alice
	count 1 bob
	count 1 carol
	no_drafts
}

# bats test_tags=builds
@test "an alias in its own list is the account; with a backslash, too" {
	fixture
	aliases <<-'END'
		alice: alice, bob
		bob: \bob
		root: \alice
		zoe: zoe, alice
	END
	leads alice 'alice bob 250'
	leads bob 'bob 250'
	leads root 'alice 250'
	leads zoe 'alice bob 250'
	complained 'aliases:4: there is no zoe'
}

# bats test_tags=builds
@test "/dev/null: accepted and thrown away; others of the list get theirs, and postmaster's is kept" {
	fixture
	aliases <<-'END'
		noreply: /dev/null
		half: /dev/null, alice
		postmaster: noreply
	END
	leads noreply 250
	leads half 'alice 250'
	start
	send noreply
	send noreply half postmaster
	count 1 alice
	count 1 postmaster
	no_drafts
}

# bats test_tags=builds
@test "loops: what they hold besides is reached; nothing but a loop is put off" {
	local i
	fixture
	{
		printf 'a: b\nb: c\nc: a\n'
		printf 'all: part, alice\npart: all, bob\n'
		for ((i = 1; i < 25; i++)); do
			echo "deep$i: deep$((i + 1))"
		done
		echo 'deep25: alice'
	} | aliases
	leads a '451 4.3.0'
	complained 'alias a leads back to itself'
	leads all 'bob alice 250'
	leads part 'alice bob 250'
	leads deep6 'alice 250'
	leads deep5 '451 4.3.0'
	complained 'too many lists within each other'
}

# bats test_tags=builds
@test "error: replies, alone, in lists and nested" {
	fixture
	aliases <<-'END'
		left: error:550 5.1.6 Has left, write to "bob", please
		busy: error:450 Later
		gone: left
		some: left, alice
	END
	leads left '550 5.1.6 Has left, write to "bob", please'
	leads busy '450 4.0.0 Later'
	leads gone '550 5.1.6 Has left'
	leads some 'alice 250'
	start
	begin
	rcpt left '550 5.1.6 Has left, write to "bob", please' busy '450 4.0.0 Later'
	say DATA
	hear 503
	rcpt some "$ok"
	logged 'recipient refused .*to=<left> status=5\.1\.6'
	exec {C}>&-
}

# bats test_tags=builds
@test "a faulty line is logged by its number and ignored, and no other" {
	fixture
	aliases <<-'END'
		good: alice
		no colon
		list: alice, bob carol
		file: /var/mail/file
		good: bob
		better: bob
	END
	start
	begin
	rcpt good "$ok" better "$ok" list "$unknown" file "$unknown" no "$unknown"
	logged 'aliases:2 has no colon: ignored'
	logged 'aliases:3 is not an address: ignored'
	logged 'aliases:4 is a file; a Maildir ends in a slash: ignored'
	logged 'aliases:5 has a name that was there before: ignored'
	leads good 'alice 250'
	exec {C}>&-
}

# bats test_tags=builds
@test "the file is read anew when it has changed, and put off when it is gone or nobody's word" {
	fixture
	echo 'one: alice' | aliases
	start
	begin
	rcpt one "$ok" two "$unknown"
	echo 'two: bob' | aliases
	say RSET 'MAIL FROM:<>'
	hear 250
	hear 250
	rcpt one "$unknown" two "$ok"
	chmod 666 "$HOUSE/aliases"
	say RSET 'MAIL FROM:<>'
	hear 250
	hear 250
	rcpt two '451 4.3.0' alice '451 4.3.0'
	logged 'aliases: not believed'
	rm "$HOUSE/aliases"
	say RSET 'MAIL FROM:<>'
	hear 250
	hear 250
	rcpt two '451 4.3.0'
	logged 'aliases: the file is gone'
	exec {C}>&-
}

# bats test_tags=builds
@test "at the start: a file that will not do is 78, a missing one is none" {
	fixture
	mkdir "$HOUSE/aliases"
	refuses 78 'aliases: it cannot be read'
	rmdir "$HOUSE/aliases"
	leads alice 'alice 250'
	refuses 78 'virtual: "x@" is not a domain name' -o 'virtual=x@'
}

# bats test_tags=builds
@test "included files: members a line each, nested, once; trouble puts off" {
	fixture
	aliases <<-END
		team: :include:$HOUSE/files/team
		missing: alice, :include:$HOUSE/files/missing
		linked: :include:$HOUSE/files/link
		open: :include:$HOUSE/files/open
		nul: :include:$HOUSE/files/nul
		pipe: :include:$HOUSE/files/pipe
	END
	printf '%s\n' '# the team, all of it' 'alice' ' bob , bob' '' 'x y' ":include:$HOUSE/files/team" \
		"$HOUSE/mail/shared/" "who@example.net.invalid" >"$HOUSE/files/team"
	ln -s team "$HOUSE/files/link"
	echo alice >"$HOUSE/files/open"
	chmod 664 "$HOUSE/files/open"
	printf 'alice\0\n' >"$HOUSE/files/nul"
	mkfifo -m 644 "$HOUSE/files/pipe"
	leads team 'alice bob shared 550 5.7.1'
	complained 'files/team:5: what is there is not an address: ignored'
	complained 'files/team:8: who@example.net.invalid is not local'
	sed -i '$d' "$HOUSE/files/team"
	leads team 'alice bob shared 250'
	leads missing 'alice 451'
	leads linked '451'
	complained 'files/link: is not a regular file'
	leads open '451'
	complained 'files/open: not believed'
	leads nul '451'
	complained 'files/nul: holds a NUL'
	leads pipe '451'
}

# As root only: whose file it is decides.
@test "included files of other users name people, but no programs, folders or files" {
	needs_root || return 0
	local mine=$BATS_TEST_TMPDIR/mine
	fixture
	echo 'programs on' >>"$CONF"
	aliases <<-END
		list: :include:$mine/list
		secret: :include:$mine/secret
		roots: :include:$mine/roots
		through: :include:$mine/folder/list
	END
	install -d -m 755 -o 1234 -g 1234 "$mine"
	printf 'alice\nbob\n' >"$mine/list"
	chown 1234:1234 "$mine/list"
	leads list 'alice bob 250'
	for order in '|/bin/true' '/var/mail/x/' ":include:$HOUSE/aliases"; do
		printf 'alice\n%s\n' "$order" >"$mine/list"
		leads list 'alice 451'
		complained 'mine/list:2: programs, folders and included files do not count here'
	done
	# A file of root's in a folder of his: he may have linked it there.
	printf '|/bin/true\n' >"$mine/roots"
	leads roots '451'
	complained 'somebody else could have put it there'
	# His file, but he cannot read it: neither do we.
	printf 'alice\n' >"$mine/secret"
	chown 1234:1234 "$mine/secret"
	chmod 0 "$mine/secret"
	leads secret '451'
	complained 'mine/secret: Permission denied'
	ln -s "$HOUSE/files" "$mine/folder"
	leads through '451'
	complained 'behind a link'
}

@test "an alias file of another user names people only" {
	needs_root || return 0
	fixture
	echo 'programs on' >>"$CONF"
	aliases <<-END
		list: alice, bob
		program: |/bin/true
		folder: $HOUSE/mail/shared/
	END
	leads program '|/bin/true'
	leads folder 'shared 250'
	chown 1234 "$HOUSE/aliases"
	leads list 'alice bob 250'
	leads program 451
	leads folder 451
}

# bats test_tags=builds
@test "programs are off unless the setting says so; folders are Maildirs" {
	fixture
	aliases <<-END
		program: alice, "|/bin/cat -n, \"x\""
		folder: $HOUSE/mail/shared/
	END
	leads program 'alice 451'
	complained 'programs are not run .setting programs.'
	echo 'programs on' >>"$CONF"
	leads program 'alice |/bin/cat -n, "x"'
	start
	send folder@example.org
	count 1 shared
	[ "$(stat -c %u:%g "$(messages shared)")" = "$OWNER" ]
}

# bats test_tags=builds
@test "100,000 aliases: a list of many in one recipient, and the 250 in time" {
	fixture
	{
		seq -f 'user.%.0f: alice' 1 100000
		echo "many: $(seq -s ', ' -f 'user.%.0f' 1 14 99999)"
		echo "more: $(seq -s ', ' -f 'user.%.0f' 1 20001)"
	} | aliases
	leads many 'alice 250'
	leads more 'alice 451'
	complained 'too many members'
	start
	send user.77777@example.org
	count 1 alice
}
