# Postfix as a peer: unpacked by tests/setup, in a folder of its own, listening nowhere. Needs helper.

POSTFIX=$HERE/../build/aside/postfix

postfix() { # PROGRAM ARGUMENT ...
	LD_LIBRARY_PATH=$POSTFIX/usr/lib/postfix MAIL_CONFIG=${QUEUE:-}/etc "$POSTFIX/usr/$1" "${@:2}" 3>&-
}

# Its users are some that every Debian has.
queue_settings() { # TRANSPORT
	cat <<-END
		compatibility_level = 3.6
		config_directory = $QUEUE/etc
		meta_directory = $QUEUE/etc
		queue_directory = $QUEUE/queue
		data_directory = $QUEUE/data
		command_directory = $POSTFIX/usr/sbin
		daemon_directory = $POSTFIX/usr/lib/postfix/sbin
		shlib_directory = no
		import_environment = MAIL_CONFIG LD_LIBRARY_PATH
		export_environment = MAIL_CONFIG LD_LIBRARY_PATH
		maillog_file = $QUEUE/log
		maillog_file_prefixes = $QUEUE
		mail_owner = nobody
		default_privs = daemon
		setgid_group = mail
		myhostname = relay.example.net
		mydestination =
		alias_maps =
		inet_interfaces = loopback-only
		inet_protocols = ipv4
		smtp_dns_support_level = disabled
		smtp_host_lookup = native
		default_transport = $1
	END
}

queue_services() {
	cat <<-END
		pickup unix n - n 60 1 pickup
		cleanup unix n - n - 0 cleanup
		qmgr unix n - n 300 1 qmgr
		rewrite unix - - n - - trivial-rewrite
		bounce unix - - n - 0 bounce
		defer unix - - n - 0 bounce
		smtp unix - - n - - smtp
		lmtp unix - - n - - lmtp
		retry unix - - n - - error
		postlog unix-dgram n - n - 1 postlogd
	END
}

# Takes mail from its sendmail, and hands it on, until stop_queue.
start_queue() { # TRANSPORT
	local folder
	QUEUE=$BATS_TEST_TMPDIR/postfix
	mkdir -p "$QUEUE"/{etc,data,queue/pid}
	queue_settings "$1" >"$QUEUE/etc/main.cf"
	queue_services >"$QUEUE/etc/master.cf"
	touch -d '1 minute ago' "$QUEUE"/etc/* # with newer ones it waits
	for folder in active bounce corrupt defer deferred flush hold incoming maildrop private public saved; do
		install -d -o nobody -m 700 "$QUEUE/queue/$folder"
	done
	chown nobody "$QUEUE/data"
	LD_LIBRARY_PATH=$POSTFIX/usr/lib/postfix setsid "$POSTFIX/usr/lib/postfix/sbin/master" \
		-c "$QUEUE/etc" -d 3>&- &
	MASTER=$!
	wait_for [ -S "$QUEUE/queue/public/pickup" ]
}

# Nothing is left to be handed on.
queue_empty() {
	[ -z "$(find "$QUEUE"/queue/{maildrop,incoming,active,deferred} -type f)" ]
}

stop_queue() {
	[ -z "${MASTER:-}" ] || { kill "$MASTER" && wait "$MASTER"; } || true
	MASTER=
}
