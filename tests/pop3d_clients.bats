#!/usr/bin/env bats
# pop3d: real clients fetch mail octet for octet, delete it, or leave it and do not fetch it again.
#
# bats file_tags=once

bats_require_minimum_version 1.5.0
load helper
load clients
load pop3d

# What has gone wrong between servers and clients before. On the wire each message ends a line.
setup() {
	client_home
	fixture
	mkdir -p "$AT/sent" "$AT/box"/{cur,new,tmp}
	local head='From: carol@example.net\nTo: alice@example.org\nDate: Sat, 21 Nov 2026 17:00:00 +0000\n'
	mail 1 "${head}Message-ID: <1@example.net>\nSubject: dots\n\n.\n..\n.x\n \n.\n\n"
	mail 2 "${head}Message-ID: <2@example.net>\nSubject: 8-bit\n\n\351t\351 \303\251 \377\n"
	mail 3 "${head}Message-ID: <3@example.net>\nSubject: long\n\n$(printf '%0100000d' 0)\n.\n"
	mail 4 "${head}Message-ID: <4@example.net>\nSubject: no end\n\none\ntwo"
	! is_root || chown -R nobody "$AT"
	start
}

mail() { # NUMBER FORMAT
	letter "$1" "$2"
	# shellcheck disable=SC2059
	printf "${2%\\n}\n" >"$AT/sent/$1"
}

sums() { # FOLDER FILTER
	local file
	find "$AT/$1" -type f | while read -r file; do
		$2 <"$file" | sha256sum
	done | sort
}

# The files of a folder are what was sent, and nothing else.
fetched() { # FOLDER [FILTER]
	diff <(sums sent "${2:-cat}") <(sums "$1" "${2:-cat}")
}

all_left() {
	left new/170000000{1,2,3,4}.M1P1.host
}

none_left() {
	[ -z "$(cd "$HOUSE/mail/alice" && find new cur -mindepth 1)" ]
}

has_quit() { # NUMBER
	[ "$(grep -c 'user=alice .*reason=quit' "$log")" -eq "$1" ]
}

# So many sessions have ended, each as the client asked for.
quits() { # NUMBER
	wait_for has_quit "$1"
}

@test "curl" {
	local n
	mkdir "$AT/got"
	for n in 1 2 3 4; do
		curl -sS "pop3://alice:secret@127.0.0.1:$PORT/$n" | tr -d '\r' >"$AT/got/$n"
	done
	fetched got
	all_left
	for n in 4 3 2 1; do
		curl -sS -X "DELE $n" -I "pop3://alice:secret@127.0.0.1:$PORT/"
	done
	none_left
	quits 8
}

# It cuts lines of more than 8 KB, here the one of zeros, and puts three octets of its own there.
joined() {
	perl -0777 -pe 's/(?<=0)\0.\n(?=0)//gs'
}

@test "fetchmail" {
	settings fetchmailrc <<-END
		set no syslog
		poll 127.0.0.1 port $PORT protocol pop3 auth password uidl
			user alice password secret
			sslproto "" no rewrite pass8bits no mimedecode
			mda "umask 77; cat >$AT/box/new/\$\$"
	END
	client fetchmail -f fetchmailrc --invisible --keep
	fetched box joined
	all_left
	run -1 client fetchmail -f fetchmailrc --invisible --keep # no new mail
	fetched box joined
	all_left
	client fetchmail -f fetchmailrc --invisible --all --nokeep --mda 'cat >/dev/null'
	none_left
	quits 3
}

# It puts a line of its own before each message.
unpathed() {
	sed '1 { /^Return-Path: <unknown>$/ d }'
}

