#!/usr/bin/env bats
# smtpd: real clients send a message, and it lies in the Maildir octet for octet.
#
# bats file_tags=once

load helper
load clients
load smtpd

# Dots, octets that are not ASCII, a long line, and no end of the last line.
setup() {
	client_home
	fixture
	printf '%s\n' 'From: carol@example.net' 'To: alice@example.org' 'Subject: dots' \
		'Date: Sat, 21 Nov 2026 17:00:00 +0000' 'Message-ID: <1@example.net>' >"$AT/head"
	{
		printf '.\n..\n.x\n\n \303\251t\303\251 \351t\351 \377 \n'
		printf '%0900d\n' 0
		printf '...\n.\nend'
	} >"$AT/body"
	{ cat "$AT/head" && echo && cat "$AT/body"; } >"$AT/mail"
	start -o 'sasl=PLAIN LOGIN SCRAM-SHA-256'
}

# The one message of alice has come so: our trace lines; the header as it was sent, with the client's
# own fields after it or before; the body. It is taken away.
arrived() { # [FIELD ...]
	local file field got
	file=$(messages alice)
	tail -n +5 "$file" >"$AT/got"
	sed '/^$/,$d' "$AT/got" | grep -vxFf "$AT/head" >"$AT/added" || true
	got=$(sed -n 's/^\([^ \t][^:]*\):.*/\1/p' "$AT/added" | paste -sd ' ')
	[ "$got" = "$*" ] || { echo "added: $got" && return 1; } >&2
	diff "$AT/head" <(grep -xFf "$AT/head" "$AT/got")
	cmp <(sed '1,/^$/d' "$AT/got") <(cat "$AT/body" && echo)
	rm "$file"
}

# How the last message came, and from whom.
by() { # PROTOCOL [USER]
	local id
	id=$(sed -n "3s/.* with $1 id //p" "$(messages alice)")
	[ -n "$id" ] && wait_for grep -q " id=$id .* auth=${2:--} status=2" "$BATS_TEST_TMPDIR/smtpd.log"
}

@test "curl" {
	local how
	post() { # OPTION ...
		client curl -sS "smtp://127.0.0.1:$PORT" --mail-from carol@example.net \
			--mail-rcpt alice@example.org --crlf -T mail "$@"
	}
	post
	by ESMTP
	arrived
	for how in PLAIN LOGIN; do
		post --user alice:secret --login-options "AUTH=$how"
		by ESMTPA alice
		arrived
	done
	run post --user alice:wrong
	[ "$status" -eq 67 ] # login denied
	count 0 alice
}

@test "msmtp" {
	local how
	settings msmtprc <<-END
		account carol
		host 127.0.0.1
		port $PORT
		from carol@example.net
		user alice
		password secret
		tls off
	END
	post() { # OPTION ...
		client msmtp -C msmtprc -a carol "$@" alice@example.org <"$AT/mail"
	}
	post --auth=off
	by ESMTP
	arrived
	for how in plain login scram-sha-256; do
		post --auth="$how"
		by ESMTPA alice
		arrived
	done
}

@test "swaks" {
	local how
	post() { # OPTION ...
		client swaks --server "127.0.0.1:$PORT" --from carol@example.net --to alice@example.org \
			--data @mail --silent 2 "$@"
	}
	post
	by ESMTP
	arrived
	post --pipeline
	arrived
	for how in PLAIN LOGIN; do
		post --auth "$how" --auth-user alice --auth-password secret
		by ESMTPA alice
		arrived
	done
}

# It makes the whole header; a body without an end of its last line would become quoted-printable.
@test "s-nail" {
	post() { # URL-USER OPTION ...
		client s-nail -n -S v15-compat -S sendwait -S mime-encoding=8bit -S ttycharset=iso-8859-1 \
			-S sendcharsets=iso-8859-1 -S "mta=smtp://${1}127.0.0.1:$PORT" "${@:2}" \
			-r carol@example.net -s dots alice@example.org < <(cat "$AT/body" && echo)
	}
	sed -i 3q "$AT/head"
	post '' -S smtp-auth=none
	by SMTP
	arrived Date Message-ID User-Agent MIME-Version Content-Type Content-Transfer-Encoding
	post alice:secret@ -S smtp-auth=plain
	by ESMTPA alice
	arrived Date Message-ID User-Agent MIME-Version Content-Type Content-Transfer-Encoding
}

