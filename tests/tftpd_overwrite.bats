#!/usr/bin/env bats
# tftpd: uploads whose name is taken, that are too large, or that were killed.

load helper
load tftpd

# One block; the rest of a transcript that is expected to succeed.
sends() { # NAME TEXT
	printf 'C: WRQ %s octet\nS: ACK 0\nC: DATA 1 "%s"\nS: ACK 1\nN:\n' "$1" "$2"
}

gone() { # FILE: is there no more, within some seconds
	timeout 20 sh -c 'while [ -e "$1" ]; do :; done' sh "$1"
}

@test "overwrite refuse: ERROR 6, also if the file comes while another is on its way" {
	printf old >"$FILES/f"
	chmod 666 "$FILES/f"
	serve -c -o overwrite=refuse "$FILES"
	play <<-END
		C: WRQ f octet
		S: ERROR 6 "File already exists"
		N:
		C: WRQ g octet
		S: ACK 0
		X: echo mine >$FILES/g
		C: DATA 1 "end"
		S: ERROR 6
		N:
		$(sends new text)
	END
	[ "$(cat "$FILES/f" "$FILES/g" "$FILES/new" | xargs)" = "oldmine text" ]
	nothing_temporary
	logged 'refused put file=f .*tried=.*/f reason=exists'
	logged 'put file=g .*result=exists'
}

@test "overwrite number: each comes beside those that are there" {
	printf old >"$FILES/f"
	serve -c -o overwrite=number "$FILES"
	{
		sends f one
		sends f two
		sends g first
		sends g second
	} | play
	[ "$(cd "$FILES" && grep . f f.1 f.2 g g.1 | xargs)" = "f:old f.1:one f.2:two g:first g.1:second" ]
	[ "$(stat -c %h "$FILES"/f.2)" -eq 1 ]
	nothing_temporary
	stop_daemon tftpd
	serve -o overwrite=number "$FILES"
	play <<-'END'
		C: WRQ f octet
		S: ERROR 6
	END
}

@test "max-upload: refused at once if announced, else with the block that is too much" {
	serve -c -o max-upload=1000 "$FILES"
	play <<-'END'
		C: WRQ f octet tsize 1001
		S: ERROR 3
		N:
		C: WRQ f octet tsize 1000
		S: OACK tsize 1000
		C: DATA 1 512
		S: ACK 1
		C: DATA 2 489
		S: ERROR 3
		N:
		C: WRQ g octet
		S: ACK 0
		C: DATA 1 512
		S: ACK 1
		C: DATA 2 488
		S: ACK 2
	END
	[ ! -e "$FILES/f" ] && [ "$(stat -c %s "$FILES/g")" -eq 1000 ]
	nothing_temporary
	logged 'put file=f .*result="more than max-upload"'
}

# As if an upload had been killed together with its daemon.
leave() { # FILE
	echo part >"$1"
	! is_root || chown nobody "$1"
}

@test "kill -9: the reaper removes what was received, and nothing of who is alive" {
	mkdir -m 777 -p "$FILES/a/b"
	serve -c "$FILES"
	cat >killed <<-END
		C: WRQ a/b/f octet timeout 60
		S: OACK timeout 60
		C: DATA 1 512
		S: ACK 1
		X: ls $FILES/a/b/.trivet-* >name; pid=\$(sed 's/.*trivet-//; s/\..*//' name); kill -9 \$pid
	END
	play <<-END
		C: WRQ g octet timeout 60
		S: OACK timeout 60
		X: $TESTBIN/tftptalk killed connect 127.0.0.1 $PORT
		X: timeout 20 sh -c 'while [ -e "\$(cat name)" ]; do :; done'
		C: DATA 1 "end"
		S: ACK 1
	END
	[ ! -e "$FILES/a/b/f" ] && [ "$(cat "$FILES/g")" = end ]
	nothing_temporary
	logged 'died of signal 9'
	logged 'removed file=\.trivet-'
	sed -i '/died of signal 9$/d' "$LOG"
}

@test "kill -9 of all: the next start removes it, and not what another daemon receives" {
	leave "$FILES/.trivet-1.0"
	mkdir "$FILES/sub"
	! is_root || chown nobody "$FILES/sub"
	leave "$FILES/sub/.trivet-1.0"
	ln -s "$CONF" "$FILES/.trivet-link"
	serve -c "$FILES"
	gone "$FILES/.trivet-1.0"
	gone "$FILES/sub/.trivet-1.0"
	[ -e "$CONF" ]
	rm -f "$FILES/.trivet-link"
	cat >again <<-END
		"$TRIVET/tftpd/tftpd" -f "$CONF" -DF -a 127.0.0.1:0 "$FILES" 2>second.log &
		timeout 20 sh -c 'while [ -e "$FILES/.trivet-2.0" ]; do :; done'
		kill \$!
		wait \$!
	END
	leave "$FILES/.trivet-2.0"
	play <<-END
		C: WRQ g octet timeout 60
		S: OACK timeout 60
		C: DATA 1 512
		S: ACK 1
		X: sh again
		C: DATA 2 "end"
		S: ACK 2
	END
	[ "$(stat -c %s "$FILES/g")" -eq 515 ]
	nothing_temporary
}
