# Postfix as a peer: unpacked by tests/setup, in a folder of its own, listening nowhere. Needs helper.

POSTFIX=$HERE/../build/aside/postfix
. "$HERE/postfix_home.bash"

postfix() { # PROGRAM ARGUMENT ...
	LD_LIBRARY_PATH=$POSTFIX/usr/lib/postfix MAIL_CONFIG=${QUEUE:-}/etc "$POSTFIX/usr/$1" "${@:2}" 3>&-
}

queue_settings() { # TRANSPORT
	postfix_home
	cat <<-END
		myhostname = relay.example.net
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
	QUEUE=$BATS_TEST_TMPDIR/postfix
	mkdir -p "$QUEUE/etc"
	queue_settings "$1" >"$QUEUE/etc/main.cf"
	queue_services >"$QUEUE/etc/master.cf"
	make_queue
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
