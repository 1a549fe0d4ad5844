# Postfix as a peer for SMTP, unpacked by tests/setup: virtual Maildirs, no look-ups of names, no brake
# on what comes in, no chroot, processes that stay. Needs smtp.bash.

POSTFIX=$ASIDE/postfix
. "$BENCH/../postfix_home.bash"

postfix_there() {
	is_root || { echo 'needs root' && return 1; }
	[ -d "$POSTFIX" ] || { echo 'not unpacked' && return 1; }
}

postfix_settings() {
	postfix_home
	cat <<-END
		myhostname = mail.example.org
		smtpd_peername_lookup = no
		smtpd_recipient_restrictions = reject_unauth_destination
		smtpd_relay_restrictions =
		smtpd_client_connection_count_limit = 0
		smtpd_client_port_logging = no
		receive_override_options = no_address_mappings
		message_size_limit = 100000000
		in_flow_delay = 0
		default_process_limit = 200
		max_use = 100000
		max_idle = 600
		initial_destination_concurrency = 20
		virtual_mailbox_domains = example.org
		virtual_mailbox_base = $MAIL/postfix
		virtual_mailbox_maps = texthash:$QUEUE/users
		virtual_mailbox_limit = 0
		virtual_uid_maps = static:$MAIL_UID
		virtual_gid_maps = static:$MAIL_UID
		virtual_destination_recipient_limit = 50
		virtual_destination_concurrency_limit = 40
	END
}

postfix_services() { # PORT
	cat <<-END
		127.0.0.1:$1 inet n - n - - smtpd
		cleanup unix n - n - 0 cleanup
		qmgr unix n - n 300 1 qmgr
		rewrite unix - - n - - trivial-rewrite
		virtual unix - n n - - virtual
		proxymap unix - - n - - proxymap
		anvil unix - - n - 1 anvil
		bounce unix - - n - 0 bounce
		defer unix - - n - 0 bounce
		retry unix - - n - - error
		postlog unix-dgram n - n - 1 postlogd
	END
}

postfix_server() {
	local i
	QUEUE=$WORKDIR/postfix
	PORT=$(free_port tcp)
	set_aside "$QUEUE"
	mkdir -p "$QUEUE/etc"
	for ((i = 0; i < USERS; i++)); do
		echo "u$i@example.org u$i/"
	done >"$QUEUE/users"
	postfix_settings >"$QUEUE/etc/main.cf"
	postfix_services "${PORT#*:}" >"$QUEUE/etc/master.cf"
	make_queue
	COMMAND=(env "LD_LIBRARY_PATH=$POSTFIX/usr/lib/postfix" "MAIL_CONFIG=$QUEUE/etc"
		"$POSTFIX/usr/lib/postfix/sbin/master" -c "$QUEUE/etc" -d)
}

postfix_before() {
	mail_for postfix
}
