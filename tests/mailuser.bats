#!/usr/bin/env bats
# mailuser: accounts added, changed, listed and removed. As root with mail that belongs to uid 4242,
# otherwise as the plain user; what a plain user does is also tried when root runs the tests.

load helper
bats_require_minimum_version 1.5.0

setup() {
	HOUSE=$BATS_TEST_TMPDIR/house
	mkdir -m 755 "$HOUSE"
	cd "$HOUSE"
	if is_root; then
		install -d -o "$MAIL_UID" -g "$MAIL_UID" -m 700 mail
	fi
}

plain_user() {
	as_user nobody
	! is_root || { rmdir mail && chown nobody "$HOUSE"; }
}

mailuser() {
	"${RUNAS[@]}" "$(program mailuser)" -o accounts=accounts -o mail=mail -o user=nobody \
		-o iterations=100 "$@" 3>&-
}

add() { # NAME [OPTION ...]
	echo secret | mailuser add "${@:2}" "$1"
}

# Whether the account's hash is that of the secret, by another implementation of RFC 5803.
opens() { # NAME SECRET
	python3 - "accounts/$1" "$2" <<-'END'
		import base64, hashlib, hmac, os, re, sys
		text = open(sys.argv[1]).read()
		n, salt, stored, server = re.search(
		    r'^password SCRAM-SHA-256\$(\d+):(.*)\$(.*):(.*)$', text, re.M).groups()
		secret = os.fsencode(sys.argv[2])
		salted = hashlib.pbkdf2_hmac('sha256', secret, base64.b64decode(salt), int(n))
		mac = lambda text: hmac.digest(salted, text, 'sha256')
		b64 = lambda octets: base64.b64encode(octets).decode()
		client = hashlib.sha256(mac(b'Client Key')).digest()
		sys.exit((b64(client), b64(mac(b'Server Key'))) != (stored, server))
	END
}

@test "a plain user adds an account in an empty folder" {
	plain_user
	echo secret | "${RUNAS[@]}" "$(program mailuser)" -o accounts=A -o mail=M add alice
	[ "$(cd M && find . | sort | xargs)" = ". ./alice ./alice/cur ./alice/new ./alice/tmp" ]
	[ "$(ls -A A)" = alice ]
	[ "$(stat -c %a A A/alice M/alice M/alice/new | xargs)" = "700 600 700 700" ]
	grep -q '^password SCRAM-SHA-256\$10000:' A/alice
	mv A accounts
	opens alice secret
}

@test "what root adds belongs to root, and the mail to the owner of the mail folder" {
	needs_root || return 0
	add alice
	[ "$(stat -c %u:%g mail/alice mail/alice/{tmp,new,cur} | uniq)" = "$MAIL_UID:$MAIL_UID" ]
	[ "$(stat -c %u:%a accounts accounts/alice | xargs)" = "0:700 0:600" ]
}

@test "an account with a uid of its own gets its Maildir as that user" {
	needs_root || return 0
	install -d -o 4343 -g 4343 -m 700 home
	add alice -i 4343:4344 -m "$HOUSE/home/deep/Maildir"
	[ "$(stat -c %u:%g home/deep home/deep/Maildir/new | uniq)" = 4343:4344 ]
	run -77 add bob -i 4343
	[[ $output == "mailuser: cannot make the Maildir $HOUSE/mail/bob as uid 4343: Permission denied" ]]
	[ "$(ls -A accounts)" = alice ]
}

@test "root is told how to make a mail folder that is missing, root's or the jailed user's" {
	needs_root || return 0
	rmdir mail
	run -78 add alice
	[[ $output == *"(install -d -m 700 -o vmail $HOUSE/mail)" ]]
	mkdir mail
	run -78 add alice
	[[ $output == *"(chown vmail $HOUSE/mail)"* ]]
	chown nobody mail
	run -78 add alice
	[[ $output == *"the jailed user"* ]]
	run -78 add alice -i 999
	[[ $output == *"uid 999, which is less than first-uid" ]]
	[ -z "$(ls -A accounts)" ] && [ -z "$(ls -A mail)" ]
}

@test "an account is added once, and a second add changes nothing" {
	add alice -c "Alice A."
	cp accounts/alice before
	run -73 mailuser add alice <<<other
	[ "$output" = "mailuser: there is an account alice already" ]
	run -73 mailuser add -m "$HOUSE/elsewhere" ALICE <<<other
	cmp accounts/alice before
	[ "$(ls -A accounts)" = alice ] && [ ! -e elsewhere ]
}

@test "of many that add the same account at once, one wins" {
	local i pids=() won=0
	mailuser list >/dev/null 2>&1 || true
	for i in 1 2 3 4 5 6 7 8; do
		echo "secret$i" | mailuser add alice 2>"error.$i" &
		pids+=($!)
	done
	for i in 1 2 3 4 5 6 7 8; do
		wait "${pids[i - 1]}" && won=$((won + 10 + i)) || [ $? -eq 73 ]
	done
	[ "$won" -gt 10 ] && [ "$won" -lt 20 ]
	[ "$(cat error.*)" = "$(yes "mailuser: there is an account alice already" | head -n 7)" ]
	opens alice "secret$((won - 10))"
	[ "$(ls -A accounts)" = alice ]
}

