# Postfix in a folder of its own, $QUEUE: what its tests and its bench share. Needs POSTFIX, where it
# was unpacked.

# Its users are some that every Debian has.
postfix_home() {
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
		mydestination =
		alias_maps =
		inet_interfaces = loopback-only
		inet_protocols = ipv4
		smtp_dns_support_level = disabled
	END
}

# Its folders, once its settings are in etc.
make_queue() {
	local folder
	mkdir -p "$QUEUE"/{data,queue/pid}
	touch -d '1 minute ago' "$QUEUE"/etc/* # with newer ones it waits
	for folder in active bounce corrupt defer deferred flush hold incoming maildrop private public saved; do
		install -d -o nobody -m 700 "$QUEUE/queue/$folder"
	done
	chown nobody "$QUEUE/data"
}
