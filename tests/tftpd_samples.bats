#!/usr/bin/env bats
# tftpd: the samples for a network to boot from, and what the manual shows of them.
#
# bats file_tags=once

load helper
load tftpd

etc=$HERE/../etc

# The manual's lines that begin so.
in_manual() { # REGULAR-EXPRESSION
	sed -n "/^\\($1\\)/p" "$HERE/../man/tftpd.8"
}

@test "dnsmasq takes the sample, and what is in the manual" {
	/usr/sbin/dnsmasq --test -C "$etc/dnsmasq-pxe.conf"
	in_manual 'port=\|dhcp-range=\|pxe-service=' >manual.conf
	[ "$(wc -l <manual.conf)" -eq 4 ]
	/usr/sbin/dnsmasq --test -C manual.conf
}

# A network of its own with this machine, 192.0.2.1, and a client, 192.0.2.10, who fetches f. What
# comes in is dropped, but for what the firewall's rules, on standard input, let through.
fetches_behind() { # ARGUMENT ...
	cat >rules
	rm -f got
	: >"$LOG"
	cat >inside <<-END
		unshare -n tail -f /dev/null & client=\$!
		until [ "\$(readlink /proc/\$client/ns/net)" != "\$(readlink /proc/\$\$/ns/net)" ]; do :; done
		ip link add here type veth peer name there netns \$client
		ip addr add 192.0.2.1/24 dev here && ip link set here up
		nsenter -t \$client -n sh -c 'ip addr add 192.0.2.10/24 dev there && ip link set there up'
		sh rules || exit 99
		"$TRIVET/tftpd/tftpd" -DF -f "$CONF" -s $* "$FILES" 2>>"$LOG" & server=\$!
		timeout 20 tail -n +1 -F "$LOG" 2>/dev/null | grep -qm 1 'listening on'
		nsenter -t \$client -n curl -sS --max-time \${SECONDS_MOST:-20} -o got tftp://192.0.2.1/f
		status=\$?
		kill \$server \$client
		wait \$server
		exit \$status
	END
	unshare -n sh inside 3>&- && cmp got "$FILES/f"
}

# The sample with the other line, and with a policy that drops, as a firewall has.
sample() { # PATTERN
	echo "nft -f - <<'END'"
	sed "s/policy accept/policy drop/; s/^\t\tip saddr/\t\t# ip saddr/; s/^\t\t# \(ip saddr .* $1 accept\)/\t\t\1/" \
		"$etc/nftables-tftp.conf"
	echo END
}

manual() { # PATTERN
	echo "nft 'add table inet filter; add chain inet filter input {
		type filter hook input priority filter; policy drop; }; add rule inet filter input drop'"
	in_manual 'nft ' | grep "$1"
}

@test "a firewall lets transfers through as the sample and the manual have it, and no others" {
	needs_root || return 0
	make_file f 5000
	sample '{ 69, 4000-4063 }' | fetches_behind -R 4000:4063
	sample 69 | fetches_behind -o single-port=on
	manual 4063 | fetches_behind -R 4000:4063
	manual '69 accept' | fetches_behind -o single-port=on
	! sample 69 | SECONDS_MOST=2 fetches_behind
}
