# OpenSMTPD as a peer for SMTP, unpacked by tests/bench/setup. Its paths and users are built in, so it
# gets them in a mount namespace of its own. Needs smtp.bash.

OPENSMTPD=$ASIDE/opensmtpd

opensmtpd_there() {
	is_root || { echo 'needs root' && return 1; }
	[ -d "$OPENSMTPD" ] || { echo 'not unpacked' && return 1; }
	unshare -m mount -t overlay overlay -o "lowerdir=$OPENSMTPD/usr:/usr" /usr 2>/dev/null ||
		{ echo 'no overlay can be mounted' && return 1; }
}

opensmtpd_settings() { # PORT
	cat <<-END
		table users file:$OWN/users
		smtp max-message-size 100M
		smtp limit max-mails 100000
		listen on 127.0.0.1 port $1 hostname mail.example.org
		action "in" maildir "$MAIL/opensmtpd/%{user.username}" userbase <users>
		match from any for domain "example.org" action "in"
	END
}

# $1: the folder of what is our own; $2: the program's. Then it starts.
opensmtpd_mounts='
	mount -t overlay overlay -o "lowerdir=$2/usr:/usr" /usr &&
	mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group &&
	mount --bind "$1/spool" /var/spool && mount --bind "$1/lib" /var/lib &&
	mount --bind "$1/run" /run && ulimit -n "$(ulimit -Hn)" && exec /usr/sbin/smtpd -d -f "$1/smtpd.conf"'

opensmtpd_server() {
	local i
	OWN=$WORKDIR/opensmtpd
	PORT=$(free_port tcp)
	set_aside "$OWN"
	mkdir -p "$OWN"/{run,spool,lib/opensmtpd/empty}
	install -d -m 711 "$OWN/spool/smtpd"
	{
		cat /etc/passwd
		echo 'opensmtpd:x:4243:4243::/var/lib/opensmtpd/empty:/bin/false'
		echo 'opensmtpq:x:4244:4244::/var/lib/opensmtpd/empty:/bin/false'
	} >"$OWN/passwd"
	{
		cat /etc/group
		echo 'opensmtpd:x:4243:'
		echo 'opensmtpq:x:4244:'
	} >"$OWN/group"
	for ((i = 0; i < USERS; i++)); do
		echo "u$i $MAIL_UID:$MAIL_UID:$MAIL/opensmtpd/u$i"
	done >"$OWN/users"
	opensmtpd_settings "${PORT#*:}" >"$OWN/smtpd.conf"
	COMMAND=(unshare -m sh -c "$opensmtpd_mounts" sh "$OWN" "$OPENSMTPD")
}

opensmtpd_before() {
	mail_for opensmtpd
}