@test "getmail" {
	getmailrc() { # DELETE
		settings getmailrc <<-END
			[retriever]
			type = SimplePOP3Retriever
			server = 127.0.0.1
			port = $PORT
			username = alice
			password = secret
			[destination]
			type = Maildir
			path = $AT/box/
			[options]
			read_all = false
			delete = $1
			delivered_to = false
			received = false
		END
	}
	getmailrc false
	client getmail --getmaildir "$AT" --rcfile getmailrc
	fetched box unpathed
	client getmail --getmaildir "$AT" --rcfile getmailrc
	fetched box unpathed
	all_left
	getmailrc true
	client getmail --getmaildir "$AT" --rcfile getmailrc
	none_left
	quits 3
}

@test "mpop" {
	start -o 'sasl=PLAIN LOGIN SCRAM-SHA-256'
	settings mpoprc <<-END
		account alice
		host 127.0.0.1
		port $PORT
		user alice
		password secret
		tls off
		received_header off
		delivery maildir $AT/box
		uidls_file $AT/uidls
	END
	client mpop -C mpoprc --auth=user --keep=on alice
	fetched box
	all_left
	client mpop -C mpoprc --auth=plain --keep=on alice
	fetched box
	all_left
	client mpop -C mpoprc --auth=scram-sha-256 --keep=off alice
	none_left
	quits 3
}

# It ends each message by an empty line.
ended() {
	sed '$ { /^$/ d }'
}

@test "s-nail" {
	nail() { # COMMAND ...
		printf '%s\n' "$@" | client s-nail -n -S v15-compat -S pop3-auth=plain -S pop3-no-apop \
			-f "pop3://alice:secret@127.0.0.1:$PORT"
	}
	nail "copy * maildir://$AT/box" exit
	fetched box ended
	all_left
	nail 'delete *' quit
	none_left
}

@test "neomutt" {
	fetch() { # POP_DELETE
		settings muttrc <<-END
			set pop_host = pop://alice:secret@127.0.0.1:$PORT
			set pop_delete = $1 pop_last = yes
			set ssl_starttls = no ssl_force_tls = no
			set mbox_type = Maildir folder = $AT spool_file = $AT/box
		END
		TERM=vt100 client script -qec "neomutt -n -F muttrc -e 'push <fetch-mail><quit>'" /dev/null </dev/null
	}
	start -o last=on -o mark-seen=on
	fetch no
	fetched box
	all_over
	left cur/170000000{1,2,3,4}.M1P1.host:2,S
	fetch yes
	fetched box # LAST has told that there is nothing new
	letter 5 'Subject: new\n\nnew\n'
	fetch yes
	all_over
	left cur/170000000{1,2,3,4}.M1P1.host:2,S
	quits 3
}

@test "Python" {
	mkdir "$AT/got"
	python3 - "$PORT" "$AT/got" <<-'END'
		import poplib, sys
		c = poplib.POP3('127.0.0.1', int(sys.argv[1]), 20)
		poplib._MAXLINE = 200000
		c.user('alice')
		c.pass_('secret')
		for n in 1, 2, 3, 4:
		    with open(f'{sys.argv[2]}/{n}', 'wb') as f:
		        f.writelines(line + b'\n' for line in c.retr(n)[1])
		    c.dele(n)
		c.quit()
	END
	fetched got
	none_left
	quits 1
}

@test "Perl" {
	mkdir "$AT/got"
	perl - "$PORT" "$AT/got" <<-'END'
		use strict;
		use warnings;
		use Net::POP3;
		my ($port, $to) = @ARGV;
		my $c = Net::POP3->new('127.0.0.1', Port => $port, Timeout => 20) or die;
		$c->login('alice', 'secret') == 4 or die;
		exists $c->capabilities()->{'UIDL'} or die;
		my $ids = $c->uidl();
		for my $n (1 .. 4) {
			open my $f, '>:raw', "$to/$n" or die;
			print $f @{$c->get($n)};
			close $f or die;
			$c->delete($n) or die;
			$ids->{$n} eq "170000000$n.M1P1.host" or die;
		}
		$c->quit() or die;
	END
	fetched got
	none_left
	quits 1
}
