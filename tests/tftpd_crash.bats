#!/usr/bin/env bats
# tftpd: uploads killed before each of their system calls: tests/tftpd/crash.py.
#
# bats file_tags=once

load helper
load tftpd

# Nobody but root can trace who has given up root.
@test "an upload killed at any call: the old file or the new one, whole, and nothing else" {
	is_root || echo 'sandbox off' >>"$CONF"
	echo 'e ^' >map
	mkdir -m 777 rounds
	python3 "$HERE/tftpd/crash.py" "$PWD/rounds" "$TRIVET/tftpd/tftpd" -f "$CONF" -DF -c -m map
}
