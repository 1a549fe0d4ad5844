#!/usr/bin/env bats
# Accounts from elsewhere: imported hashes, and the system's users, also as smtpd's recipients.

load helper
load accounts

# Imported hashes

@test "imported hashes let in; a scheme that is not known is [SYS/PERM], and nobody is told which" {
	fixture
	import old "$SHA512"
	import new "$YESCRYPT"
	import odd '$argon2id$v=19$m=65536,t=3,p=4$abc$def'
	start
	is '+OK*' old secret
	is '+OK*' new secret
	is '+OK*' alice secret
	is '-ERR \[AUTH\]*' old secret2
	is '-ERR \[AUTH\]*' new secret2
	is '-ERR \[SYS/PERM\]*' odd secret
	logged 'account odd: password is of a scheme'
	! grep -q argon "$BATS_TEST_TMPDIR/pop3d.log"
	run "$(program mailuser)" -f "$CONF" list
	[[ $output = *$'old\tactive\tcrypt\t'* ]]
	[[ $output = *$'alice\tactive\tSCRAM-SHA-256\t'* ]]
}

# bats test_tags=once
@test "a libc without crypt(3): everything else works, imported hashes are [SYS/PERM]" {
	local built=$BATS_TEST_TMPDIR/none
	make -s -C "$HERE/.." OUT="$built" CRYPT=none CFLAGS=-O1 "$built/pop3d/pop3d" "$built/mailuser/mailuser" 3>&-
	! ldd "$built/pop3d/pop3d" | grep libcrypt
	fixture
	import old "$SHA512"
	TRIVET=$built start
	is '+OK*' alice secret
	is '-ERR \[SYS/PERM\]*' old secret
}

# bats test_tags=once
@test "static programs have crypt(3) where the C library has it as an archive" {
	local built=$BATS_TEST_TMPDIR/static
	make -s -C "$HERE/.." OUT="$built" STATIC=1 CFLAGS=-O1 "$built/pop3d/pop3d" "$built/mailuser/mailuser" \
		>"$BATS_TEST_TMPDIR/warnings" 2>&1 3>&-
	[ ! -s "$BATS_TEST_TMPDIR/warnings" ] || { cat "$BATS_TEST_TMPDIR/warnings" && false; }
	fixture
	import old "$YESCRYPT"
	TRIVET=$built start
	is '+OK*' old secret
}

# LARGE=1: 500 logins. Each yescrypt takes 16 MB while it is computed; the rest waits meanwhile.
# bats test_tags=once
@test "large: a storm of logins by imported hashes: all are let in, in bounded memory" {
	local i count=$((LARGE ? 500 : 40)) cores
	cores=$(nproc --all)
	fixture
	for ((i = 0; i < count; i += 2)); do
		import "u$i" "$YESCRYPT"
		import "u$((i + 1))" "$SHA512"
	done
	start -o clients=1000 -o clients-per-source=1000 -o login-timeout=300
	python3 - "$PORT" "$PID" "$count" $(((2 * cores + 2) * 17)) <<-'END'
		import os, re, socket, sys, threading
		port, daemon, count, bound = map(int, sys.argv[1:])
		clients = [socket.create_connection(('127.0.0.1', port), 300) for _ in range(count)]
		files = [s.makefile('rb') for s in clients]
		for i, s in enumerate(clients):
		    s.sendall(b'USER u%d\r\nPASS secret\r\n' % i)
		done = threading.Event()
		peak = {}
		def sessions():
		    return open('/proc/%d/task/%d/children' % (daemon, daemon)).read().split()
		def megabytes():
		    total = 0
		    for pid in sessions():
		        try:
		            text = open('/proc/%s/status' % pid).read()
		        except (FileNotFoundError, ProcessLookupError):
		            continue
		        found = re.search(r'RssAnon:\s*(\d+)', text)
		        total += int(found.group(1)) if found else 0
		    return total / 1024
		base = megabytes()
		def watch():
		    while not done.wait(0.01):
		        peak['all'] = max(peak.get('all', 0), megabytes())
		watcher = threading.Thread(target=watch)
		watcher.start()
		replies = [(f.readline(), f.readline(), f.readline())[2] for f in files]
		done.set()
		watcher.join()
		print('MB at most: %d; before: %d' % (peak['all'], base))
		assert all(r.startswith(b'+OK') for r in replies), replies
		assert peak['all'] < bound + count * 0.5, peak
	END
}

# The system's users

# In $1: a user of the system with this password, and a home below the test's folder.
new_user() { # PASSWORD-HASH [USERADD-OPTION ...]
	local hash=$1
	shift
	SYSTEM_USER=trv$BASHPID
	HOME_FOLDER=$BATS_TEST_TMPDIR/home
	useradd -M -d "$HOME_FOLDER" -p "$hash" "$@" "$SYSTEM_USER"
	install -d -o "$SYSTEM_USER" -g "$SYSTEM_USER" -m 700 "$HOME_FOLDER"
}