@test "names are folded, and those that could leave the folder or hide are refused" {
	local name
	add Alice@Example.ORG
	[ "$(ls -A accounts)" = alice@example.org ]
	mailuser show ALICE@EXAMPLE.org
	for name in ../alice a/b .alice . .. a:b 'a b' '' ä $'a\nb' "$(printf '%0129d' 0)"; do
		run -65 add "$name"
		[[ $output == "mailuser: no account can have the name "* && ${#lines[@]} -eq 1 ]]
		run -65 mailuser show "$name"
	done
	add "$(printf '%0128d' 0)"
	[ "$(ls -A "$HOUSE" | xargs)" = "accounts mail" ]
}

@test "a folder or file that others may write is not believed" {
	add alice
	chmod g+w accounts
	for command in list 'show alice' 'del alice' 'passwd alice' 'add bob'; do
		run -78 mailuser $command <<<secret
		[[ $output == *"account folder $HOUSE/accounts: not believed"*"(chmod go-w)" ]]
		[ "${#lines[@]}" -eq 1 ] || [ "$command" = 'del alice' ]
	done
	chmod g-w accounts
	chmod o+w accounts/alice
	run -78 mailuser show alice
	[[ $output == *"account file $HOUSE/accounts/alice: not believed"* ]]
}

@test "a file of another owner decides nothing about uid and Maildir" {
	needs_root || return 0
	add alice
	printf 'uid 4343\ngid 4343\nmaildir /root/Maildir\n' >>accounts/alice
	[ "$(mailuser show alice | tail -n 2 | xargs)" = "mailbox /root/Maildir owner 4343:4343" ]
	chown 4444 accounts/alice
	run -0 --separate-stderr mailuser show alice
	[ "$(tail -n 2 <<<"$output" | xargs)" = "mailbox $HOUSE/mail/alice owner $MAIL_UID:$MAIL_UID" ]
	[[ $stderr == *"do not count, since uid 4444 owns it" ]]
	echo new | mailuser passwd alice
	[ "$(stat -c %u accounts/alice)" = 4444 ]
	! grep -q uid accounts/alice
	opens alice new
}

@test "a password is one line of standard input, and the rest of it stays unread" {
	{ mailuser add alice && mailuser add bob && cat; } <<-END >rest
		 Grüße = two  words
		#2
		rest
	END
	opens alice ' Grüße = two  words'
	opens bob '#2'
	[ "$(cat rest)" = rest ]
	printf 'no line end' | mailuser add carol
	opens carol 'no line end'
	printf '%0248d\n' 0 | mailuser add dave
	opens dave "$(printf '%0248d' 0)"
}

@test "an empty password, one with control characters and one too long are refused" {
	refused() { # WHY, with standard input
		run -65 mailuser add alice
		[ "$output" = "mailuser: the password $1" ]
		[ -z "$(ls -A accounts)" ]
	}
	printf '\n' | refused "is empty"
	printf '' | refused "is empty"
	printf 'a\0b\n' | refused "holds a control character"
	printf 'secret\r\n' | refused "holds a control character"
	printf '\0\n' | refused "holds a control character"
	printf '%0249d\n' 0 | refused "is longer than 248 octets"
	head -c 1000000 /dev/zero | tr '\0' x | refused "is longer than 248 octets"
}

@test "passwd changes the hash and keeps the rest" {
	add alice -c "Alice A." -q 5M
	printf '# comment\nforward bob\nrevoked\n' >>accounts/alice
	mailuser show alice >before
	echo changed | mailuser passwd alice
	opens alice changed
	mailuser show alice | cmp - before
	[ "$(ls -A accounts)" = alice ]
	run -67 mailuser passwd bob <<<secret
	[ "$output" = "mailuser: there is no account bob" ]
}

@test "at a terminal the password is asked for twice and never shown" {
	use_terminals -s
	at_terminal() {
		"${RUNAS[@]}" python3 "$HERE/at_terminal.py" "$1" "$(program mailuser)" -o accounts=accounts \
			-o mail=mail -o user=nobody -o iterations=100 add alice
	}
	run -65 at_terminal differ
	[ "$output" = echo ]
	run -143 at_terminal kill
	[ "$output" = echo ]
	run -130 at_terminal interrupt
	[ "$output" = echo ]
	[ -z "$(ls -A accounts)" ]
	run -0 at_terminal good
	[ "$output" = echo ]
	opens alice secret
}

@test "a change is on disk before it takes a name, and the name before success is told" {
	local trace=(strace -y -o trace -e 'trace=fsync,linkat,renameat')
	add alice
	echo new | "${trace[@]}" "$TRIVET/mailuser/mailuser" -o accounts=accounts passwd alice
	[ "$(sed -nE 's/^(\w+)\([0-9]+<([^>]*)>.*/\1 \2/p' trace | sed "s|\.[0-9a-f]*$|.DRAFT|")" = \
		"fsync $HOUSE/accounts/.alice.DRAFT
renameat $HOUSE/accounts
fsync $HOUSE/accounts" ]
	opens alice new
	run -73 "${trace[@]}" -e inject=fsync:error=ENOSPC \
		"$TRIVET/mailuser/mailuser" -o accounts=accounts passwd alice <<<lost
	[[ ${lines[0]} == *"account file $HOUSE/accounts/alice: No space left on device" ]]
	opens alice new
	[ "$(ls -A accounts)" = alice ]
}

@test "del removes the account and leaves the mail" {
	add alice
	run -0 mailuser del Alice
	[ "$output" = "alice is removed; its mail is left in $HOUSE/mail/alice" ]
	[ -z "$(ls -A accounts)" ] && [ -d mail/alice/new ]
	run -67 mailuser del alice
	[ "$output" = "mailuser: there is no account alice" ]
}

@test "list and show tell all but the hash" {
	add bob -c "Bob B." -q 1G
	add alice@example.org
	echo revoked >>accounts/alice@example.org
	add carol
	echo 'name Carol' >accounts/carol
	add dave
	add erin
	echo 'password $6$abc$def' >accounts/dave
	echo 'password {MD5}abcdef' >accounts/erin
	: >accounts/.bob.0123456789abcdef
	run -0 mailuser list
	[ "$output" = "alice@example.org	revoked	SCRAM-SHA-256	$HOUSE/mail/alice@example.org
bob	active	SCRAM-SHA-256	$HOUSE/mail/bob
carol	active	-	$HOUSE/mail/carol
dave	active	crypt	$HOUSE/mail/dave
erin	active	unknown	$HOUSE/mail/erin" ]
	run -0 mailuser show bob
	[ "$(head -n 5 <<<"$output")" = "account bob
password SCRAM-SHA-256
name Bob B.
quota 1073741824
mailbox $HOUSE/mail/bob" ]
	[ "${lines[5]}" = "owner $(stat -c %u:%g mail/bob)" ] && [ "${#lines[@]}" -eq 6 ]
}

@test "a faulty file is named with its line, hides no other account, and can be removed" {
	add alice
	add bob
	echo 'quotta 5M' >>accounts/alice
	run -78 --separate-stderr mailuser list
	[ "$output" = "alice	faulty	-	-
bob	active	SCRAM-SHA-256	$HOUSE/mail/bob" ]
	[[ $stderr == *"account file $HOUSE/accounts/alice:2: wrong quotta: expected password, name, "* ]]
	run -0 --separate-stderr mailuser del alice
	[ "$output" = "alice is removed; its mail is left where it is" ]
	[ "$(ls -A accounts)" = bob ]
}

@test "without permission the status is 77, and nothing is half made" {
	plain_user
	add alice
	chmod 500 accounts
	run -77 add bob
	[[ $output == *"account file $HOUSE/accounts/bob: Permission denied" ]]
	run -77 mailuser del alice
	[[ ${lines[0]} == *"account file $HOUSE/accounts/alice: Permission denied" ]]
	chmod 0 accounts
	run -77 mailuser list
	[[ $output == *"account folder $HOUSE/accounts: Permission denied" ]]
	chmod 700 accounts
	[ "$(ls -A accounts)" = alice ]
	chmod 0 mail
	run -77 add carol
	[ "$output" = "mailuser: cannot make the Maildir $HOUSE/mail/carol as uid $(stat -c %u accounts): Permission denied" ]
	chmod 700 mail
	[ "$(ls -A accounts)" = alice ]
}

@test "a missing account folder is an error to all but add" {
	for command in list 'show alice' 'passwd alice' 'del alice'; do
		run -78 mailuser $command <<<secret
		[[ ${lines[0]} == *"account folder $HOUSE/accounts: No such file or directory" ]]
	done
	[ ! -e accounts ]
	add alice
}

@test "mistakes on the command line end with status 64 and one line before the usage" {
	wrong() { # MESSAGE ARGUMENT ...
		run -64 mailuser "${@:2}" <<<secret
		[ "${lines[0]}" = "mailuser: $1" ] || { echo "$output" && false; }
		[[ ${lines[1]} == "usage: mailuser "* ]]
	}
	wrong "which command?"
	wrong 'there is no command "frob"' frob
	wrong "it is: list" list x
	wrong "it is: show name" show
	wrong "it is: del name" del a b
	wrong "add: -z is no option, or lacks its argument" add -z alice
	wrong "add: -c is no option, or lacks its argument" add -c
	wrong "passwd: -c is no option, or lacks its argument" passwd -c x alice
	wrong "add: -q takes a number of octets, such as 500M" add -q much alice
	wrong "add: -m takes an absolute path" add -m mail/alice alice
	wrong "add: -i takes the number of a user" add -i alice alice
	wrong "add: -i takes the number of a group" add -i 1000: alice
	wrong "add: -i takes it only once" add -i 1000 -i 1001 alice
	wrong "there is no option -u" -u nobody list
	run -78 mailuser -o mial=x list
	[ "$output" = 'mailuser: there is no setting "mial"' ]
	[ ! -e accounts ]
}
