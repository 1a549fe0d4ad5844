# Dovecot as a peer for POP3, in the high-performance mode of its manual: login processes that are never
# replaced, and all the mail of one user, so that a mail process serves one session after the other; and
# as dovecot-shared, up to ten at a time, which all wait when one of them waits for the disk. Needs
# pop3.bash.

dovecot_there() {
	is_root || { echo 'needs root' && return 1; }
	[ -x /usr/lib/dovecot/pop3-login ] || { echo 'not installed' && return 1; }
}

dovecot_settings() { # PORT CLIENTS-OF-A-PROCESS
	cat <<-END
		protocols = pop3
		listen = 127.0.0.1
		base_dir = $WORKDIR/dovecot/run
		state_dir = $WORKDIR/dovecot/state
		log_path = $LOG
		ssl = no
		disable_plaintext_auth = no
		auth_cache_size = 0
		mail_location = maildir:$WORKDIR/mail/dovecot/%u
		mail_fsync = never
		maildir_very_dirty_syncs = yes
		pop3_no_flag_updates = yes
		pop3_fast_size_lookups = yes
		mail_max_userip_connections = 10000
		first_valid_uid = $MAIL_UID
		default_vsz_limit = 0
		passdb {
		  driver = passwd-file
		  args = username_format=%u $WORKDIR/dovecot.passwd
		}
		userdb {
		  driver = static
		  args = uid=$MAIL_UID gid=$MAIL_UID home=$WORKDIR/mail/dovecot/%u allow_all_users=yes
		}
		service pop3-login {
		  service_count = 0
		  process_min_avail = $(nproc)
		  client_limit = 10000
		  inet_listener pop3 {
		    port = $1
		  }
		  inet_listener pop3s {
		    port = 0
		  }
		}
		service pop3 {
		  service_count = 0
		  client_limit = $2
		  process_min_avail = $((20 / $2))
		  process_limit = 10000
		}
		service auth {
		  client_limit = 25000
		}
		service anvil {
		  client_limit = 25000
		}
	END
}

start_dovecot() { # CLIENTS-OF-A-PROCESS
	PORT=$(free_port tcp)
	mkdir -p "$WORKDIR"/dovecot/{run,state}
	dovecot_settings "${PORT#*:}" "$1" >"$WORKDIR/dovecot.conf"
	COMMAND=(dovecot -F -c "$WORKDIR/dovecot.conf")
}

dovecot_server() {
	start_dovecot 1
}

dovecot_before() { # WORK
	mail_for dovecot "$1"
	[[ $1 != cold:* ]] || rm -f "$WORKDIR/mail/dovecot/foreign$N"/dovecot*
}

dovecot-shared_there() {
	dovecot_there
}

dovecot-shared_server() {
	start_dovecot 10
}

dovecot-shared_before() { # WORK
	dovecot_before "$1"
}