teardown() {
	local status=0
	stop_daemons || status=1
	[ -z "${SYSTEM_USER:-}" ] || userdel "$SYSTEM_USER"
	return $status
}

@test "accounts system: smtpd delivers to ~/Maildir as the user, pop3d lets the user in" {
	needs_root || return 0
	fixture
	new_user "$SHA512"
	start_daemon smtpd -DF -l 127.0.0.1:0 -o accounts=system
	[ "$(deliver "$SYSTEM_USER@example.org")" = '250 250' ]
	[ "$(deliver "$SYSTEM_USER@elsewhere.example")" = '550 ' ]
	[ "$(deliver nobody-of-this-name@example.org)" = '550 ' ]
	[ "$(deliver root@example.org)" = '550 ' ] # below first-uid
	[ "$(deliver daemon@example.org)" = '550 ' ]
	[ "$(deliver nobody@example.org)" = '550 ' ] # the setting user
	[ "$(find "$HOME_FOLDER/Maildir/new" -type f -user "$SYSTEM_USER" -group "$SYSTEM_USER" | wc -l)" = 1 ]
	start -o accounts=system
	[[ $(reply "$SYSTEM_USER" secret) = $'+OK 1 messages\n+OK 1 '* ]]
	is '-ERR \[AUTH\]*' "$SYSTEM_USER" Secret
	is '-ERR \[AUTH\]*' nobody-of-this-name secret
	is '-ERR \[AUTH\]*' root secret
	logged "session user=$SYSTEM_USER .* left=1"
}

# bats test_tags=once
@test "accounts system: the user's own ids, for good" {
	needs_root || return 0
	local fd line session
	fixture
	new_user "$YESCRYPT"
	start -o accounts=system
	exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'USER %s\r\nPASS secret\r\n' "$SYSTEM_USER" >&"$fd"
	for _ in 1 2 3; do read -r -t 20 -u "$fd" line; done
	[[ $line = '+OK 0 messages'* ]]
	session=$(cat "/proc/$PID/task/$PID/children")
	[ "$(awk '/^Uid/ { print $2, $3, $4 }' "/proc/${session% }/status")" = \
		"$(id -u "$SYSTEM_USER") $(id -u "$SYSTEM_USER") $(id -u "$SYSTEM_USER")" ]
	# Nothing of the file of passwords has stayed in its memory.
	python3 - "$session" <<-'END'
		import sys
		pid = sys.argv[1].strip()
		memory = open('/proc/%s/mem' % pid, 'rb', 0)
		found = seen = 0
		for line in open('/proc/%s/maps' % pid):
		    start, end = (int(x, 16) for x in line.split()[0].split('-'))
		    if line.split()[1].startswith('rw') and '[v' not in line:
		        memory.seek(start)
		        octets = memory.read(end - start)
		        seen += octets.count(b'/home/Maildir')
		        found += octets.count(b'$y$j9T$') + octets.count(b'root:*') + octets.count(b'root:$')
		assert seen and not found, (seen, found)
	END
	exec {fd}>&-
}

@test "accounts system: who is locked or has expired is told the same as who is wrong" {
	needs_root || return 0
	local change
	fixture
	new_user "$SHA512"
	start -o accounts=system
	is '+OK*' "$SYSTEM_USER" secret
	for change in '-L' '-U' '-e 2001-01-01' '-e 2999-01-01'; do
		usermod $change "$SYSTEM_USER"
		case $change in
		-L | *2001*) is '-ERR \[AUTH\]*' "$SYSTEM_USER" secret ;;
		*) is '+OK*' "$SYSTEM_USER" secret ;;
		esac
	done
	chage -M 10 -d 2001-01-01 "$SYSTEM_USER" # a password that is too old
	is '-ERR \[AUTH\]*' "$SYSTEM_USER" secret
	chage -M -1 -d 0 "$SYSTEM_USER" # one that has to be changed first
	is '-ERR \[AUTH\]*' "$SYSTEM_USER" secret
	chage -d 2001-01-01 "$SYSTEM_USER"
	is '+OK*' "$SYSTEM_USER" secret
	usermod -p '' "$SYSTEM_USER"
	is '-ERR \[AUTH\]*' "$SYSTEM_USER" secret
	start -o accounts=system -o first-uid=$(($(id -u "$SYSTEM_USER") + 1))
	usermod -p "$SHA512" "$SYSTEM_USER"
	is '-ERR \[AUTH\]*' "$SYSTEM_USER" secret
}

@test "accounts system: not without root, and nothing for mailuser" {
	as_user nobody
	fixture
	is_root && RUN=("${RUNAS[@]}") || RUN=()
	run "${RUN[@]}" "$(program pop3d)" -f "$CONF" -o accounts=system -DF -l 127.0.0.1:0
	[ "$status" -eq 78 ] && [[ $output = *'it takes root'* ]]
	run "${RUN[@]}" "$(program mailuser)" -f "$CONF" -o accounts=system list
	[ "$status" -eq 78 ] && [[ $output = *'no files that mailuser could keep'* ]]
}