@test "Python" {
	post() { # STATEMENT ...
		(cd "$AT" && python3 - "$PORT" "$@") <<-'END'
			import email, email.policy, smtplib, sys
			s = smtplib.SMTP("127.0.0.1", int(sys.argv[1]), timeout=20)
			mail = open("mail", "rb").read().replace(b"\n", b"\r\n")
			for statement in sys.argv[2:]:
			    exec(statement)
			s.quit()
		END
	}
	local send='s.sendmail("carol@example.net", "alice@example.org", mail)'
	post "$send"
	by ESMTP
	arrived
	post 's.login("alice", "secret")' "$send"
	by ESMTPA alice
	arrived
	post 's.user, s.password = "alice", "secret"' 's.ehlo()' 's.auth("LOGIN", s.auth_login)' "$send"
	by ESMTPA alice
	arrived
	# An address and a header in UTF-8.
	sed -i 's/^From: .*/From: Zoë <zoë@example.net>/' "$AT/head" "$AT/mail"
	post 'm = email.message_from_bytes(mail, policy=email.policy.SMTPUTF8)' 's.send_message(m)'
	by UTF8SMTP
	head -n 1 "$(messages alice)" | grep -qx 'Return-Path: <zoë@example.net>'
	arrived
}

@test "Perl" {
	post() { # CODE
		(cd "$AT" && perl -MNet::SMTP -we '
			my $c = Net::SMTP->new("127.0.0.1", Port => shift, Timeout => 20) or die;
			open my $f, "<:raw", "mail" or die;
			my $mail = do { local $/; <$f> };
			eval shift;
			die $@ if $@;
			$c->quit() or die;' "$PORT" "$1")
	}
	local to='$c->mail("carol\@example.net", Bits => 8) && $c->to("alice\@example.org") or die;'
	post "$to"' $c->data($mail) or die;'
	by ESMTP
	arrived
	post '$c->auth("alice", "secret") or die;'"$to"'$c->data($mail) or die;'
	by ESMTPA alice
	arrived
	# BDAT: by itself it chooses that with BINARYMIME only. It sends what it is given.
	post 'defined $c->supports("CHUNKING") or die; ${*$c}{net_smtp_chunking} = 1; $mail =~ s/\n/\r\n/g;'"$to"'
		$c->bdat(substr $mail, $_ * 300, 300) or die for 0 .. 2;
		$c->bdatlast(substr($mail, 900) . "\r\n") or die;'
	by ESMTP
	arrived
}

@test "nodemailer" {
	post() { # SETTING
		client env NODE_PATH=/usr/share/nodejs node -e "
			require('nodemailer').createTransport({host: '127.0.0.1', port: $PORT, ignoreTLS: true, $1})
			.sendMail({envelope: {from: 'carol@example.net', to: 'alice@example.org', use8BitMime: true},
				raw: require('fs').readFileSync('mail')})
			.catch(e => { console.error(e); process.exit(1) })"
	}
	post ''
	by ESMTP
	arrived
	post "auth: {user: 'alice', pass: 'secret'}"
	by ESMTPA alice
	arrived
	post "auth: {user: 'alice', pass: 'secret'}, authMethod: 'LOGIN'"
	by ESMTPA alice
	arrived
}

# It replaces Date and Message-ID.
@test "git send-email" {
	sed -i 3q "$AT/head"
	post() { # OPTION ...
		client git send-email --quiet --confirm=never --suppress-cc=all --no-thread --no-xmailer \
			--8bit-encoding=ISO-8859-1 --transfer-encoding=8bit --from carol@example.net \
			--to alice@example.org --smtp-server 127.0.0.1 --smtp-server-port "$PORT" "$@" mail
	}
	post
	by ESMTP
	arrived Date Message-Id MIME-Version Content-Type Content-Transfer-Encoding
	post --smtp-user alice --smtp-pass secret
	by ESMTPA alice
	arrived Date Message-Id MIME-Version Content-Type Content-Transfer-Encoding
}
